"""Gets what the carrier holds: claim a row, download outside any transaction, clean, store, say how it went."""

from collections.abc import Callable
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from models.database import Database, DatabaseBusy
from models.installation import machine_now
from models.photo import Photo, claim_photo_to_fetch, find_photo
from photos.fetch import MediaGone, MediaNotYet
from photos.sanitise import CleanPicture, PictureRefused, sanitise
from photos.store import PhotoStore

RETRY_AFTER = tuple(
    timedelta(seconds=seconds) for seconds in (3, 10, 30, 90, 180, 300)
)  # some ten minutes in all
CLAIM = timedelta(minutes=2)
LAST_TRY_FAILED = (
    "the picture did not come within ten minutes; press Retry or ask the client to send it again"
)

DISK_TROUBLE = "this computer could not store the picture; is the disk full?"
OUR_ERROR = "our own error; it is tried again"
DATABASE_TROUBLE = (SQLAlchemyError, DatabaseBusy)

Fetch = Callable[[str], bytes]
log = structlog.get_logger(__name__)


def collect_next(database: Database, store: PhotoStore, fetch: Fetch) -> bool:
    """Fetch one due photo. False where none is due. Never raises for a bad picture or a silent carrier."""
    with database.write() as session:
        machine = machine_now(session)
        photo = claim_photo_to_fetch(session, machine, until=machine + CLAIM)
    if photo is None:
        return False
    try:
        picture = sanitise(fetch(photo.source_url or ""))
        _keep(database, store, photo.id, picture)
    except MediaNotYet as reason:
        _try_again(database, photo.id, str(reason))
    except MediaGone as reason:
        _give_up(database, photo.id, "failed", str(reason))
    except PictureRefused as reason:
        _give_up(database, photo.id, "refused", str(reason))
    except OSError:
        _try_again(database, photo.id, DISK_TROUBLE)
    except DATABASE_TROUBLE:
        raise
    except Exception:
        log.exception("photo not collected", photo=photo.id)
        _try_again(database, photo.id, OUR_ERROR)
    return True


def collect_all(database: Database, store: PhotoStore, fetch: Fetch, *, limit: int = 50) -> int:
    """Fetch what is due, at most `limit`. Returns how many were tried."""
    for count in range(limit):
        if not collect_next(database, store, fetch):
            return count
    return limit


def retry_photo(photo: Photo) -> None:
    """Staff pressed Retry: due at once, with all tries again."""
    photo.state, photo.tries, photo.next_try_at, photo.failure = "at_carrier", 0, None, None


def _keep(database: Database, store: PhotoStore, photo_id: int, picture: CleanPicture) -> None:
    name = store.put(photo_id, picture.jpeg)
    with database.write() as session:
        photo = find_photo(session, photo_id)
        if photo is None or photo.state != "at_carrier":
            store.delete(name)
            return
        photo.state, photo.failure, photo.next_try_at = "stored", None, None
        photo.stored_name, photo.byte_count = name, len(picture.jpeg)
        photo.width, photo.height = picture.width, picture.height
        photo.content_type, photo.stored_at = "image/jpeg", machine_now(session)


def _try_again(database: Database, photo_id: int, reason: str) -> None:
    with database.write() as session:
        photo = find_photo(session, photo_id)
        if photo is None or photo.state != "at_carrier":
            return
        photo.tries += 1
        if photo.tries > len(RETRY_AFTER):
            photo.state, photo.failure, photo.next_try_at = "failed", LAST_TRY_FAILED, None
            return
        photo.failure = reason
        photo.next_try_at = machine_now(session) + RETRY_AFTER[photo.tries - 1]


def _give_up(database: Database, photo_id: int, state: str, reason: str) -> None:
    with database.write() as session:
        photo = find_photo(session, photo_id)
        if photo is not None:
            photo.state, photo.failure, photo.next_try_at = state, reason, None
