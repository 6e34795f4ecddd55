"""What must hold before texts may be sent from a database. Each refusal is one plain line."""

import structlog
from sqlalchemy.exc import DatabaseError

from cli.desk import Desk
from cli.mistake import Mistake
from cli.refusals import DAMAGED
from config import ConfigurationError, Settings
from config.fingerprints import compare, fingerprints_of, remembered
from desk.own_mark import notice_older_state
from models.database import Database
from models.installation import has_seen_real_carrier, machine_now, note_real_carrier, simulated_ahead
from models.measures import find_damage

log = structlog.get_logger(__name__)


def check_carrier(desk: Desk) -> None:
    """Keep simulation and real clients apart. Raises Mistake."""
    CHECKS[desk.settings.carrier](desk.database)


def _check_simulated(database: Database) -> None:
    with database.read() as session:
        if has_seen_real_carrier(session):
            raise Mistake(
                "this database belongs to a real carrier; set CARRIER=twilio, or DATABASE_URL to another file"
            )


def _check_twilio(database: Database) -> None:
    with database.write() as session:
        if simulated_ahead(session):
            raise Mistake(
                "this database lived on a simulated clock; set DATABASE_URL to a new one for CARRIER=twilio"
            )
        note_real_carrier(session, machine_now(session))


CHECKS = {"simulated": _check_simulated, "twilio": _check_twilio}


def check_keys(settings: Settings) -> None:
    """A key that is not the one the data was written with is put right first. Raises ConfigurationError."""
    there = fingerprints_of(settings)
    known = {name: print_ for name, print_ in remembered(settings).items() if name in there}
    if changed := compare(known, there):
        raise ConfigurationError(tuple(changed))


def check_state(desk: Desk) -> None:
    """Where an older state of the database was put back without `restore`: reminders wait, and the log says so."""
    if notice_older_state(desk.database, desk.settings):
        log.warning("an older state of the database was put back: reminders wait for the carrier's list")


def check_whole(desk: Desk) -> None:
    """A damaged SQLite file may have forgotten a STOP: nothing is sent from it. Raises Mistake."""
    if not desk.database.is_sqlite:
        return
    try:
        with desk.database.read() as session:
            damage = find_damage(session)
    except DatabaseError:
        raise Mistake(DAMAGED) from None
    if damage:
        raise Mistake(DAMAGED)


def refuse_sqlite(desk: Desk, command: str) -> None:
    """`web` and `worker` apart need a database that several processes share. Raises Mistake."""
    if desk.settings.database_url.startswith("sqlite"):
        raise Mistake(
            f"`{command}` needs PostgreSQL and DATABASE_URL names SQLite; on one machine use: app.py run"
        )
