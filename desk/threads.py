"""Staff put a thread in its place: read, assigned, snoozed, closed, noted. None of these clears a red flag."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from clinic_time.local_time import at_local
from desk.records import record
from models.client import clients_of
from models.conversation import Conversation, latest_visit_on
from models.desk import Note, Presence
from models.message import Message
from models.staff import Staff
from models.thread import open_alerts_of, presence_of

MORNING = time(9)
LATER_TODAY = timedelta(hours=3)
PRESENT_FOR = timedelta(seconds=20)  # two missed polls and a colleague is gone


class ThreadError(ValueError):
    """The thread cannot be changed like this. The message says what to do instead."""


class Snooze(StrEnum):
    """How long a thread stays out of sight. A client's own text brings it back at once."""

    LATER_TODAY = "later_today"
    TOMORROW = "tomorrow"
    NEXT_WEEK = "next_week"


def mark_read(conversation: Conversation) -> None:
    """Somebody opened it. Whoever waits still waits: only an answer changes that."""
    conversation.unread_since = None


def assign(
    session: Session, conversation: Conversation, to: Staff | None, by: Staff, *, note: str, now: datetime
) -> None:
    """Hand a thread over. Handing it to a colleague asks for a note. Raises ThreadError."""
    if to is not None and to.clinic_id != conversation.clinic_id:
        raise ThreadError("That person does not work at this clinic.")
    if to is not None and to.id != by.id:
        if not note.strip():
            raise ThreadError("Say in a few words what your colleague should know, then hand it over.")
        add_note(session, conversation, by, body=f"Handed to {to.name}: {note.strip()}", now=now)
    conversation.assigned_staff_id = to.id if to else None


def snooze(session: Session, conversation: Conversation, until: datetime, now: datetime) -> None:
    """Out of sight until then (clinic time). Raises ThreadError."""
    if open_alerts_of(session, conversation.id):
        raise ThreadError("An urgent alert is open here: it stays on top until somebody presses Handled.")
    if until <= now:
        raise ThreadError("That time has passed. Pick a later one.")
    conversation.snoozed_until = until


def snooze_until(choice: Snooze, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment a menu entry stands for."""
    today = now.astimezone(zone).date()
    if choice is Snooze.LATER_TODAY:
        return now + LATER_TODAY
    days = 1 if choice is Snooze.TOMORROW else 7
    return at_local(today + timedelta(days=days), MORNING, zone)


def check_in_morning(
    session: Session, conversation: Conversation, *, day: int, zone: ZoneInfo, now: datetime
) -> datetime | None:
    """The morning of day `day` since the latest visit, where it is still to come: when results are looked at."""
    visit = latest_visit_on(session, conversation.id, until=now)
    morning = at_local(visit.local_day + timedelta(days=day), MORNING, zone) if visit else None
    return morning if morning is not None and morning > now else None


def close_thread(session: Session, conversation: Conversation) -> None:
    """Nothing more to do here. Raises ThreadError while an alert is open."""
    if open_alerts_of(session, conversation.id):
        raise ThreadError(
            "An urgent alert is open here. Press Handled and say how it ended, then close the thread."
        )
    conversation.status, conversation.snoozed_until = "closed", None
    conversation.waiting_since = conversation.waiting_reason = conversation.waiting_urgency = None


def reopen_thread(conversation: Conversation) -> None:
    """Back among the open ones."""
    conversation.status, conversation.snoozed_until = "open", None


def settle_without_reply(conversation: Conversation) -> None:
    """Nobody needs to write: the client no longer waits."""
    conversation.waiting_since = conversation.waiting_reason = conversation.waiting_urgency = None


def pause(conversation: Conversation, *, paused: bool, now: datetime) -> None:
    """Stop or resume every automatic text to this number, emergencies excepted."""
    conversation.paused_at = now if paused else None


def dismiss_unknown(conversation: Conversation, now: datetime) -> None:
    """An unknown number that is nobody's: off the list until it writes again."""
    conversation.dismissed_at = now
    conversation.status = "closed"
    conversation.waiting_since = conversation.waiting_reason = conversation.waiting_urgency = None


def add_note(session: Session, conversation: Conversation, by: Staff, *, body: str, now: datetime) -> Note:
    """An internal note. Never sent. Raises ThreadError where it is empty."""
    if not body.strip():
        raise ThreadError("Write the note first.")
    note = Note(conversation_id=conversation.id, staff_id=by.id, body=body.strip()[:4000], created_at=now)
    session.add(note)
    return note


def say_whom_about(
    session: Session,
    conversation: Conversation,
    message: Message,
    client_id: int | None,
    by: Staff,
    now: datetime,
) -> None:
    """Whom a client's text on a shared number is about; None = not known after all. Raises ThreadError."""
    if message.direction != "inbound":
        raise ThreadError("Only a client's own text can be about one of them.")
    if client_id is not None and client_id not in {one.id for one in clients_of(session, conversation.id)}:
        raise ThreadError("That client does not share this phone. Choose one from the list.")
    message.client_id = client_id
    record(session, by, "text_about", kind="message", id=message.id, now=now)


def note_presence(
    session: Session, conversation: Conversation, by: Staff, *, typing: bool, machine: datetime
) -> None:
    """This person has the thread open (machine time)."""
    row = presence_of(session, conversation_id=conversation.id, staff_id=by.id)
    if row is None:
        row = Presence(conversation_id=conversation.id, staff_id=by.id, seen_at=machine)
        session.add(row)
    row.seen_at = machine
    row.typing_at = machine if typing else row.typing_at
