"""Photos as staff look for them: of a client, of a thread, attached but not sent, of the library. Questions only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from models.client import Client
from models.desk import Picture
from models.message import Message
from models.photo import Photo
from models.visit import Visit

ON_ITS_WAY = ("queued", "claimed", "in_flight", "unknown", "review")


@dataclass(frozen=True, slots=True)
class SentPhoto:
    """A photo, when it was sent (clinic time), by whom, and whose the text is, where that is known."""

    photo: Photo
    at: datetime
    is_ours: bool
    staff_id: int | None
    client_id: int | None


def find_clinic_photo(session: Session, *, clinic_id: int, photo_id: int) -> Photo | None:
    """The clinic's photo of this id, deleted ones excepted."""
    question = select(Photo).where(
        Photo.id == photo_id, Photo.clinic_id == clinic_id, Photo.state != "deleted"
    )
    return session.scalars(question).first()


def describe_sent(session: Session, photo: Photo) -> SentPhoto:
    """Who sent this photo, and when."""
    row = session.execute(_sent().where(Photo.id == photo.id)).one()
    return _as_sent(row[0], row[1])


def photos_of_client(session: Session, client: Client) -> list[SentPhoto]:
    """Photos of the client's number and of their earlier ones, oldest first. Copies of others are left out.

    On a shared number also those that name nobody, but not those that are known to be somebody else's.
    """
    visits = select(Visit.id).where(Visit.client_id == client.id)
    others = select(Visit.id).join(Client, Client.id == Visit.client_id)
    others = others.where(Client.conversation_id == client.conversation_id, Client.id != client.id)
    nobodys = (Photo.conversation_id == client.conversation_id) & (
        Message.client_id.is_(None) | Photo.visit_id.is_not(None)
    )
    question = _sent().where(
        Photo.clinic_id == client.clinic_id,
        Photo.state.not_in(("deleted", "pending")),
        Photo.copied_from_id.is_(None),
        or_(Photo.visit_id.in_(visits), Message.client_id == client.id, nobodys),
        or_(Photo.visit_id.is_(None), Photo.visit_id.not_in(others)),
    )
    rows = session.execute(question.order_by(Photo.created_at, Photo.id)).all()
    return [_as_sent(photo, message) for photo, message in rows]


def photos_of_thread(session: Session, conversation_id: int, *, limit: int = 60) -> list[Photo]:
    """The stored photos of a thread that could be sent again, newest first."""
    question = select(Photo).where(
        Photo.conversation_id == conversation_id,
        Photo.state == "stored",
        Photo.copied_from_id.is_(None),
    )
    return list(session.scalars(question.order_by(Photo.id.desc()).limit(limit)))


def pending_photos(session: Session, *, conversation_id: int, staff_id: int) -> list[Photo]:
    """What this person attached to a reply in this thread that is not sent yet, in the order of attaching."""
    question = select(Photo).where(
        Photo.state == "pending", Photo.conversation_id == conversation_id, Photo.staff_id == staff_id
    )
    return list(session.scalars(question.order_by(Photo.id)))


def visits_of_numbers(session: Session, conversation_ids: Sequence[int]) -> list[tuple[Visit, Client]]:
    """The standing visits of everybody on these numbers, newest first."""
    question = (
        select(Visit, Client)
        .join(Client, Client.id == Visit.client_id)
        .where(
            Client.conversation_id.in_(conversation_ids),
            Client.erased_at.is_(None),
            Visit.cancelled_at.is_(None),
        )
    )
    rows = session.execute(question.order_by(Visit.local_day.desc(), Visit.id.desc())).all()
    return [(visit, client) for visit, client in rows]


def is_on_its_way(session: Session, photo: Photo) -> bool:
    """Whether the text with this photo has still to leave, or may not have left."""
    if photo.message_id is None:
        return False
    question = select(Message.id).where(
        Message.id == photo.message_id, Message.direction == "outbound", Message.state.in_(ON_ITS_WAY)
    )
    return session.scalars(question).first() is not None


def library_pictures(session: Session, clinic_id: int) -> list[tuple[Picture, Photo]]:
    """The clinic's pictures by name."""
    question = (
        select(Picture, Photo)
        .join(Photo, Photo.id == Picture.photo_id)
        .where(Picture.clinic_id == clinic_id, Picture.removed_at.is_(None))
    )
    return [(picture, photo) for picture, photo in session.execute(question.order_by(Picture.name)).all()]


def find_picture(session: Session, *, clinic_id: int, picture_id: int) -> Picture | None:
    """The picture of this id in the clinic's library."""
    question = select(Picture).where(
        Picture.id == picture_id, Picture.clinic_id == clinic_id, Picture.removed_at.is_(None)
    )
    return session.scalars(question).first()


def is_in_library(session: Session, photo: Photo) -> bool:
    """Whether the library shows this photo."""
    question = select(Picture.id).where(Picture.photo_id == photo.id, Picture.removed_at.is_(None))
    return session.scalars(question).first() is not None


def _sent() -> Select[Photo, Message]:
    return select(Photo, Message).outerjoin(Message, Message.id == Photo.message_id)


def _as_sent(photo: Photo, message: Message | None) -> SentPhoto:
    if message is None:
        return SentPhoto(photo, photo.created_at, True, photo.staff_id, None)
    is_ours = message.direction == "outbound"
    return SentPhoto(
        photo, message.created_at, is_ours, photo.staff_id or message.staff_id, message.client_id
    )
