"""Work that only one process at a time may do: who holds it and until when (machine time)."""

from datetime import datetime

from sqlalchemy import String, delete, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base


class Lease(Base):
    """One kind of work, its holder's token and the moment from which another may take it."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(32))
    until: Mapped[datetime]


def take_lease(session: Session, name: str, *, holder: str, machine: datetime, until: datetime) -> bool:
    """Take or keep the work `name`. False = somebody else holds it."""
    mine = update(Lease).where(Lease.name == name, (Lease.until < machine) | (Lease.holder == holder))
    if session.execute(mine.values(holder=holder, until=until).returning(Lease.name)).first():
        return True
    if session.get(Lease, name) is not None:
        return False
    try:
        with session.begin_nested():
            session.add(Lease(name=name, holder=holder, until=until))
    except IntegrityError:
        return False
    return True


def is_alone(session: Session, name: str) -> bool:
    """Whether no other transaction does the work `name` at this moment: held to the end of this one, never waited for.

    PostgreSQL gives it back when a process dies. On SQLite every writing transaction is alone.
    """
    if session.get_bind().dialect.name == "sqlite":
        return True
    taken: bool = session.execute(
        text("SELECT pg_try_advisory_xact_lock(hashtext(:name))"), {"name": name}
    ).scalar_one()
    return taken


def give_back_lease(session: Session, name: str, *, holder: str) -> None:
    """Let others have it at once."""
    session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))


def forget_leases(session: Session) -> None:
    """Nobody who held one can be alive."""
    session.execute(delete(Lease))
