"""Notices that an older state of the database was put back without `restore`, by a mark kept outside of it (RULES 7).

SQLite: the mark in the file changes every minute and at start and stop, and a note of it lies beside the keys.
PostgreSQL: the mark is what the server knows the database by. A wrong alarm only makes reminders wait for the list.
"""

import os
import tempfile
from pathlib import Path
from uuid import uuid4

from sqlalchemy.orm import Session

import clock
from config import Settings
from models.attempts import has_attempts
from models.database import Database
from models.installation import database_identity, installation, machine_now
from models.staff_session import end_all_sessions
from outbox.restore import begin_wait

FILE = "mark"


def begin_after_restore(session: Session) -> None:
    """What an older state must not do by itself: send again, or open a door that was closed since."""
    machine = machine_now(session)
    begin_wait(session, now=clock.now(session), machine=machine)
    end_all_sessions(session, machine)


def notice_older_state(database: Database, settings: Settings) -> bool:
    """Compare both marks at start; True = an older state was put back, and reminders wait now."""
    with database.write() as session:
        us = installation(session)
        identity = database_identity(session)
        known = [identity] if identity is not None else _read(settings.keys_dir / FILE)
        is_ours = us.mark in known if known and identity is None else us.mark == identity
        is_older = not is_ours and has_attempts(session)
        if is_older:
            begin_after_restore(session)
        us.mark = identity or us.mark
    renew_mark(database, settings)
    return is_older


def renew_mark(database: Database, settings: Settings) -> None:
    """Give the SQLite file its next mark: both are noted first, so that a crash between leaves no doubt."""
    if not database.is_sqlite:
        return
    place, new = settings.keys_dir / FILE, str(uuid4())
    with database.write() as session:
        us = installation(session)
        _write(place, us.mark, new)
        us.mark = new
    _write(place, new)


def _read(place: Path) -> list[str]:
    return place.read_text(encoding="ascii").split() if place.exists() else []


def _write(place: Path, *marks: str) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write("\n".join(marks) + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(place)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
