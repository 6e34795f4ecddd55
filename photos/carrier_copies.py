"""Deletes copies of photos at the carrier: only where a backup holds ours, or where ours was deleted too (RULES 10)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from models.database import Database
from models.installation import machine_now
from models.photo import find_photo, photos_to_delete_at_carrier

MOST_AT_ONCE = 100


def delete_carrier_copies(
    database: Database, delete: Callable[[str], None], *, keep_for: timedelta, now: datetime
) -> int:
    """Delete what may go; `keep_for` is CARRIER_DELETE_AFTER_DAYS, `now` clinic time. Returns how many went.

    Raises ListingFailed where the carrier cannot be asked; what is left goes the next time.
    """
    with database.read() as session:
        photos = photos_to_delete_at_carrier(session, older_than=now - keep_for, limit=MOST_AT_ONCE)
    for photo in photos:
        delete(photo.source_url or "")
        _note_gone(database, photo.id)
    return len(photos)


def _note_gone(database: Database, photo_id: int) -> None:
    with database.write() as session:
        photo = find_photo(session, photo_id)
        if photo is not None:
            photo.deleted_at_carrier_at, photo.source_url = machine_now(session), None
