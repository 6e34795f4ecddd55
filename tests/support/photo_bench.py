"""A database with one clinic, a photo store, and photos that wait at a carrier. Holds no asserts."""

from pathlib import Path

from config import PhotoKey
from models.conversation import Conversation
from models.database import Database
from models.photo import Photo
from photos.store import PhotoStore
from tests.support.engines import open_test_database
from tests.support.factories import NOON, make_clinic, make_conversation, make_inbound

HEIC = Path(__file__).parent / "pictures" / "small.heic"  # 96 x 64, with a place in its metadata


class Bench:
    """One installation's photos. `expect` writes a text with one photo that is still at `url`."""

    def __init__(self, folder: Path) -> None:
        self.database: Database = open_test_database(folder)
        self.store = PhotoStore(folder / "photos", (PhotoKey("k1", b"1" * 32),))
        with self.database.write() as session:
            self.conversation_id = make_conversation(session, make_clinic(session)).id

    def expect(self, url: str, position: int = 0) -> int:
        with self.database.write() as session:
            conversation = session.get_one(Conversation, self.conversation_id)
            message = make_inbound(session, conversation, "look", media_urls=[url])
            photo = Photo(
                clinic_id=conversation.clinic_id,
                message_id=message.id,
                conversation_id=conversation.id,
                position=position,
                source_url=url,
                state="at_carrier",
                created_at=NOON,
            )
            session.add(photo)
            session.flush()
            return photo.id

    def photo(self, photo_id: int) -> Photo:
        with self.database.read() as session:
            return session.get_one(Photo, photo_id)

    def hurry(self, photo_id: int) -> None:
        """As if the wait until the next try were over."""
        with self.database.write() as session:
            session.get_one(Photo, photo_id).next_try_at = None
