"""One client, or one planned step, of the signed-in person's clinic in one transaction; 404 for any other."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

import clock
from dashboard.guard import has_real_carrier, staff
from desk.client_numbers import Wording
from desk.clients import actor_of
from messages.clinic_edits import load_edits
from models.client import Client
from models.client_list import find_client_of_clinic
from models.clinic import Clinic, find_clinic
from models.conversation import Conversation
from models.staff import Staff
from web.edge import deployment, found


@dataclass(frozen=True, slots=True)
class Desk:
    """The clinic, the person at the desk, and clinic time, in one transaction."""

    session: Session
    clinic: Clinic
    by: Staff
    now: datetime

    @property
    def actor(self) -> str:
        """How the audit names the person."""
        return actor_of(self.by)

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's zone."""
        return ZoneInfo(self.clinic.timezone)

    def wording(self) -> Wording:
        """The clinic's words; in simulation every text counts as approved."""
        here = deployment()
        edits = load_edits(self.session, self.clinic.id, all_approved=not has_real_carrier())
        return Wording(here.pack, edits, here.settings.opt_out_key)

    def client(self, client_id: int) -> Client:
        """The clinic's client of this id; 404 where there is none."""
        return found(find_client_of_clinic(self.session, client_id, clinic_id=self.clinic.id))

    def thread_of(self, client: Client) -> Conversation:
        """The thread a client is reached in."""
        return self.session.get_one(Conversation, client.conversation_id)


@contextmanager
def changing() -> Iterator[Desk]:
    """A transaction that writes."""
    with deployment().database.write() as session:
        yield _desk(session)


@contextmanager
def reading() -> Iterator[Desk]:
    """A transaction that only reads."""
    with deployment().database.read() as session:
        yield _desk(session)


def _desk(session: Session) -> Desk:
    by = session.get_one(Staff, staff().id)
    return Desk(session, find_clinic(session, by.clinic_id), by, clock.now(session))


def local_moment(text: str, zone: ZoneInfo) -> datetime | None:
    """A moment from a form field, in the clinic's zone unless it says otherwise. None where it is none."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def form_time(moment: datetime, zone: ZoneInfo) -> str:
    """A moment as a date-and-time field holds it."""
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
