"""What the simulator's page shows beside a phone: our reasons for its texts, and the steps still to come."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.client import Client
from models.conversation import Conversation
from models.message import Message
from models.reminder import Reminder


def messages_by_sid(session: Session, sids: Sequence[str]) -> dict[str, Message]:
    """Our rows of these carrier messages."""
    found = session.scalars(select(Message).where(Message.carrier_sid.in_(sids)))
    return {message.carrier_sid: message for message in found if message.carrier_sid}


def steps_of_number(session: Session, *, clinic_id: int, number: str) -> list[Reminder]:
    """Every step planned for the clients of a number, in the order of their moments."""
    question = (
        select(Reminder)
        .join(Conversation, Conversation.id == Reminder.conversation_id)
        .where(Conversation.clinic_id == clinic_id, Conversation.number == number)
    )
    return list(session.scalars(question.order_by(Reminder.due_at, Reminder.id)))


def phones_of_clients(session: Session, *, clinic_id: int, limit: int = 200) -> list[tuple[str, str]]:
    """Number and name of each client, by name."""
    question = (
        select(Conversation.number, Client.name)
        .join(Client, Client.conversation_id == Conversation.id)
        .where(Conversation.clinic_id == clinic_id, Client.erased_at.is_(None))
    )
    rows = session.execute(question.order_by(Client.name, Client.id).limit(limit))
    return [(row.number, row.name) for row in rows]
