"""Pictures of a message: where they are, and how getting them stands. The bytes live in the photo store."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, and_, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.message import Message


class Photo(Base):
    """One picture: of a text, of a client's file, or of the library.

    state: at_carrier | stored | failed | refused | deleted | pending (attached to a reply not sent yet)
    view: what it shows: front | left | right, or empty. `copied_from_id`: it was sent from another one.
    """

    __tablename__ = "photo"
    __table_args__ = (
        UniqueConstraint("message_id", "position"),
        Index("ix_photo_fetch", "state", "next_try_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # who added it; None = it came in
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("photo.id"))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"))
    position: Mapped[int] = mapped_column(default=0)
    source_url: Mapped[str | None] = mapped_column(String(500))
    content_type: Mapped[str] = mapped_column(String(80), default="")
    caption: Mapped[str] = mapped_column(String(200), default="")
    view: Mapped[str] = mapped_column(String(8), default="")
    state: Mapped[str] = mapped_column(String(12))
    failure: Mapped[str | None] = mapped_column(String(200))
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]  # machine time
    stored_name: Mapped[str | None] = mapped_column(String(64))
    byte_count: Mapped[int | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    created_at: Mapped[datetime]
    stored_at: Mapped[datetime | None]
    backed_up_at: Mapped[datetime | None]  # a backup holds the stored file
    deleted_at_carrier_at: Mapped[datetime | None]


def find_photo(session: Session, photo_id: int) -> Photo | None:
    """The photo of this id, if it is still there."""
    return session.get(Photo, photo_id)


def find_outgoing_photo(session: Session, photo_id: int) -> Photo | None:
    """The photo of this id, if it belongs to a text of ours."""
    question = (
        select(Photo)
        .join(Message, Message.id == Photo.message_id)
        .where(Photo.id == photo_id, Photo.state == "stored", Message.direction == "outbound")
    )
    return session.scalars(question).first()


def photos_of_message(session: Session, message_id: int) -> list[Photo]:
    """A message's photos in the order they were sent."""
    return list(session.scalars(select(Photo).where(Photo.message_id == message_id).order_by(Photo.position)))


def claim_photo_to_fetch(session: Session, machine: datetime, *, until: datetime) -> Photo | None:
    """The next photo due for a download, taken until the given machine time; a crash frees it again."""
    due = or_(Photo.next_try_at.is_(None), Photo.next_try_at <= machine)
    question = select(Photo).where(Photo.state == "at_carrier", due).order_by(Photo.id).limit(1)
    photo = session.scalars(question.with_for_update(skip_locked=True)).first()
    if photo is not None:
        photo.next_try_at = until
    return photo


def stored_names(session: Session) -> set[str]:
    """The file names that rows know."""
    return {name for name in session.scalars(select(Photo.stored_name)) if name}


def pending_before(session: Session, moment: datetime, *, limit: int = 500) -> list[Photo]:
    """Pictures attached to a reply that was never sent, older than this (clinic time)."""
    question = select(Photo).where(Photo.state == "pending", Photo.created_at < moment)
    return list(session.scalars(question.order_by(Photo.id).limit(limit)))


def photos_to_delete_at_carrier(session: Session, *, older_than: datetime, limit: int) -> list[Photo]:
    """Photos whose copy at the carrier may go: a backup holds ours and the days are over, or ours was deleted."""
    is_safe = and_(Photo.state == "stored", Photo.backed_up_at.is_not(None), Photo.created_at <= older_than)
    question = select(Photo).where(
        Photo.source_url.is_not(None),
        Photo.deleted_at_carrier_at.is_(None),
        or_(is_safe, Photo.state == "deleted"),
    )
    return list(session.scalars(question.order_by(Photo.id).limit(limit)))


def mark_backed_up(session: Session, names: Collection[str], *, at: datetime) -> int:
    """Remember that a backup holds these stored files (machine time). Returns how many were new in it."""
    waiting = select(Photo).where(Photo.backed_up_at.is_(None), Photo.stored_name.is_not(None))
    photos = [photo for photo in session.scalars(waiting) if photo.stored_name in names]
    for photo in photos:
        photo.backed_up_at = at
    return len(photos)
