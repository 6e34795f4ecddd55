"""Which exceptions are a user's or the world's fault, and the plain lines they become."""

import os
import traceback
from pathlib import Path

HERE = Path(__file__).parent.parent
DAMAGED = (
    "the database file is damaged; stop everything and put the last good backup back: app.py restore DIR"
)


def plain_lines(error: Exception) -> list[str]:
    """What to print for an error: its own sentences where it was made for people, else type and place only.

    An unforeseen exception's message may hold a text or a number, so it is shown only with LOG_LEVEL=DEBUG.
    """
    from sqlalchemy.exc import DatabaseError  # only on the way out

    if os.environ.get("LOG_LEVEL") == "DEBUG":
        traceback.print_exception(error)
    if isinstance(error, DatabaseError) and (line := _database_line(error)):
        return [line]
    if isinstance(error, _spoken_to_people()):
        return [line for line in str(error).splitlines() if line]
    if isinstance(error, OSError):
        return [f"{error.strerror or type(error).__name__}: {error.filename or 'no file named'}"]
    return [_unforeseen(error)]


def _spoken_to_people() -> tuple[type[Exception], ...]:
    from cli.mistake import Mistake
    from clinic_time.holiday_calendar import HolidaysError
    from clinic_time.opening_hours import OpeningHoursError
    from config import ConfigurationError
    from desk.backup_folder import BackupRefused
    from desk.forms import FormError
    from messages.problems import PackError
    from models.database import DatabaseBusy
    from models.snapshot import InUse
    from phone import PhoneError
    from scheduler.appointments import AppointmentError
    from scheduler.enrolment import EnrolmentRefused
    from scheduler.reminders import ReminderClosed
    from scheduler.visits import VisitError

    of_settings = (ConfigurationError, PackError, PhoneError, OpeningHoursError, HolidaysError)
    of_records = (AppointmentError, EnrolmentRefused, FormError, ReminderClosed, VisitError)
    return (Mistake, DatabaseBusy, BackupRefused, InUse, *of_settings, *of_records)


def _database_line(error: Exception) -> str:
    """What a database in trouble says; empty for an error of our own making."""
    from sqlalchemy.exc import OperationalError

    text = str(error)
    if "malformed" in text or "not a database" in text:
        return DAMAGED
    if not isinstance(error, OperationalError):
        return ""
    if "no such" in text:
        return "the database does not have this version's tables; run: app.py migrate"
    if "locked" in text or "busy" in text:
        return "the database is busy with another write; nothing was changed, try again"
    if "disk is full" in text or "full" in text:
        return "the disk is full; nothing was changed; make room and try again"
    if "readonly" in text or "read-only" in text:
        return "the database cannot be written; check who owns its file and folder"
    return "the database cannot be reached; check DATABASE_URL and whether it runs"


def _unforeseen(error: Exception) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if str(HERE) in frame.filename]
    ours = [frame for frame in frames if ".venv" not in frame.filename]
    place = f" in {Path(ours[-1].filename).name}, line {ours[-1].lineno}" if ours else ""
    return f"unexpected {type(error).__name__}{place}; nothing was changed (LOG_LEVEL=DEBUG shows the whole story)"
