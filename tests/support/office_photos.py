"""Photos in an office: pictures to upload, photos that came with a text, what the store holds. Holds no asserts."""

import io
from typing import Any

from PIL import Image

from models.client import Client
from models.conversation import Conversation
from models.message import Message
from models.photo import Photo
from photos.sanitise import sanitise
from tests.support.dashboard import Office
from tests.support.factories import make_inbound


def a_picture(colour: str = "white", size: tuple[int, int] = (60, 40)) -> bytes:
    """A small JPEG."""
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "JPEG")
    return buffer.getvalue()


def upload(*contents: bytes, **fields: Any) -> dict[str, Any]:
    """A form with files, as the test browser posts it."""
    files = [(io.BytesIO(content), f"photo{number}.jpg") for number, content in enumerate(contents)]
    return {"data": {"pictures": files, **fields}, "content_type": "multipart/form-data"}


def texted_photo(office: Office, *, other_clinic: bool = False, **values: Any) -> int:
    """A photo a client texted, fetched and stored; its id."""
    store = office.here.photo_store()
    thread_id = office.other_thread_id if other_clinic else office.thread_id
    with office.database.write() as session:
        thread = session.get_one(Conversation, thread_id)
        client = session.query(Client).filter_by(conversation_id=thread_id).first()
        at = values.pop("at", office.now)
        text = make_inbound(
            session, thread, "look", kind="photo", at=at, client_id=client.id if client else None
        )
        given: dict[str, Any] = {
            "state": "stored",
            "source_url": "https://carrier.example/media",
            "caption": "",
        }
        photo = Photo(
            clinic_id=thread.clinic_id,
            message_id=text.id,
            conversation_id=thread.id,
            created_at=at,
            content_type="image/jpeg",
            **(given | values),
        )
        session.add(photo)
        session.flush()
        if photo.state == "stored":
            photo.stored_name = store.put(photo.id, sanitise(a_picture()).jpeg)
        return photo.id


def photo_of(office: Office, photo_id: int) -> Photo:
    """The row as it is now."""
    with office.database.read() as session:
        return session.get_one(Photo, photo_id)


def pending_of(office: Office) -> list[Photo]:
    """What is attached to replies that are not sent."""
    with office.database.read() as session:
        return session.query(Photo).filter_by(state="pending").order_by(Photo.id).all()


def last_text(office: Office) -> Message:
    """The newest text of the office's own thread."""
    with office.database.read() as session:
        newest = (
            session.query(Message)
            .filter_by(conversation_id=office.thread_id)
            .order_by(Message.id.desc())
            .first()
        )
        if newest is None:
            raise LookupError("no text in the thread")
        return newest
