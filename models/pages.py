"""Lists in pages: each question goes on behind the last row that was seen, so nothing is shown twice or left out
because rows came or went meanwhile. One clinic, always.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.alert import Alert
from models.client import Client
from models.conversation import Conversation
from models.message import Message
from models.reminder import Reminder

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """The keys of a row in its list: what it is sorted by. Lists that need fewer leave the others as they are."""

    id: int
    at: datetime = EPOCH
    rank: int = 0


def clients_after(
    session: Session, *, clinic_id: int, after: Place | None, limit: int
) -> list[tuple[Client, Conversation]]:
    """Clients in the order in which they were entered, with the number they are reached on."""
    question = (
        select(Client, Conversation)
        .join(Conversation, Conversation.id == Client.conversation_id)
        .where(Client.clinic_id == clinic_id, Client.erased_at.is_(None))
    )
    if after is not None:
        question = question.where(Client.id > after.id)
    rows = session.execute(question.order_by(Client.id).limit(limit))
    return [(client, thread) for client, thread in rows]


def messages_after(
    session: Session, *, clinic_id: int, conversation_id: int | None, after: Place | None, limit: int
) -> list[Message]:
    """Texts in and out, oldest first; of one thread where given."""
    question = select(Message).where(Message.clinic_id == clinic_id)
    if conversation_id is not None:
        question = question.where(Message.conversation_id == conversation_id)
    if after is not None:
        question = question.where(Message.id > after.id)
    return list(session.scalars(question.order_by(Message.id).limit(limit)))


def reminders_after(
    session: Session,
    *,
    clinic_id: int,
    client_id: int | None = None,
    number: str | None = None,
    status: str | None = None,
    after: Place | None = None,
    limit: int,
) -> list[tuple[Reminder, Conversation, Client]]:
    """Planned texts by their moment, with the number and the client they are for."""
    question = (
        select(Reminder, Conversation, Client)
        .join(Conversation, Conversation.id == Reminder.conversation_id)
        .join(Client, Client.id == Reminder.client_id)
        .where(Reminder.clinic_id == clinic_id)
    )
    if client_id is not None:
        question = question.where(Reminder.client_id == client_id)
    if number is not None:
        question = question.where(Conversation.number == number)
    if status is not None:
        question = question.where(Reminder.status == status)
    if after is not None:
        question = question.where(_is_later(Reminder.due_at, Reminder.id, after))
    rows = session.execute(question.order_by(Reminder.due_at, Reminder.id).limit(limit))
    return [(step, thread, client) for step, thread, client in rows]


def waiting_after(
    session: Session, *, clinic_id: int, after: Place | None, limit: int
) -> list[tuple[Conversation, int]]:
    """What waits for a person, most urgent first, then the longest waiting; with the rank of its urgency."""
    since, rank = Conversation.waiting_since, _urgency()
    question = select(Conversation, rank).where(
        Conversation.clinic_id == clinic_id, since.is_not(None), Conversation.erased_at.is_(None)
    )
    if after is not None:
        same_rank = and_(rank == after.rank, _is_later(since, Conversation.id, after))
        question = question.where(or_(rank > after.rank, same_rank))
    rows = session.execute(question.order_by(rank, since, Conversation.id).limit(limit))
    return [(row[0], row[1]) for row in rows]


def alerts_after(
    session: Session, *, clinic_id: int, after: Place | None = None, limit: int
) -> list[tuple[Alert, Conversation | None]]:
    """Alerts that nobody has closed, the oldest first."""
    question = (
        select(Alert, Conversation)
        .outerjoin(Conversation, Conversation.id == Alert.conversation_id)
        .where(Alert.clinic_id == clinic_id, Alert.closed_at.is_(None))
    )
    if after is not None:
        question = question.where(_is_later(Alert.opened_at, Alert.id, after))
    rows = session.execute(question.order_by(Alert.opened_at, Alert.id).limit(limit))
    return [(alert, thread) for alert, thread in rows]


def _urgency() -> ColumnElement[int]:
    """The most urgent first."""
    wanted = Conversation.waiting_urgency
    return case((wanted == "now", 0), (wanted == "today", 1), else_=2)


def _is_later(
    at: InstrumentedAttribute[Any], row_id: InstrumentedAttribute[int], after: Place
) -> ColumnElement[bool]:
    return or_(at > after.at, and_(at == after.at, row_id > after.id))
