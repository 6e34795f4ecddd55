"""The outbox as a queue: which text is next, and who holds it. The only place where two workers could meet.

Machine time decides leases, retries and pace; clinic time decides what is due.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from models.alert import Alert
from models.clinic import Clinic, ClinicNumber
from models.conversation import lock_conversation, try_lock_conversation
from models.message import Message

URGENT = 0  # this priority is not slowed by pace
NOW: BindParameter[datetime] = bindparam("now")  # clinic time
MACHINE: BindParameter[datetime] = bindparam("machine")  # machine time
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
    choice = (NEXT_DUE_HELD if terms.hold_scheduled else NEXT_DUE)[session.get_bind().dialect.name]
    due_now = {"now": terms.now, "machine": terms.machine, "scheduled": terms.scheduled}
    chosen = session.execute(choice, due_now).first()
    if chosen is None:
        return None
    message_id, number_id, priority = chosen
    if not _take_turn(session, number_id, terms, is_urgent=priority == URGENT):
        return None
    claim = update(Message).where(Message.id == message_id, Message.state == "queued")
    values = {"state": "claimed", "claim_token": terms.token, "lease_until": terms.lease_until}
    return session.execute(claim.values(values).returning(Message.id)).scalar()


def touch_queue(session: Session) -> None:
    """Claim nothing. Raises what a claim would where the table is held by another program, or gone."""
    session.execute(update(Message).where(false()).values(state=Message.state))


def _pace_allows() -> ColumnElement[bool]:
    return or_(ClinicNumber.next_send_at.is_(None), ClinicNumber.next_send_at <= MACHINE)


def _not_held(*, hold_scheduled: bool) -> ColumnElement[bool]:
    """Scheduled texts wait for holds; once past their use they are taken all the same, to be closed with a reason."""
    past_use = Message.useful_until <= NOW
    answers = Message.kind.not_in(bindparam("scheduled", expanding=True))
    if hold_scheduled:
        return or_(answers, past_use)
    alert = exists().where(Alert.conversation_id == Message.conversation_id, Alert.closed_at.is_(None))
    return or_(answers, past_use, and_(Clinic.automatic_held_since.is_(None), ~alert))


def _next_due(*, hold_scheduled: bool) -> dict[str, Choice]:
    """Most urgent first, then what was never tried, then the oldest (ix_message_queue). By database.

    On SQLite BEGIN IMMEDIATE keeps every other writer out until the transaction ends; on PostgreSQL rows that another
    worker is claiming at this moment are passed over, not waited for.
    """
    due = (
        select(Message.id, Message.clinic_number_id, Message.priority)
        .join(ClinicNumber, ClinicNumber.id == Message.clinic_number_id)
        .join(Clinic, Clinic.id == Message.clinic_id)
        .where(
            Message.state == "queued",
            or_(Message.retry_at.is_(None), Message.retry_at <= MACHINE),
            or_(Message.send_after.is_(None), Message.send_after <= NOW),
            or_(Message.priority == URGENT, _pace_allows()),
            _not_held(hold_scheduled=hold_scheduled),
        )
        .order_by(Message.priority, Message.retry_at.asc().nulls_first(), Message.id)
        .limit(1)
    )
    return {"sqlite": due, "postgresql": due.with_for_update(of=Message, skip_locked=True)}


# Asked at every tick, therefore written once: writing a statement takes longer than asking it.
NEXT_DUE = _next_due(hold_scheduled=False)
NEXT_DUE_HELD = _next_due(hold_scheduled=True)


def _take_turn(session: Session, number_id: int, terms: ClaimTerms, *, is_urgent: bool) -> bool:
    """Move the number's pace on. False = another worker took this turn (PostgreSQL only)."""
    turn = update(ClinicNumber).where(ClinicNumber.id == number_id)
    if not is_urgent:
        turn = turn.where(_pace_allows())
    moved = turn.values(next_send_at=terms.machine + terms.pace).returning(ClinicNumber.id)
    return session.execute(moved, {"machine": terms.machine}).first() is not None


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


def lock_free_message(session: Session, message_id: int) -> Message | None:
    """The row, locked in the same order; None = another transaction holds it or its conversation, or it is gone."""
    message = session.get(Message, message_id)
    if message is None:
        return None
    if message.conversation_id is not None and not try_lock_conversation(session, message.conversation_id):
        return None
    question = select(Message).where(Message.id == message_id).with_for_update(skip_locked=True)
    return session.execute(question.execution_options(populate_existing=True)).scalar_one_or_none()


def find_by_dedupe_key(session: Session, dedupe_key: str) -> Message | None:
    """The text that was written for this key, if any."""
    return session.scalars(select(Message).where(Message.dedupe_key == dedupe_key)).first()


def find_by_carrier_sid(session: Session, sid: str) -> Message | None:
    """The text the carrier knows by this id, if it is ours."""
    return session.scalars(select(Message).where(Message.carrier_sid == sid)).first()


EXPIRED = (
    select(Message.id)
    .where(Message.state.in_(("claimed", "in_flight")), Message.lease_until < MACHINE)
    .order_by(Message.id)
    .limit(100)
)


def expired_claims(session: Session, *, machine: datetime) -> list[int]:
    """Texts whose worker did not come back within its lease, oldest first; at most a hundred at a time."""
    return list(session.scalars(EXPIRED, {"machine": machine}))


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
