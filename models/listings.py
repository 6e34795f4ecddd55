"""What lists show: rows joined with the number and the names they belong to. One clinic at a time, always."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.alert import Alert
from models.appointment import Appointment
from models.client import Client
from models.conversation import Conversation
from models.message import Message
from models.pages import alerts_after, reminders_after
from models.reminder import Reminder
from models.visit import Visit

EVERYTHING = 1_000_000


def list_messages(
    session: Session, *, clinic_id: int, their_number: str | None = None, limit: int = EVERYTHING
) -> Sequence[Message]:
    """Every text of a clinic, or of one number, oldest first."""
    question = select(Message).where(Message.clinic_id == clinic_id)
    if their_number is not None:
        question = question.where(Message.their_number == their_number)
    return session.scalars(question.order_by(Message.id).limit(limit)).all()


def list_held_sends(session: Session, *, clinic_id: int, limit: int = EVERYTHING) -> Sequence[Message]:
    """Texts a person must decide about, the longest held first."""
    question = select(Message).where(Message.clinic_id == clinic_id, Message.state == "review")
    return session.scalars(question.order_by(Message.id).limit(limit)).all()


def list_reminders(
    session: Session, *, clinic_id: int, number: str | None = None
) -> Sequence[tuple[Reminder, Conversation, Client]]:
    """Planned, held, sent and closed steps in order of their moment, with the number and the client they are for."""
    return reminders_after(session, clinic_id=clinic_id, number=number, limit=EVERYTHING)


def list_alerts(session: Session, *, clinic_id: int) -> Sequence[tuple[Alert, Conversation | None]]:
    """Alerts that nobody has closed, the oldest first."""
    return alerts_after(session, clinic_id=clinic_id, limit=EVERYTHING)


def list_visits(session: Session, *, client_id: int) -> Sequence[Visit]:
    """A client's visits that stand, oldest first."""
    question = select(Visit).where(Visit.client_id == client_id, Visit.cancelled_at.is_(None))
    return session.scalars(question.order_by(Visit.injected_at, Visit.id)).all()


def names_on(session: Session, *, clinic_id: int, threads: Sequence[int] | None = None) -> dict[int, str]:
    """The clients' names by conversation, several joined by a comma; of these conversations where given."""
    question = select(Client.conversation_id, Client.name).where(
        Client.clinic_id == clinic_id, Client.erased_at.is_(None)
    )
    if threads is not None:
        question = question.where(Client.conversation_id.in_(threads))
    names: dict[int, str] = {}
    for conversation_id, name in session.execute(question.order_by(Client.id)):
        names[conversation_id] = f"{names[conversation_id]}, {name}" if conversation_id in names else name
    return names


def list_appointments(
    session: Session, *, clinic_id: int, after: datetime
) -> Sequence[tuple[Appointment, Client]]:
    """Future visits that stand, the next one first."""
    question = (
        select(Appointment, Client)
        .join(Client, Client.id == Appointment.client_id)
        .where(Appointment.clinic_id == clinic_id, Appointment.cancelled_at.is_(None), Appointment.at > after)
    )
    rows = session.execute(question.order_by(Appointment.at, Appointment.id))
    return [(appointment, client) for appointment, client in rows]
