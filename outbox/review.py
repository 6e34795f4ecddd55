"""What a person decides about a held send: it went out, send it again, or let it be."""

from datetime import datetime

from sqlalchemy.orm import Session

from carriers.base import Outcome
from models.attempts import attempts_of
from models.audit import record_audit
from models.message import Message
from outbox.closing import close_cancelled, close_sent
from outbox.timing import Spans

__all__ = ["NotHeld", "TooSoon", "cancel_held", "mark_sent", "send_again"]


class NotHeld(ValueError):
    """The text is not held for review (any more)."""


class TooSoon(ValueError):
    """The carrier may still report on it; the message says when to come back."""


def mark_sent(session: Session, message: Message, *, by: str, now: datetime) -> None:
    """A person knows that it arrived. `message` is locked. Raises NotHeld."""
    _check_held(message)
    close_sent(session, message, now=now)
    _audit(session, message, "review_marked_sent", by, now)


def send_again(
    session: Session, message: Message, *, by: str, now: datetime, machine: datetime, spans: Spans
) -> None:
    """Back into the queue and past the gate. `message` is locked. Raises NotHeld, and TooSoon within the grace."""
    _check_held(message)
    pending = [attempt for attempt in attempts_of(session, message.id) if attempt.outcome == Outcome.UNKNOWN]
    ready_at = max((attempt.intent_at + spans.grace for attempt in pending), default=machine)
    if machine < ready_at:
        seconds = int((ready_at - machine).total_seconds()) + 1
        raise TooSoon(f"The carrier may still report on it. Try again in {seconds} seconds.")
    message.state, message.retry_at, message.tries = "queued", None, 0
    message.useful_until = None if message.reminder_id is None else message.useful_until
    _audit(session, message, "review_sent_again", by, now)


def cancel_held(session: Session, message: Message, *, by: str, now: datetime) -> None:
    """It is not sent again. `message` is locked. Raises NotHeld."""
    _check_held(message)
    close_cancelled(session, message, code="cancelled_by_staff", note="cancelled by staff", now=now)
    _audit(session, message, "review_cancelled", by, now)


def _check_held(message: Message) -> None:
    if message.state != "review":
        raise NotHeld("This text is not held for review any more.")


def _audit(session: Session, message: Message, action: str, by: str, now: datetime) -> None:
    record_audit(
        session,
        clinic_id=message.clinic_id,
        at=now,
        actor=by,
        action=action,
        object_kind="message",
        object_id=message.id,
    )
