"""Everything on file about one client: visits, planned steps, appointments, texts and photos. Questions only."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models.appointment import Appointment
from models.conversation import Conversation
from models.message import Message
from models.photo import Photo
from models.reminder import Reminder
from models.visit import Treatment, Visit


@dataclass(frozen=True, slots=True)
class VisitOnFile:
    """A visit that stands and its treatments, first injection first."""

    visit: Visit
    treatments: tuple[Treatment, ...]


def visits_on_file(session: Session, client_id: int, *, with_cancelled: bool = False) -> list[VisitOnFile]:
    """A client's visits, the newest first."""
    question = select(Visit).where(Visit.client_id == client_id)
    if not with_cancelled:
        question = question.where(Visit.cancelled_at.is_(None))
    visits = list(session.scalars(question.order_by(Visit.injected_at.desc(), Visit.id.desc())))
    given = _treatments(session, [visit.id for visit in visits], with_cancelled=with_cancelled)
    return [VisitOnFile(visit, tuple(given.get(visit.id, ()))) for visit in visits]


def _treatments(
    session: Session, visits: Sequence[int], *, with_cancelled: bool
) -> dict[int, list[Treatment]]:
    question = select(Treatment).where(Treatment.visit_id.in_(visits))
    if not with_cancelled:
        question = question.where(Treatment.cancelled_at.is_(None))
    given: dict[int, list[Treatment]] = {}
    for treatment in session.scalars(question.order_by(Treatment.injected_at, Treatment.id)):
        given.setdefault(treatment.visit_id, []).append(treatment)
    return given


def steps_of_client(session: Session, client_id: int) -> list[Reminder]:
    """Every step of a client's visits, in the order they are due."""
    question = select(Reminder).where(Reminder.client_id == client_id)
    return list(session.scalars(question.order_by(Reminder.due_at, Reminder.id)))


def appointments_of(session: Session, client_id: int) -> list[Appointment]:
    """A client's appointments, cancelled ones included, the latest first."""
    question = select(Appointment).where(Appointment.client_id == client_id)
    return list(session.scalars(question.order_by(Appointment.at.desc(), Appointment.id)))


def earlier_threads(session: Session, client_id: int, *, current: int) -> list[Conversation]:
    """Threads of other numbers that hold texts of this client: from before a change of number or a merge."""
    theirs = select(Message.conversation_id).where(Message.client_id == client_id)
    question = select(Conversation).where(
        Conversation.id.in_(theirs), Conversation.id != current, Conversation.erased_at.is_(None)
    )
    return list(session.scalars(question.order_by(Conversation.id)))


def texts_of_client(
    session: Session, client_id: int, *, conversation_id: int, is_alone: bool
) -> list[Message]:
    """A client's texts, oldest first: theirs on any number; of a shared number also those that name nobody."""
    on_number = Message.conversation_id == conversation_id
    if not is_alone:
        on_number = (Message.conversation_id == conversation_id) & Message.client_id.is_(None)
    question = select(Message).where(or_(Message.client_id == client_id, on_number))
    return list(session.scalars(question.order_by(Message.created_at, Message.id)))


def stored_photos(session: Session, message_ids: Sequence[int]) -> list[Photo]:
    """The photos of these texts that are on our disk, oldest first."""
    question = select(Photo).where(Photo.message_id.in_(message_ids), Photo.state == "stored")
    return list(session.scalars(question.order_by(Photo.created_at, Photo.id)))


def count_photos(session: Session, conversation_id: int) -> int:
    """How many photos came or went on a number."""
    question = (
        select(func.count())
        .select_from(Photo)
        .join(Message, Message.id == Photo.message_id)
        .where(Message.conversation_id == conversation_id, Photo.state == "stored")
    )
    return session.scalar(question) or 0


def messages_by_id(session: Session, message_ids: Sequence[int]) -> dict[int, Message]:
    """These texts by their id."""
    found = session.scalars(select(Message).where(Message.id.in_(message_ids)))
    return {message.id: message for message in found}
