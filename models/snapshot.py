"""The database as a whole: one consistent copy of it while others write, and what such a copy holds. Changes no row."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, column, create_engine, func, inspect, select, table, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from models.database import Database

STEP_TABLE = "alembic_version"


class Damaged(Exception):
    """SQLite finds the file damaged. The message is a plain sentence."""


class InUse(Exception):
    """Another process works on the file. The message is a plain sentence."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a copy holds. `rows` by table; `photos` are the names of stored files that its rows know."""

    step: str
    mark: str
    rows: dict[str, int]
    photos: tuple[str, ...]


def sqlite_file(database_url: str) -> Path:
    """The file behind an SQLite address."""
    return Path(make_url(database_url).database or "")


def copy_sqlite(source: Path, target: Path) -> None:
    """One moment of `source` as a file of its own; writers go on meanwhile. Raises Damaged."""
    try:
        with closing(
            sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True, timeout=10)
        ) as opened:
            opened.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.DatabaseError as error:
        raise Damaged(f"the database cannot be copied: {error}") from error
    check_sqlite(target)


def check_sqlite(file: Path) -> None:
    """Read every page of a file that nobody writes to. Raises Damaged."""
    try:
        with closing(_open_still(file)) as opened:
            found = [row[0] for row in opened.execute("PRAGMA integrity_check(1)")]
    except sqlite3.DatabaseError as error:
        raise Damaged(f"{file.name} is damaged: {error}") from error
    if found != ["ok"]:
        raise Damaged(f"{file.name} is damaged: {found[0]}")


def contents_of_file(file: Path) -> Contents:
    """What an SQLite file that nobody writes to holds."""
    engine = create_engine("sqlite://", creator=lambda: _open_still(file), poolclass=NullPool)
    with engine.connect() as connection:
        return _contents(connection)


def _open_still(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)


@contextmanager
def export_snapshot(database: Database) -> Iterator[tuple[str, Contents]]:
    """One moment of a PostgreSQL: its name for pg_dump, valid within the block, and what it holds."""
    with database.engine.connect() as opened:
        connection = opened.execution_options(isolation_level="REPEATABLE READ")
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield connection.execute(text("SELECT pg_export_snapshot()")).scalar_one(), _contents(connection)


def _contents(connection: Connection) -> Contents:
    names = sorted(inspect(connection).get_table_names())
    return Contents(
        step=connection.execute(select(column("version_num")).select_from(table(STEP_TABLE))).scalar_one(),
        mark=connection.execute(select(column("mark")).select_from(table("installation"))).scalar_one(),
        rows={name: _count(connection, name) for name in names if name != STEP_TABLE},
        photos=_photo_names(connection),
    )


def _count(connection: Connection, name: str) -> int:
    return connection.execute(select(func.count()).select_from(table(name))).scalar_one()


def _photo_names(connection: Connection) -> tuple[str, ...]:
    question = text("SELECT stored_name FROM photo WHERE stored_name IS NOT NULL ORDER BY stored_name")
    return tuple(connection.execute(question).scalars())


def settle_sqlite(file: Path) -> None:
    """Put everything into the one file and take its -wal away. Raises Damaged, InUse."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=2)) as opened:
            mode = opened.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
    except sqlite3.OperationalError as error:
        raise InUse("another process works on the database; end it and try again") from error
    except sqlite3.DatabaseError as error:
        raise Damaged(f"{file.name} is damaged: {error}") from error
    if mode != "delete":
        raise InUse("another process works on the database; end it and try again")


def others_connected(session: Session) -> int:
    """How many other processes of ours are connected to this PostgreSQL database."""
    question = (
        "SELECT count(DISTINCT client_port) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'aftercare' AND pid <> pg_backend_pid()"
    )
    return int(session.execute(text(question)).scalar_one())


def drop_everything(session: Session) -> None:
    """Take every table of this PostgreSQL database away, ours or not."""
    for name in inspect(session.connection()).get_table_names():
        session.execute(text(f'DROP TABLE IF EXISTS "{name}" CASCADE'))


def has_tables(session: Session) -> bool:
    """Whether anything is in this PostgreSQL database."""
    return bool(inspect(session.connection()).get_table_names())


def finish_load(session: Session, step: str) -> None:
    """Say which step a loaded dump has reached, which makes it usable, and that it is none we have worked on."""
    session.execute(text(f"INSERT INTO {STEP_TABLE} (version_num) VALUES (:step)"), {"step": step})  # noqa: S608
    session.execute(text("UPDATE installation SET mark = 'restored'"))
