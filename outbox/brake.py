"""The brake: more automatic texts due within an hour than is usual are held until a person looks (RULES 7)."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.audit import record_audit
from models.clinic import find_clinic
from models.thread_facts import automatic_text_times, due_automatic_texts, lock_clinic
from outbox.alarm import raise_system_alert
from outbox.kinds import SCHEDULED

HOUR = timedelta(hours=1)
LOOK_BACK = timedelta(days=28)
LEAST_LIMIT = 50
TIMES_BUSIEST = 5
RELEASED_FOR = timedelta(days=1)
HELD_NOTE = (
    "automatic texts are held: many more are due than usual. Look at them, then run: reminders release"
)


def apply_brake(
    session: Session, *, clinic_id: int, limit: int | None, now: datetime, machine: datetime, claimed: int = 0
) -> bool:
    """Hold a clinic's automatic texts where too many are due within an hour; one alert. True = held now.

    `claimed` texts are in a worker's hands and due as well. `limit` None = the default of RULES 7.
    """
    clinic = find_clinic(session, clinic_id)
    if clinic.automatic_held_since is not None:
        return True
    if clinic.hold_released_until is not None and now < clinic.hold_released_until:
        return False
    due = claimed + due_automatic_texts(
        session, clinic_id=clinic_id, kinds=_kinds(), now=now, until=now + HOUR
    )
    if due <= (limit or LEAST_LIMIT) or (limit is None and due <= default_limit(session, clinic_id, now)):
        return False
    clinic = lock_clinic(session, clinic_id)
    clinic.automatic_held_since = now
    clinic.automatic_held_reason = f"{due} automatic texts were due within an hour, many more than usual"
    raise_system_alert(session, clinic_id=clinic_id, note=HELD_NOTE, now=now, machine=machine)
    return True


def default_limit(session: Session, clinic_id: int, now: datetime) -> int:
    """max(50, 5 x the busiest hour of the last 28 days)."""
    times = automatic_text_times(session, clinic_id=clinic_id, kinds=_kinds(), since=now - LOOK_BACK)
    hours = Counter(moment.replace(minute=0, second=0, microsecond=0) for moment in times)
    return max(LEAST_LIMIT, TIMES_BUSIEST * max(hours.values(), default=0))


def release_hold(session: Session, *, clinic_id: int, by: str, now: datetime) -> bool:
    """A person looked: what waits may leave, and the brake rests for a day. False = nothing was held."""
    clinic = lock_clinic(session, clinic_id)
    if clinic.automatic_held_since is None:
        return False
    clinic.automatic_held_since, clinic.automatic_held_reason = None, None
    clinic.hold_released_until = now + RELEASED_FOR
    record_audit(
        session,
        clinic_id=clinic_id,
        at=now,
        actor=by,
        action="release_hold",
        object_kind="clinic",
        object_id=clinic_id,
    )
    return True


def _kinds() -> list[str]:
    return [kind.value for kind in SCHEDULED]
