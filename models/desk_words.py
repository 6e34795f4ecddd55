"""Questions about what staff keep ready to say: saved replies, a clinic's own phrases, corrections."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.desk import Correction, SavedReply, TopicPhrase
from models.message import Message


def list_saved_replies(
    session: Session, clinic_id: int, *, search: str = "", limit: int = 500
) -> list[SavedReply]:
    """A clinic's saved replies by name; `search` anywhere in name or text, where it is given."""
    question = select(SavedReply).where(SavedReply.clinic_id == clinic_id)
    if search:
        question = question.where(
            SavedReply.name.icontains(search, autoescape=True)
            | SavedReply.body.icontains(search, autoescape=True)
        )
    return list(session.scalars(question.order_by(SavedReply.name).limit(limit)))


def find_saved_reply(session: Session, *, clinic_id: int, reply_id: int) -> SavedReply | None:
    """The saved reply of this id, if it is this clinic's."""
    question = select(SavedReply).where(SavedReply.id == reply_id, SavedReply.clinic_id == clinic_id)
    return session.scalars(question).first()


def find_saved_reply_named(session: Session, *, clinic_id: int, name: str) -> SavedReply | None:
    """The saved reply of this name, if any."""
    question = select(SavedReply).where(SavedReply.clinic_id == clinic_id, SavedReply.name == name)
    return session.scalars(question).first()


def list_topic_phrases(session: Session, clinic_id: int, topic: str | None = None) -> list[TopicPhrase]:
    """The phrases a clinic added, oldest first; of one topic where given."""
    question = select(TopicPhrase).where(TopicPhrase.clinic_id == clinic_id)
    if topic is not None:
        question = question.where(TopicPhrase.topic == topic)
    return list(session.scalars(question.order_by(TopicPhrase.id)))


def find_topic_phrase(session: Session, *, clinic_id: int, phrase_id: int) -> TopicPhrase | None:
    """The phrase of this id, if it is this clinic's."""
    question = select(TopicPhrase).where(TopicPhrase.id == phrase_id, TopicPhrase.clinic_id == clinic_id)
    return session.scalars(question).first()


def list_corrections(
    session: Session, clinic_id: int, *, limit: int = 10_000
) -> list[tuple[Correction, str]]:
    """What staff corrected and the client's words it was about, oldest first."""
    question = (
        select(Correction, Message.body)
        .join(Message, Message.id == Correction.message_id)
        .where(Correction.clinic_id == clinic_id)
        .order_by(Correction.id)
    )
    return [(row.Correction, row.body) for row in session.execute(question.limit(limit))]


def corrections_of(session: Session, message_id: int) -> list[Correction]:
    """What was said of one text, the newest first."""
    question = select(Correction).where(Correction.message_id == message_id)
    return list(session.scalars(question.order_by(Correction.id.desc())))
