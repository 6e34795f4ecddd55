"""What staff keep beside a thread: notes, drafts, presence, saved replies, pictures, corrections."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Note(Base):
    """An internal note. Never sent."""

    __tablename__ = "note"
    __table_args__ = (Index("ix_note_thread", "conversation_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class Draft(Base):
    """A half-written reply or note, one per thread and person."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("conversation_id", "staff_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    body: Mapped[str] = mapped_column(Text)
    is_note: Mapped[bool] = mapped_column(default=False, server_default=false())
    updated_at: Mapped[datetime]


class Presence(Base):
    """Who has a thread open, and whether they are typing (machine time)."""

    __tablename__ = "presence"
    __table_args__ = (UniqueConstraint("conversation_id", "staff_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    seen_at: Mapped[datetime]
    typing_at: Mapped[datetime | None]


class SavedReply(Base):
    """A text staff insert by name. Placeholders as in the words pack."""

    __tablename__ = "saved_reply"
    __table_args__ = (UniqueConstraint("clinic_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    name: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text)
    updated_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    updated_at: Mapped[datetime]


class Picture(Base):
    """A picture of the clinic's library (ice, do not rub), stored as a photo."""

    __tablename__ = "picture"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id"))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class Correction(Base):
    """That answer was wrong: what the router did with a text, and what staff say it should have done."""

    __tablename__ = "correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    wanted: Mapped[str] = mapped_column(
        String(60)
    )  # topic ids joined by "+", or person | emergency | optout | ack
    phrase: Mapped[str | None] = mapped_column(String(300))
    added_to_topic: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime]


class TopicPhrase(Base):
    """A phrase a clinic added to a topic; the router answers an exact (normalised) match."""

    __tablename__ = "topic_phrase"
    __table_args__ = (UniqueConstraint("clinic_id", "phrase"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    topic: Mapped[str] = mapped_column(String(40))
    phrase: Mapped[str] = mapped_column(String(300))
    added_by: Mapped[str] = mapped_column(String(120))
    added_at: Mapped[datetime]
