"""`app.py migrate` as a process, killed at writes all along its steps and run again; two of them at once (row 96).

The database holds rows of the first version, many texts among them. A kill leaves what was there before or, where the
commit had gone out, all of it.
"""

import itertools
import platform
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import JSON, Connection, event, inspect, make_url, text
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from cli.desk import bring_up
from config import Settings
from migrations.upgrade import ONE_MIGRATOR, alembic_config, newest, reached, take_turn, upgrade
from models.clinic import list_clinics
from models.database import POSTGRESQL_CONNECTION, Database
from tests.support.engines import ON_BOTH, SQLITE, cluster
from tests.support.processes import ROOT
from tests.support.system_calls import NUMBERS, Kind, Moment, followed, noted, order_notes
from tests.support.waiting import count_waiting, until

FIRST = "0001"
TEXTS = 20_000
PAGES_IN_MEMORY = 20  # SQLite writes while the steps run, not only at their end
KILLS = 6
KILLED = 256 - signal.SIGKILL
AT = datetime(2026, 3, 3, 18, tzinfo=UTC)
# Rows as the first version wrote them, in an order that every foreign key allows.
FILLED = ("installation", "clinic", "staff", "clinic_number", "conversation", "message", "photo", "picture")
GIVEN = {"id": 1, "clinic_id": 1, "message_id": 1, "conversation_id": 1}
PLAIN: dict[type, object] = {datetime: AT, date: AT.date(), bool: False, int: 1, bytes: b"x"}
WRITING = {True: Kind("pwrite64", "old.db-wal"), False: Kind("sendto", "database")}
MANY_TEXTS = (
    "WITH RECURSIVE numbers(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM numbers WHERE i < :count)"
    " INSERT INTO message ({names}) SELECT {values} FROM message, numbers WHERE id = 1"
)
# SQLite flushes the first lines of its log before anything else
COMMIT = {
    True: Moment(Kind("fdatasync", "old.db-wal"), 2),
    False: Moment(Kind("sendto", "database, COMMIT"), 1),
}
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
LONGEST_WAIT = "SELECT max(extract(epoch FROM clock_timestamp() - waitstart)) FROM pg_locks WHERE NOT granted"
Table = list[dict[str, Any]]


def first_version(database: Database) -> None:
    """A row in each table that later steps touch, and many texts."""
    with database.write() as session:
        connection = session.connection()
        command.upgrade(alembic_config(connection), FIRST)
        for table in FILLED:
            row = row_of(connection, table)
            names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), row)
        columns = [column["name"] for column in inspect(connection).get_columns("message")]
        told_apart = {"id": "i", "carrier_sid": "'SM' || i", "dedupe_key": "NULL"}
        values = [told_apart.get(name, name) for name in columns]
        many = MANY_TEXTS.format(names=", ".join(columns), values=", ".join(values))
        connection.execute(text(many), {"count": TEXTS})
        if database.is_sqlite:
            connection.execute(text(f"PRAGMA default_cache_size = {PAGES_IN_MEMORY}"))


def row_of(connection: Connection, table: str) -> dict[str, object]:
    """A plain value for each column that must have one, and for those that say whose it is."""
    row: dict[str, object] = {}
    for column in inspect(connection).get_columns(table):
        name = column["name"]
        if name in GIVEN:
            row[name] = GIVEN[name]
        elif not column["nullable"] and column["default"] is None:
            row[name] = plain_value(column["type"])
    return row


def plain_value(kind: TypeEngine[Any]) -> object:
    return "[]" if isinstance(kind, JSON) else PLAIN.get(kind.python_type, "x")


def contents(database: Database) -> dict[str, Table]:
    """Every row of the tables that were filled."""
    with database.read() as session:
        return {
            table: [
                dict(row) for row in session.execute(text(f"SELECT * FROM {table} ORDER BY id")).mappings()
            ]
            for table in FILLED
        }


def step_of(database: Database) -> str | None:
    with database.read() as session:
        return reached(session.connection())


def keeps(before: dict[str, Table], after: dict[str, Table]) -> bool:
    """Whether every old row is there with what it held; new columns do not matter."""
    return all(
        len(rows) == len(after[table])
        and all(old.items() <= new.items() for old, new in zip(rows, after[table], strict=True))
        for table, rows in before.items()
    )


class Migrating:
    """`app.py migrate` on one database of the first version; each run is a process."""

    def __init__(self, folder: Path, database: Database) -> None:
        self._folder, self._database = folder, database
        port = make_url(database.url).port
        self._ports = {port: "database"} if port else {}
        first_version(database)

    def run(self, kill_at: Moment | None = None) -> tuple[int, list[Moment]]:
        """One run: its exit code and what it wrote."""
        self._database.close()
        notes = self._folder / "calls"
        words = [*followed(notes), sys.executable, str(ROOT / "app.py"), "migrate"]
        order_notes(notes, self._ports, kill_at)
        variables = {
            "PATH": str(Path(sys.executable).parent),
            "PYTHONPATH": str(ROOT),
            "DATA_DIR": str(self._folder / "var"),
            "DATABASE_URL": self._database.url,
        }
        code = subprocess.run(words, cwd=self._folder, env=variables, check=False).returncode
        if not self._database.is_sqlite:
            until(self._is_alone, 120)  # the server ends the transaction of whoever is gone
        return code, noted(notes)

    def _is_alone(self) -> bool:
        with self._database.read() as session:
            return not session.execute(text(OTHERS)).scalar_one()


@pytest.fixture
def databases(tmp_path: Path, engine: str) -> Iterator[dict[str, Database]]:
    """Two, by the names of their folders."""
    found = {}
    for name in ("killed", "whole"):
        (tmp_path / name).mkdir()
        on_file = f"sqlite:///{tmp_path / name / 'old.db'}"
        found[name] = Database(on_file if engine == SQLITE else cluster().url(cluster().make_database()))
    yield found
    for database in found.values():
        database.close()
        if not database.is_sqlite:
            cluster().drop_database(str(make_url(database.url).database))


def along(calls: list[Moment], kind: Kind) -> list[Moment]:
    """Calls of this kind, the first of them, the last and those between, equally far apart."""
    count = sum(moment.kind == kind for moment in calls)
    assert count > 2 * KILLS
    return [Moment(kind, 1 + round(place * (count - 1) / (KILLS - 1))) for place in range(KILLS)]


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.skipif(
    platform.system() != "Linux" or platform.machine() not in NUMBERS, reason="needs Linux's ptrace"
)
@ON_BOTH
def test_killed_all_along_its_steps_and_run_again(tmp_path: Path, databases: dict[str, Database]) -> None:
    database = databases["killed"]
    migrating = Migrating(tmp_path / "killed", database)
    before = contents(database)
    code, calls = Migrating(tmp_path / "whole", databases["whole"]).run()
    assert code == 0

    at_commit = COMMIT[database.is_sqlite]
    for moment in along(calls[: calls.index(at_commit)], WRITING[database.is_sqlite]):
        code, seen = migrating.run(moment)
        assert (code, seen[-1]) == (KILLED, moment)
        assert step_of(database) == FIRST
        assert contents(database) == before
        print(f"killed at {moment.kind.call} on {moment.kind.on}, no. {moment.n}: nothing has changed")
    code, seen = migrating.run(at_commit)
    assert code == KILLED
    print(f"killed at {seen[-1]}: the step is {step_of(database)}")
    assert contents(database) == before or keeps(before, contents(database))
    assert step_of(database) in (FIRST, newest())

    code, _ = migrating.run()

    assert code == 0
    assert step_of(database) == newest()
    assert keeps(before, contents(database))
    assert contents(database) == contents(databases["whole"])
    assert {row["conversation_id"] for row in contents(database)["photo"]} == {1}


@pytest.mark.postgres
def test_the_second_of_two_waits_however_long_the_first_takes(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(POSTGRESQL_CONNECTION, "options", "-c lock_timeout=100ms")
    first, second = Database(postgres_url), Database(postgres_url)
    with ThreadPoolExecutor(1) as pool, first.write() as session:
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_MIGRATOR})
        doing = pool.submit(upgrade, second)
        until(lambda: doing.done() or waits_for_s(session) > 1, 120)
        assert not doing.done()

    doing.result()
    assert step_of(first) == newest()
    with second.write() as session:
        take_turn(session.connection())
        assert session.execute(text("SHOW lock_timeout")).scalar_one() == "100ms"  # what follows is impatient
    first.close()
    second.close()


def waits_for_s(session: Session) -> float:
    """How long somebody has waited for a lock."""
    return float(session.execute(text(LONGEST_WAIT)).scalar_one() or 0)


@pytest.mark.postgres
def test_two_on_an_empty_database_enter_its_clinic_once(postgres_url: str, settings: Settings) -> None:
    first, second, watching = (Database(postgres_url) for _ in range(3))
    upgrade(first)
    with ThreadPoolExecutor(1) as pool:
        doing: list[Future[None]] = []
        commits = itertools.count(1)

        def overtake(_connection: Connection) -> None:
            if next(commits) == 2:  # the first has entered everything and is about to commit it
                doing.append(pool.submit(bring_up, second, settings))
                until(lambda: doing[0].done() or count_waiting(watching), 120)

        event.listen(first.engine, "commit", overtake)
        bring_up(first, settings)
        event.remove(first.engine, "commit", overtake)

    doing[0].result()
    with watching.read() as session:
        assert len(list_clinics(session)) == 1
    for database in (first, second, watching):
        database.close()
