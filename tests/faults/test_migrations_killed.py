"""The steps of the database, killed at every statement and run again: no half step, no lost row, same tables (row 96).

SQLite and PostgreSQL run all missing steps in one transaction; what a kill leaves is what was there before.
"""

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from alembic import command
from sqlalchemy import event, text
from sqlalchemy.exc import PendingRollbackError

from migrations.upgrade import alembic_config, is_behind, newest, reached, upgrade
from models.database import Database
from models.snapshot import contents_of_file
from tests.faults import test_migrate_killed as on_both
from tests.support.engines import cluster

FIRST = "0001"
AT = datetime(2026, 3, 3, 18, tzinfo=UTC)
MOMENT = AT.strftime("%Y-%m-%d %H:%M:%S.%f")
# Rows as the first version wrote them: plain SQL, so that no model of today helps them.
TABLES_FILLED = (
    "installation",
    "clinic",
    "clinic_number",
    "conversation",
    "message",
    "photo",
    "picture",
    "staff",
)
SHAPE = """
SELECT concat_ws(' ', table_name, column_name, data_type, character_maximum_length, is_nullable, column_default)
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
ORDER BY 1
"""


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def killed_at(database: Database, number: int) -> Iterator[list[str]]:
    """Count statements; the one of this number is not run any more."""
    seen: list[str] = []

    def count(_c: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)
        if len(seen) == number:
            raise Killed

    event.listen(database.engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", count)


def fill(connection: sqlite3.Connection, table: str, given: dict[str, object]) -> None:
    """One row; every other column that must have a value gets a plain one of its type."""
    for _, name, kind, needed, default, is_key in connection.execute(
        f"PRAGMA table_info({table})"
    ).fetchall():
        if name in given or not needed or default is not None or is_key:
            continue
        plain = {"DATETIME": MOMENT, "DATE": "2026-03-03", "JSON": "{}"}
        given[name] = plain.get(kind, 1 if kind.startswith(("INT", "BOOL", "BIG")) else "x")
    marks = ", ".join("?" for _ in given)
    connection.execute(f"INSERT INTO {table} ({', '.join(given)}) VALUES ({marks})", tuple(given.values()))


@cache
def first_version() -> Path:
    """A database of the first version with a row in each table that later steps touch."""
    folder = Path(mkdtemp(prefix="aftercare-first-"))
    database = Database(f"sqlite:///{folder / 'first.db'}")
    with database.write() as session:
        command.upgrade(alembic_config(session.connection()), FIRST)
    database.close()
    with closing(sqlite3.connect(folder / "first.db")) as opened, opened:
        for table in TABLES_FILLED:
            owners = {"clinic_id": 1} if table not in ("installation", "clinic") else {}
            fill(opened, table, {"id": 1, **owners})
        opened.execute("UPDATE photo SET message_id = 1")
        opened.execute("UPDATE message SET conversation_id = 1")
        assert opened.execute("PRAGMA foreign_key_check").fetchall() == []
    return folder / "first.db"


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Database]:
    shutil.copy(first_version(), tmp_path / "old.db")
    database = Database(f"sqlite:///{tmp_path / 'old.db'}")
    yield database
    database.close()


def still(database: Database) -> Path:
    """The file with everything in it."""
    file = Path(database.url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


def dump(database: Database) -> list[str]:
    """Every line that would build the file anew; sorted, for Alembic's batches write constraints in any order."""
    with closing(sqlite3.connect(still(database))) as opened:
        return sorted(part.strip(" ,\t") for line in opened.iterdump() for part in line.splitlines())


def test_old_rows_survive_every_step(old: Database) -> None:
    before = contents_of_file(still(old)).rows

    upgrade(old)

    after = contents_of_file(still(old)).rows
    assert {table: after[table] for table in before} == before
    with closing(sqlite3.connect(still(old))) as opened:
        assert opened.execute("PRAGMA foreign_key_check").fetchall() == []
        assert opened.execute("SELECT conversation_id FROM photo").fetchall() == [(1,)]


def test_killed_at_each_statement_nothing_has_changed_and_the_next_run_ends_the_same(
    old: Database, tmp_path: Path
) -> None:
    shutil.copy(first_version(), tmp_path / "whole.db")
    whole = Database(f"sqlite:///{tmp_path / 'whole.db'}")
    with killed_at(whole, 0) as statements:
        upgrade(whole)
    before, expected = dump(old), dump(whole)

    for number in range(1, len(statements) + 1):
        with (
            killed_at(old, number),
            pytest.raises((Killed, PendingRollbackError)),
        ):  # a batch tidies up in vain
            upgrade(old)
        assert is_behind(old), statements[number - 1]
    assert dump(old) == before

    upgrade(old)
    assert dump(old) == expected
    whole.close()


def test_killed_while_the_first_tables_are_made_the_database_stays_empty(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    with killed_at(database, 0) as statements:
        pass
    for number in (1, 2, 5, 20, 60):
        with killed_at(database, number) as statements, pytest.raises(Killed):
            upgrade(database)
        assert len(statements) == number
        with database.read() as session:
            assert session.execute(text("SELECT count(*) FROM sqlite_master")).scalar_one() == 0

    upgrade(database)
    assert not is_behind(database)
    database.close()


def test_run_twice_at_once_one_does_it_and_the_other_waits(old: Database) -> None:
    assert_both_succeed([Database(old.url), Database(old.url)])


@pytest.mark.postgres
def test_run_twice_at_once_on_postgresql(postgres_url: str) -> None:
    assert_both_succeed([Database(postgres_url), Database(postgres_url)])


@pytest.mark.postgres
def test_killed_at_a_statement_on_postgresql_nothing_has_changed(postgres_url: str) -> None:
    database = Database(postgres_url)
    for number in (3, 30, 90):
        with killed_at(database, number), pytest.raises(Killed):
            upgrade(database)
        with database.read() as session:
            tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            assert session.execute(text(tables)).scalar_one() == 0
    upgrade(database)
    assert not is_behind(database)
    database.close()


@pytest.fixture
def two_of_the_first_version(postgres_url: str) -> Iterator[tuple[Database, Database]]:
    """On PostgreSQL, with its rows."""
    second = cluster().make_database()
    databases = Database(postgres_url), Database(cluster().url(second))
    for database in databases:
        on_both.first_version(database)
    yield databases
    for database in databases:
        database.close()
    cluster().drop_database(second)


@pytest.mark.full
@pytest.mark.postgres
@pytest.mark.timeout(600)
def test_killed_at_each_statement_on_postgresql_no_row_of_the_first_version_is_lost(
    two_of_the_first_version: tuple[Database, Database],
) -> None:
    killed, whole = two_of_the_first_version
    with killed_at(whole, 0) as statements:
        upgrade(whole)
    rows, tables = on_both.contents(killed), shape(killed)

    for number in range(1, len(statements) + 1):
        with killed_at(killed, number), pytest.raises(Killed):
            upgrade(killed)
        assert shape(killed) == tables, statements[number - 1]
    assert on_both.contents(killed) == rows

    upgrade(killed)
    assert shape(killed) == shape(whole)
    assert on_both.contents(killed) == on_both.contents(whole)
    assert on_both.keeps(rows, on_both.contents(killed))
    print(f"killed at each of {len(statements)} statements: nothing has changed")


def shape(database: Database) -> tuple[str | None, list[str]]:
    """The step of a PostgreSQL database, and each column, constraint and index."""
    with database.read() as session:
        return reached(session.connection()), list(session.scalars(text(SHAPE)))


def assert_both_succeed(databases: list[Database]) -> None:
    errors: list[BaseException] = []

    def migrate(database: Database) -> None:
        try:
            upgrade(database)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=migrate, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    for database in databases:
        assert not is_behind(database)
        with database.read() as session:
            steps = session.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
        assert steps == [newest()]
        database.close()
