"""One conversation as staff read it: texts, notes and photos in order."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.alert import Alert
from models.conversation import Conversation
from models.desk import Draft, Note, Presence
from models.message import Message
from models.photo import Photo
from models.staff import Staff


def find_thread(session: Session, *, clinic_id: int, conversation_id: int) -> Conversation | None:
    """The conversation, if it is this clinic's."""
    question = select(Conversation).where(
        Conversation.id == conversation_id, Conversation.clinic_id == clinic_id
    )
    return session.scalars(question).first()


def thread_messages(
    session: Session, conversation_id: int, *, before_id: int | None = None, limit: int = 100
) -> list[Message]:
    """The latest texts, oldest of them first; earlier ones by `before_id`."""
    question = select(Message).where(Message.conversation_id == conversation_id)
    if before_id is not None:
        question = question.where(Message.id < before_id)
    newest = session.scalars(question.order_by(Message.id.desc()).limit(limit))
    return list(reversed(list(newest)))


def thread_notes(session: Session, conversation_id: int) -> list[Note]:
    """The internal notes, oldest first."""
    return list(
        session.scalars(select(Note).where(Note.conversation_id == conversation_id).order_by(Note.id))
    )


def photos_by_message(session: Session, message_ids: list[int]) -> dict[int, list[Photo]]:
    """The photos of these texts in the order they were sent."""
    question = select(Photo).where(Photo.message_id.in_(message_ids), Photo.state != "deleted")
    found: dict[int, list[Photo]] = {}
    for photo in session.scalars(question.order_by(Photo.message_id, Photo.position)):
        found.setdefault(photo.message_id or 0, []).append(photo)
    return found


def staff_names(session: Session, clinic_id: int) -> dict[int, str]:
    """The names of a clinic's staff, former ones included."""
    rows = session.execute(select(Staff.id, Staff.name).where(Staff.clinic_id == clinic_id))
    return {row.id: row.name for row in rows}


def open_alerts_of(session: Session, conversation_id: int) -> list[Alert]:
    """The alerts on this thread that nobody has closed, oldest first."""
    question = select(Alert).where(Alert.conversation_id == conversation_id, Alert.closed_at.is_(None))
    return list(session.scalars(question.order_by(Alert.id)))


def draft_of(session: Session, *, conversation_id: int, staff_id: int) -> Draft | None:
    """This person's half-written reply."""
    question = select(Draft).where(Draft.conversation_id == conversation_id, Draft.staff_id == staff_id)
    return session.scalars(question).first()


def presence_of(session: Session, *, conversation_id: int, staff_id: int) -> Presence | None:
    """When this person last had the thread open."""
    question = select(Presence).where(
        Presence.conversation_id == conversation_id, Presence.staff_id == staff_id
    )
    return session.scalars(question).first()


def others_present(
    session: Session, *, conversation_id: int, staff_id: int, since: datetime
) -> list[tuple[str, bool]]:
    """Colleagues who have the thread open: name, and whether they are typing (machine time)."""
    question = (
        select(Staff.name, Presence.typing_at)
        .join(Staff, Staff.id == Presence.staff_id)
        .where(
            Presence.conversation_id == conversation_id,
            Presence.staff_id != staff_id,
            Presence.seen_at > since,
        )
    )
    rows = session.execute(question.order_by(Staff.name))
    return [(row.name, row.typing_at is not None and row.typing_at > since) for row in rows]


def find_message(session: Session, *, clinic_id: int, message_id: int) -> Message | None:
    """The text of this id, if it is this clinic's."""
    question = select(Message).where(Message.id == message_id, Message.clinic_id == clinic_id)
    return session.scalars(question).first()


def colleagues_reply_after(
    session: Session, conversation_id: int, *, after_id: int, staff_id: int
) -> Message | None:
    """What somebody else of the staff wrote to the client after this text, the latest; not what was taken back."""
    question = select(Message).where(
        Message.conversation_id == conversation_id,
        Message.id > after_id,
        Message.kind == "staff",
        Message.staff_id != staff_id,
        Message.state.not_in(("cancelled", "refused")),
    )
    return session.scalars(question.order_by(Message.id.desc()).limit(1)).first()


def last_inbound(session: Session, conversation_id: int) -> Message | None:
    """The client's latest text."""
    question = select(Message).where(
        Message.conversation_id == conversation_id, Message.direction == "inbound"
    )
    return session.scalars(question.order_by(Message.id.desc()).limit(1)).first()
