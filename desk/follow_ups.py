"""Somebody spoke to a client who was on "not heard from" or "ask in person": off the list, by name, with a note."""

from datetime import datetime

from sqlalchemy.orm import Session

from desk.records import record
from desk.threads import add_note
from models.conversation import Conversation
from models.reminder import Reminder
from models.staff import Staff


def mark_followed_up(session: Session, step: Reminder, by: Staff, *, note: str, now: datetime) -> None:
    """Off the list until the next visit; the note, if any, stands in the conversation. The first name stands."""
    if step.followed_up_at is not None:
        return
    step.followed_up_at, step.followed_up_by = now, by.name
    if note.strip():
        add_note(session, session.get_one(Conversation, step.conversation_id), by, body=note, now=now)
    record(session, by, "followed_up", kind="reminder", id=step.id, now=now)


def put_back(session: Session, step: Reminder, by: Staff, *, now: datetime) -> None:
    """On the list again."""
    step.followed_up_at = step.followed_up_by = None
    record(session, by, "follow_up_reopened", kind="reminder", id=step.id, now=now)
