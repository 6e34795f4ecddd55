"""Questions about tries at the carrier and about delivery reports (the tables stand in message.py)."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import BindParameter, Select, bindparam, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.message import Attempt, InboundReceipt, Message, StatusEvent


def lock_attempt(session: Session, attempt_id: int) -> Attempt:
    """The row, locked after its message's. Raises NoResultFound."""
    question = select(Attempt).where(Attempt.id == attempt_id).with_for_update()
    return session.execute(question.execution_options(populate_existing=True)).scalar_one()


def attempts_of(session: Session, message_id: int) -> list[Attempt]:
    """Every try of one text, oldest first."""
    question = select(Attempt).where(Attempt.message_id == message_id)
    return list(session.scalars(question.order_by(Attempt.id)))


def count_attempts(session: Session, message_id: int, outcome: str) -> int:
    """How many tries of one text came to this outcome."""
    question = select(func.count()).where(Attempt.message_id == message_id, Attempt.outcome == outcome)
    return session.scalar(question) or 0


def has_attempts(session: Session) -> bool:
    """Whether any text was ever handed to the carrier."""
    return session.scalars(select(Attempt.id).limit(1)).first() is not None


def latest_intent(session: Session) -> datetime | None:
    """When the newest try of all began (machine time); None = nothing was ever handed to the carrier."""
    return session.scalars(select(Attempt.intent_at).order_by(Attempt.id.desc()).limit(1)).first()


def find_attempt_by_callback(session: Session, callback_id: str) -> Attempt | None:
    """The try whose callback URL carried this id."""
    return session.scalars(select(Attempt).where(Attempt.callback_id == callback_id)).first()


def find_attempt_by_sid(session: Session, sid: str) -> Attempt | None:
    """The try the carrier knows by this id."""
    return session.scalars(select(Attempt).where(Attempt.carrier_sid == sid)).first()


# Asked at every tick, therefore written once: writing a statement takes longer than asking it.
MACHINE: BindParameter[datetime] = bindparam("machine")
BEFORE: BindParameter[datetime] = bindparam("before")
MOST: BindParameter[int] = bindparam("most")
TO_LOOK_UP = (
    select(Attempt)
    .where(Attempt.outcome == "unknown", Attempt.next_lookup_at <= MACHINE)
    .order_by(Attempt.next_lookup_at, Attempt.id)
    .limit(MOST)
)
UNKNOWN_SINCE = (
    select(Message.id)
    .join(Attempt, Attempt.message_id == Message.id)
    .where(
        Attempt.outcome == "unknown",
        Attempt.next_lookup_at.is_not(None),
        Attempt.intent_at <= BEFORE,
        Message.state == "unknown",
    )
    .distinct()
    .order_by(Message.id)
    .limit(MOST)
)


def attempts_to_look_up(session: Session, *, machine: datetime, limit: int) -> list[Attempt]:
    """Tries of unknown outcome whose look-up is due, the longest waiting first (ix_attempt_open)."""
    return list(session.scalars(TO_LOOK_UP, {"machine": machine, "most": limit}))


def messages_unknown_since(session: Session, intent_before: datetime, limit: int = 500) -> list[int]:
    """Texts whose outcome is still unknown although a try began before that moment (ix_attempt_open)."""
    return list(session.scalars(UNKNOWN_SINCE, {"before": intent_before, "most": limit}))


NOT_SENT = ("rejected_retry", "abandoned", "absent")  # the carrier certainly has not got it; tried again


def _unsent() -> Select[int]:
    tries = select(Attempt.id).where(Attempt.message_id == Message.id)
    question = select(Message.clinic_id).where(
        Message.state == "queued",
        Message.retry_at.is_not(None),
        tries.where(Attempt.outcome.in_(NOT_SENT), Attempt.intent_at <= BEFORE).exists(),
        ~tries.where(Attempt.outcome.not_in(NOT_SENT)).exists(),
    )
    return question.distinct().order_by(Message.clinic_id)


UNSENT = _unsent()


def clinics_with_unsent(session: Session, *, refused_before: datetime) -> list[int]:
    """Clinics with a text that no try, the first one before that moment, has brought to the carrier."""
    return list(session.scalars(UNSENT, {"before": refused_before}))


SIDS_A_QUESTION = 1000  # far below what either database takes as parameters of one statement


def sids_we_know(session: Session, sids: Sequence[str]) -> set[str]:
    """Which of these carrier ids are on file: as a message, as a try, or as a receipt that outlived its text."""
    return set().union(*(_known_of(session, part) for part in in_parts(sids)))


def in_parts(sids: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many carrier ids at a time as one question may hold."""
    return (sids[start : start + SIDS_A_QUESTION] for start in range(0, len(sids), SIDS_A_QUESTION))


def _known_of(session: Session, sids: Sequence[str]) -> set[str]:
    known = set(session.scalars(select(Message.carrier_sid).where(Message.carrier_sid.in_(sids))))
    known |= set(session.scalars(select(Attempt.carrier_sid).where(Attempt.carrier_sid.in_(sids))))
    known |= set(session.scalars(select(InboundReceipt.sid).where(InboundReceipt.sid.in_(sids))))
    return {sid for sid in known if sid is not None}


def sids_of_other_attempts(session: Session, attempt: Attempt, listed: Sequence[str]) -> set[str]:
    """Which of these carrier ids belong to other tries; those of erased people have no number any more."""
    question = select(Attempt.carrier_sid).where(Attempt.carrier_sid.in_(listed), Attempt.id != attempt.id)
    return {sid for sid in session.scalars(question) if sid is not None}


def attempts_without_final_status(
    session: Session,
    *,
    final: Sequence[str],
    finished_before: datetime,
    finished_after: datetime,
    limit: int,
) -> list[tuple[int, str]]:
    """(message id, carrier id) of texts handed over that long ago whose delivery is still open."""
    question = (
        select(Message.id, Message.carrier_sid)
        .join(Attempt, Attempt.carrier_sid == Message.carrier_sid)
        .where(
            Message.state == "sent",
            or_(Message.status.is_(None), Message.status.not_in(final)),
            Attempt.outcome == "accepted",
            Attempt.finished_at < finished_before,
            Attempt.finished_at > finished_after,
        )
    )
    rows = session.execute(question.order_by(Message.status_at, Message.id).limit(limit))
    return [(message_id, sid) for message_id, sid in rows if sid is not None]


def record_status_event(
    session: Session,
    *,
    sid: str,
    status: str,
    error_code: int | None,
    callback_id: str | None,
    received_at: datetime,
) -> StatusEvent | None:
    """Keep a delivery report as it came; None = this very report is on file already."""
    event = StatusEvent(
        carrier_sid=sid,
        status=status,
        error_code=error_code,
        callback_id=callback_id,
        received_at=received_at,
    )
    try:
        with session.begin_nested():
            session.add(event)
    except IntegrityError:
        return None
    return event


def waiting_events(session: Session, *, sid: str) -> list[StatusEvent]:
    """Reports of this carrier id that came before we knew it, oldest first."""
    question = select(StatusEvent).where(StatusEvent.carrier_sid == sid, StatusEvent.applied_at.is_(None))
    return list(session.scalars(question.order_by(StatusEvent.id)))
