"""Planned texts that wait for their words, as with real clients, and what leaves once they are mended. No asserts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.client import find_client
from models.database import Database
from models.message import Message
from models.planning import find_reminder
from models.reminder import Reminder
from scheduler.due import enqueue_due
from tests.support.chicago import by_the_clock
from tests.support.factories import NOON
from tests.support.planned_visits import Voice, steps_of, treat
from tests.support.scripted_carrier import HandClock, ScriptedCarrier, make_sender

REAL = Voice(all_approved=False)


def treat_in_spanish(database: Database, client_id: int, *, at: datetime = NOON - timedelta(hours=1)) -> int:
    """A visit of a client whose language nobody has approved; the id of its first step, not yet due."""
    with database.write() as session:
        find_client(session, client_id).language = "es"
        return _treat(session, client_id, at)


def treat_in_english(database: Database, client_id: int, *, at: datetime = NOON - timedelta(hours=1)) -> int:
    """The same in the language that the clinic's page approves."""
    with database.write() as session:
        return _treat(session, client_id, at)


def _treat(session: Session, client_id: int, at: datetime) -> int:
    visit = treat(session, find_client(session, client_id), by_the_clock(at)).visit
    return steps_of(session, visit)["aftercare_now"].id


def step(database: Database, reminder_id: int) -> Reminder:
    """The step as it stands."""
    with database.read() as session:
        return find_reminder(session, reminder_id)


def state(database: Database, reminder_id: int) -> tuple[str, str | None]:
    """Its status and who holds it."""
    row = step(database, reminder_id)
    return row.status, row.held_by


@dataclass
class Street:
    """The tick, the sender and the carrier of a database, at moments of the test's choice."""

    database: Database
    carrier: ScriptedCarrier

    def tick(self, at: datetime) -> list[str]:
        """A round of the clock and of the sender; what the carrier got by it."""
        self.carrier.clock.at, before = at, len(self.carrier.sends)
        with self.database.write() as session:
            enqueue_due(session, at, voice=REAL)
        sender = make_sender(self.database, self.carrier)
        while sender.deliver_next():
            pass
        return [sent.body for sent in self.carrier.sends[before:]]

    def texts_of(self, reminder_id: int) -> list[Message]:
        """Every text that was ever written for a step."""
        with self.database.read() as session:
            return list(session.query(Message).filter(Message.reminder_id == reminder_id))


def open_street(database: Database) -> Street:
    """At noon."""
    return Street(database, ScriptedCarrier(HandClock(NOON)))
