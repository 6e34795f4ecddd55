"""Clears what nobody needs: files without a row after a crash, pictures attached to replies that were never sent.

Must never delete a file that a row knows.
"""

from datetime import datetime, timedelta

from models.database import Database
from models.installation import installation
from models.photo import pending_before, stored_names
from photos.store import PhotoStore, small_name

UNCLAIMED_FOR = timedelta(days=1)  # a row is written within seconds of its file
UNSENT_FOR = timedelta(days=7)


def sweep_orphans(database: Database, store: PhotoStore, *, machine: datetime) -> int:
    """Delete files no row knows: a crash between file and row left them. Returns how many.

    After a restore nothing is swept: the files may be newer than the rows, and a newer backup may follow.
    """
    old = store.names_before(machine - UNCLAIMED_FOR)
    with database.read() as session:
        if installation(session).reminders_wait_since is not None:
            return 0
        stored = stored_names(session)
    known = stored | {small_name(name) for name in stored}
    orphans = [name for name in old if name not in known]
    for name in orphans:
        store.delete(name)
    return len(orphans)


def drop_unsent(database: Database, store: PhotoStore, *, now: datetime) -> int:
    """Delete pictures attached a week ago to a reply that never left (clinic time). Returns how many."""
    with database.write() as session:
        photos = pending_before(session, now - UNSENT_FOR)
        names = [photo.stored_name for photo in photos if photo.stored_name]
        for photo in photos:
            photo.state, photo.stored_name = "deleted", None
    for name in names:
        store.delete(name)
    return len(photos)
