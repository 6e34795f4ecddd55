"""One transaction of a person at their clinic's settings. Finds only what belongs to that clinic."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from flask_login import current_user
from sqlalchemy.orm import Session

import clock
from dashboard.guard import staff
from models.clinic import Clinic, find_clinic
from models.installation import machine_now
from models.staff import Staff
from web.edge import deployment


@dataclass(frozen=True, slots=True)
class Office:
    """The clinic, the person who acts, and both times. `session_id` is the browser they act from."""

    session: Session
    clinic: Clinic
    by: Staff
    now: datetime
    machine: datetime
    session_id: int


@contextmanager
def at_office() -> Iterator[Office]:
    """A transaction that is committed at the end, rolled back where the form is wrong."""
    with deployment().database.write() as session:
        yield _office(session)


@contextmanager
def look_around() -> Iterator[Office]:
    """The same for reading."""
    with deployment().database.read() as session:
        yield _office(session)


def _office(session: Session) -> Office:
    return Office(
        session=session,
        clinic=find_clinic(session, staff().clinic_id),
        by=session.get_one(Staff, staff().id),
        now=clock.now(session),
        machine=machine_now(session),
        session_id=current_user.session_id,
    )
