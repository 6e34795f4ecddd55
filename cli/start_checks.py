"""What must hold before texts may be sent from a database. Each refusal is one plain line."""

from cli.desk import Desk
from cli.mistake import Mistake
from models.database import Database
from models.installation import has_seen_real_carrier, machine_now, note_real_carrier, simulated_ahead


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


def refuse_sqlite(desk: Desk, command: str) -> None:
    """`web` and `worker` apart need a database that several processes share. Raises Mistake."""
    if desk.settings.database_url.startswith("sqlite"):
        raise Mistake(
            f"`{command}` needs PostgreSQL and DATABASE_URL names SQLite; on one machine use: app.py run"
        )
