"""What else changes when a text is sent, refused, given up or put before a person: its reminder, its alert, staff.

Every change of a message's state to an end state goes through here.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from models.message import Message
from models.reminder import Reminder
from outbox.alarm import ask_a_person, note_instruction
from outbox.kinds import POLICIES, Kind
from outbox.refusals import OVERTAKEN, PAST_USE, Refusal, Refused


def release_claim(message: Message, state: str) -> None:
    """Leave the worker's hands."""
    message.state, message.claim_token, message.lease_until = state, None, None


def explain(message: Message, code: str, note: str) -> None:
    """Write down why a text was not sent, keeping the decision's own reason."""
    kept = {key: value for key, value in message.reason.items() if key != "note"}
    if "note" in message.reason and "refused" not in message.reason:
        kept["decided"] = message.reason["note"]
    message.reason = {**kept, "refused": code, "note": note}


def close_sent(session: Session, message: Message, *, now: datetime) -> None:
    """The carrier has it."""
    release_claim(message, "sent")
    message.sent_at = message.sent_at or now
    message.retry_at = None
    note_instruction(session, message, was_sent=True)
    _close_reminder(session, message, "sent", None, now)


def close_refused(
    session: Session, message: Message, refused: Refused, *, now: datetime, tell: bool = True
) -> None:
    """The gate said no for good. `tell`: put it before a person where somebody waits for this text."""
    if refused.code in PAST_USE and message.kind == Kind.STAFF:
        close_for_review(session, message, code=refused.code, note=refused.note, now=now)
        return
    release_claim(message, "cancelled" if refused.code in PAST_USE | OVERTAKEN else "refused")
    explain(message, refused.code, refused.note)
    note_instruction(session, message, was_sent=False)
    status = "skipped" if refused.code in PAST_USE else "cancelled"
    _close_reminder(session, message, status, refused.note, now)
    if tell and _is_missed(message, refused.code):
        ask_a_person(session, message, why=f"not sent: {refused.note}", now=now)


def close_failed(
    session: Session, message: Message, *, code: str, note: str, now: datetime, tell: bool = True
) -> None:
    """The carrier refused it for good."""
    release_claim(message, "refused")
    explain(message, code, note)
    note_instruction(session, message, was_sent=False)
    _close_reminder(session, message, "cancelled", note, now)
    if tell:
        ask_a_person(session, message, why=f"not sent: {note}", now=now)


def close_for_review(session: Session, message: Message, *, code: str, note: str, now: datetime) -> None:
    """Nobody knows whether it left, or it cannot be sent as it is: a person decides."""
    release_claim(message, "review")
    explain(message, code, note)
    note_instruction(session, message, was_sent=False)
    ask_a_person(session, message, why=note, now=now)


def close_cancelled(session: Session, message: Message, *, code: str, note: str, now: datetime) -> None:
    """Given up with a reason, without a person having to look."""
    release_claim(message, "cancelled")
    explain(message, code, note)
    _close_reminder(session, message, "cancelled", note, now)


def reopen_reminder(session: Session, message: Message) -> None:
    """A text that was handed over goes out once more: its step counts as enqueued again."""
    reminder = _reminder_of(session, message)
    if reminder is not None and reminder.status == "sent":
        reminder.status, reminder.closed_at = "enqueued", None


def _is_missed(message: Message, code: Refusal) -> bool:
    """Whether somebody waits for this text and nobody else will answer."""
    if message.kind == Kind.STAFF:
        return True
    return (
        code is Refusal.EXPIRED
        and not POLICIES[Kind(message.kind)].scheduled
        and message.kind != Kind.OPT_OUT
    )


def _close_reminder(
    session: Session, message: Message, status: str, reason: str | None, now: datetime
) -> None:
    reminder = _reminder_of(session, message)
    if reminder is None or reminder.status != "enqueued":
        return
    reminder.status, reminder.closed_at = status, now
    if reason is not None:
        reminder.reason = reason[:300]


def _reminder_of(session: Session, message: Message) -> Reminder | None:
    """The step this very text stands for; a step that another text replaced is left alone."""
    if message.reminder_id is None:
        return None
    reminder = session.get_one(Reminder, message.reminder_id)
    return reminder if reminder.message_id == message.id else None
