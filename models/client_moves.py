"""Moves what is on file about a client: to another number, or to the same person's other entry. Writes only."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models.appointment import Appointment
from models.client import Client
from models.message import Message
from models.reminder import Reminder
from models.visit import Treatment, Visit


def move_steps_to(session: Session, *, client_id: int, conversation_id: int) -> None:
    """Every step of the client belongs to this number's plan from now on; texts that left stay where they are."""
    mine = update(Reminder).where(Reminder.client_id == client_id)
    session.execute(mine.values(conversation_id=conversation_id))


def lock_queued_steps(session: Session, *, client_id: int) -> list[tuple[Message, Reminder]]:
    """The client's steps whose text waits to leave, locked so that no worker claims them meanwhile."""
    question = (
        select(Message, Reminder)
        .join(Reminder, Reminder.message_id == Message.id)
        .where(Reminder.client_id == client_id, Message.state == "queued")
        .with_for_update()
    )
    found = session.execute(question.execution_options(populate_existing=True))
    return [(message, step) for message, step in found]


def hand_over_file(session: Session, *, from_id: int, to_id: int) -> None:
    """Visits, steps, appointments and texts of one entry become those of another."""
    for table in (Visit, Reminder, Appointment, Message):
        mine = update(table).where(table.client_id == from_id)
        session.execute(mine.values(client_id=to_id))


def move_treatments(session: Session, *, from_visit: int, to_visit: int) -> None:
    """The treatments of one visit belong to another."""
    session.execute(update(Treatment).where(Treatment.visit_id == from_visit).values(visit_id=to_visit))


def delete_client(session: Session, client_id: int) -> None:
    """Remove an entry that nothing points to any more."""
    session.execute(delete(Client).where(Client.id == client_id))
