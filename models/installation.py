"""What this installation knows of itself: its simulated clock, its marks, its heartbeats. One row each."""

from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import BigInteger, ForeignKey, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base

# The parts that beat: names of their rows in `heartbeat`.
TICK = "tick"
SENDER = "sender"
TURNED_AWAY = "turned away"  # beats only where texts may have been
REFUSED = "refused"  # beats only where a webhook was answered 503


class Installation(Base):
    """One row (id 1). `mark` is also kept outside the database, so that a copied or restored file is noticed."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(String(36))
    created_at: Mapped[datetime]
    real_carrier_seen_at: Mapped[datetime | None]
    reminders_wait_since: Mapped[datetime | None]  # after a restore, until the carrier's list was reconciled
    sending_stopped_since: Mapped[datetime | None]  # the carrier refuses our credentials
    sending_stopped_reason: Mapped[str | None] = mapped_column(String(200))


class SimulatedClock(Base):
    """One row (id 1), only in simulation: how far clinic time is ahead of machine time. Forward only."""

    __tablename__ = "simulated_clock"

    id: Mapped[int] = mapped_column(primary_key=True)
    ahead_us: Mapped[int] = mapped_column(BigInteger, default=0)


class Heartbeat(Base):
    """The last beat of each running part (machine time)."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    beat_at: Mapped[datetime]


class InboundCursor(Base):
    """How far the carrier's list of received texts was read, per number of ours (carrier time)."""

    __tablename__ = "inbound_cursor"

    clinic_number_id: Mapped[int] = mapped_column(ForeignKey("clinic_number.id"), primary_key=True)
    listed_until: Mapped[datetime]


def machine_now(session: Session) -> datetime:
    """Machine time by the database's clock; on SQLite that is this machine's own."""
    if session.get_bind().dialect.name == "sqlite":
        return datetime.now(UTC)
    return session.execute(CLOCK).scalar_one().astimezone(UTC)  # type: ignore[no-any-return]


AHEAD = select(SimulatedClock.ahead_us).where(SimulatedClock.id == 1)
CLOCK = text("SELECT clock_timestamp()")


def simulated_ahead(session: Session) -> timedelta:
    """How far clinic time is ahead of machine time: zero with a real carrier."""
    ahead = session.scalars(AHEAD).first()
    return timedelta(microseconds=ahead or 0)


def beat(session: Session, name: str, now: datetime) -> None:
    """Say that this part is alive. `now` is machine time."""
    row = session.get(Heartbeat, name)
    if row is None:
        session.add(Heartbeat(name=name, beat_at=now))
    else:
        row.beat_at = now


def last_beat(session: Session, name: str) -> datetime | None:
    """When this part was last alive (machine time)."""
    row = session.get(Heartbeat, name)
    return row.beat_at if row else None


THE_ONE_ROW = select(Installation).where(Installation.id == 1)  # asked at every tick, written once


def installation(session: Session) -> Installation:
    """The one row. Raises NoResultFound before `migrate` has run."""
    return session.execute(THE_ONE_ROW).scalar_one()


def lock_installation(session: Session) -> Installation:
    """The same row, locked to the end of the transaction."""
    question = THE_ONE_ROW.with_for_update()
    return session.execute(question.execution_options(populate_existing=True)).scalar_one()


def find_installation(session: Session) -> Installation | None:
    """The one row, or None before it was first entered."""
    return session.get(Installation, 1)


def database_identity(session: Session) -> str | None:
    """What a PostgreSQL database is as the server knows it: the same only while no dump or older state replaced it.

    None on SQLite, where a file and its copy cannot be told apart from within.
    """
    if session.get_bind().dialect.name == "sqlite":
        return None
    question = (
        "SELECT s.system_identifier, c.timeline_id, d.oid FROM pg_control_system() s, pg_control_checkpoint() c,"
        " pg_database d WHERE d.datname = current_database()"
    )
    parts = "/".join(str(part) for part in session.execute(text(question)).one())
    return str(uuid5(NAMESPACE_OID, parts))


def note_real_carrier(session: Session, now: datetime) -> None:
    """Remember for ever that this database has worked with a real carrier. `now` is machine time."""
    row = installation(session)
    row.real_carrier_seen_at = row.real_carrier_seen_at or now


def has_seen_real_carrier(session: Session) -> bool:
    """Whether real clients' numbers are in this database: then no simulation may run on it."""
    row = find_installation(session)
    return row is not None and row.real_carrier_seen_at is not None
