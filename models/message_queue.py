"""The outbox as a queue: which text is next, and who holds it. The only place where two workers could meet.

Machine time decides leases, retries and pace; clinic time decides what is due.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true, update
from sqlalchemy.orm import Session

from models.alert import Alert
from models.clinic import Clinic, ClinicNumber
from models.conversation import lock_conversation
from models.message import Message

URGENT = 0  # this priority is not slowed by pace
Choice = Select[int, int, int]


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """What a claim is made on. `scheduled` names the kinds that wait for holds; `hold_scheduled` holds them all."""

    now: datetime
    machine: datetime
    lease_until: datetime
    token: str
    pace: timedelta
    scheduled: Sequence[str]
    hold_scheduled: bool


def claim_next(session: Session, terms: ClaimTerms) -> int | None:
    """Take the next due text for this worker and move its number's pace on; None = nothing to do now."""
    choose = CHOOSE[session.get_bind().dialect.name]
    chosen = choose(session, _due(terms))
    if chosen is None:
        return None
    message_id, number_id, priority = chosen
    if not _take_turn(session, number_id, terms, is_urgent=priority == URGENT):
        return None
    claim = update(Message).where(Message.id == message_id, Message.state == "queued")
    values = {"state": "claimed", "claim_token": terms.token, "lease_until": terms.lease_until}
    return session.execute(claim.values(values).returning(Message.id)).scalar()


def _choose_on_sqlite(session: Session, due: Choice) -> tuple[int, int, int] | None:
    """BEGIN IMMEDIATE already keeps every other writer out until this transaction ends."""
    row = session.execute(due).first()
    return (row[0], row[1], row[2]) if row else None


def _choose_on_postgresql(session: Session, due: Choice) -> tuple[int, int, int] | None:
    """Rows another worker is claiming at this moment are passed over, not waited for."""
    row = session.execute(due.with_for_update(of=Message, skip_locked=True)).first()
    return (row[0], row[1], row[2]) if row else None


CHOOSE: dict[str, Callable[[Session, Choice], tuple[int, int, int] | None]] = {
    "sqlite": _choose_on_sqlite,
    "postgresql": _choose_on_postgresql,
}


def _due(terms: ClaimTerms) -> Choice:
    """Most urgent first, then what was never tried, then the oldest (ix_message_queue)."""
    return (
        select(Message.id, Message.clinic_number_id, Message.priority)
        .join(ClinicNumber, ClinicNumber.id == Message.clinic_number_id)
        .join(Clinic, Clinic.id == Message.clinic_id)
        .where(
            Message.state == "queued",
            or_(Message.retry_at.is_(None), Message.retry_at <= terms.machine),
            or_(Message.send_after.is_(None), Message.send_after <= terms.now),
            or_(Message.priority == URGENT, _pace_allows(terms.machine)),
            _not_held(terms),
        )
        .order_by(Message.priority, Message.retry_at.asc().nulls_first(), Message.id)
        .limit(1)
    )


def _pace_allows(machine: datetime) -> ColumnElement[bool]:
    return or_(ClinicNumber.next_send_at.is_(None), ClinicNumber.next_send_at <= machine)


def _not_held(terms: ClaimTerms) -> ColumnElement[bool]:
    """Scheduled texts wait for holds; once past their use they are taken all the same, to be closed with a reason."""
    past_use = Message.useful_until <= terms.now
    answers = Message.kind.not_in(terms.scheduled)
    if terms.hold_scheduled:
        return or_(answers, past_use)
    alert = exists().where(Alert.conversation_id == Message.conversation_id, Alert.closed_at.is_(None))
    return or_(answers, past_use, and_(Clinic.automatic_held_since.is_(None), ~alert))


def _take_turn(session: Session, number_id: int, terms: ClaimTerms, *, is_urgent: bool) -> bool:
    """Move the number's pace on. False = another worker took this turn (PostgreSQL only)."""
    allowed = true() if is_urgent else _pace_allows(terms.machine)
    turn = update(ClinicNumber).where(ClinicNumber.id == number_id, allowed)
    moved = turn.values(next_send_at=terms.machine + terms.pace).returning(ClinicNumber.id)
    return session.execute(moved).first() is not None


def next_turn_at(session: Session, *, now: datetime, machine: datetime) -> datetime | None:
    """When pace or a retry next lets a due text leave (machine time); None = nothing waits for either."""
    first_retry = func.min(func.coalesce(Message.retry_at, machine))
    question = (
        select(ClinicNumber.next_send_at, first_retry)
        .join(Message, Message.clinic_number_id == ClinicNumber.id)
        .where(Message.state == "queued", or_(Message.send_after.is_(None), Message.send_after <= now))
        .group_by(ClinicNumber.id, ClinicNumber.next_send_at)
    )
    turns = (max(retry_at, turn_at or machine) for turn_at, retry_at in session.execute(question))
    return min(turns, default=None)


def lock_message(session: Session, message_id: int) -> Message:
    """The row, locked after its conversation's, which STOP and every send take first. Raises NoResultFound."""
    owner = select(Message.conversation_id).where(Message.id == message_id)
    conversation_id = session.execute(owner).scalar_one()
    if conversation_id is not None:
        lock_conversation(session, conversation_id)
    question = select(Message).where(Message.id == message_id).with_for_update()
    return session.execute(question.execution_options(populate_existing=True)).scalar_one()


def find_by_dedupe_key(session: Session, dedupe_key: str) -> Message | None:
    """The text that was written for this key, if any."""
    return session.scalars(select(Message).where(Message.dedupe_key == dedupe_key)).first()


def find_by_carrier_sid(session: Session, sid: str) -> Message | None:
    """The text the carrier knows by this id, if it is ours."""
    return session.scalars(select(Message).where(Message.carrier_sid == sid)).first()


def expired_claims(session: Session, *, machine: datetime, limit: int = 100) -> list[int]:
    """Texts whose worker did not come back within its lease, oldest first."""
    question = select(Message.id).where(
        Message.state.in_(("claimed", "in_flight")), Message.lease_until < machine
    )
    return list(session.scalars(question.order_by(Message.id).limit(limit)))


def queued_for_alert(session: Session, alert_id: int) -> list[Message]:
    """Pages of an alert that have not left yet."""
    question = select(Message).where(
        Message.alert_id == alert_id, Message.kind == "alert", Message.state == "queued"
    )
    return list(session.scalars(question.order_by(Message.id)))


def not_begun(session: Session) -> list[Message]:
    """Texts that wait for a worker, or that one has taken without an intent yet, oldest first."""
    question = select(Message).where(Message.state.in_(("queued", "claimed")))
    return list(session.scalars(question.order_by(Message.id)))


def held_for_review(session: Session, *, clinic_id: int, limit: int = 500) -> list[Message]:
    """Sends of which nobody knows whether they left, oldest first: a person decides."""
    question = select(Message).where(Message.state == "review", Message.clinic_id == clinic_id)
    return list(session.scalars(question.order_by(Message.id).limit(limit)))


def count_failure(session: Session, message_id: int, *, token: str, retry_at: datetime) -> int | None:
    """Our own code failed on a claimed text: queue it again and return how often that happened; None = not ours.

    Plain SQL, so that a row that cannot even be loaded is counted too.
    """
    ours = update(Message).where(
        Message.id == message_id, Message.claim_token == token, Message.state == "claimed"
    )
    values = {"state": "queued", "claim_token": None, "retry_at": retry_at, "tries": Message.tries + 1}
    return session.execute(ours.values(values).returning(Message.tries)).scalar()


def park(session: Session, message_id: int, *, note: str) -> None:
    """Set a text aside for a person, whatever its row holds."""
    row = update(Message).where(Message.id == message_id, Message.state == "queued")
    session.execute(row.values(state="review", reason={"refused": "poison", "note": note}))
