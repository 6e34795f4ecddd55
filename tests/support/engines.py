"""Which database a test runs on: an SQLite file, unless the test's module is tried on PostgreSQL as well.

One PostgreSQL a test process, started when first asked for; one database a test, copied from one with every table.
Connections to it are closed with their test: one left to the garbage collector would fail whichever test runs then.
"""

import atexit
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from models.base import Base
from models.database import Database
from models.installation import Installation
from tests.support.postgres import TEMPLATE, Cluster
from tests.support.standing import Standing

SQLITE, POSTGRESQL = "sqlite", "postgresql"
ENGINES = (SQLITE, POSTGRESQL)
# Test modules that run on both. In their names: what sends, receives, consents, alerts and reminds (R1-R9).
BOTH = {
    *("alerts", "consent", "consent_answers", "delivery", "delivery_answers", "delivery_holds"),
    *("delivery_lost_answers", "gate", "hand_over", "inbound", "missed", "open_question", "reconcile"),
    *("visit_life", "visit_entries", "told_times", "shared_number", "held_steps", "reminder_consent"),
    *("poison_step", "restore_compare", "dead_man"),
    *("crash_moments", "consent_races", "down_and_back", "state_machine", "two_at_once", "lagging_list"),
    *("reports", "staff_texts", "unknown_numbers", "webhook", "webhook_once", "webhook_refusals"),
    *(
        "clocks_apart",
        "clock_jumps",
        "clock_set_right",
        "consent_clocks_apart",
        "looks_counted",
        "shown_in_time",
    ),
    *("ambiguous_carrier", "consent_order", "second_try", "fuzz_webhook", "turned_away"),
}
# Modules of BOTH that take long on PostgreSQL: that half runs in `make test-full`.
LONG_ON_POSTGRESQL = {"ambiguous_carrier", "fuzz_webhook", "second_try", "turned_away"}
ON_BOTH = pytest.mark.parametrize(  # a single test, where the others of its module run on one only
    "engine", [SQLITE, pytest.param(POSTGRESQL, marks=pytest.mark.postgres)], indirect=True
)
END_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = '{name}' AND pid <> pg_backend_pid()"
)
ENTERED_AT = datetime(2026, 2, 1, 18, 0, tzinfo=UTC)

_opened: list[Database] = []
_connections: list[psycopg.Connection[Any]] = []
_here = SQLITE


def engines_of(module: str) -> tuple[str, ...]:
    """What the tests of this module (its dotted name) run on."""
    return ENGINES if _short(module) in BOTH else (SQLITE,)


def parameters_of(module: str) -> list[pytest.ParameterSet]:
    """The engines of a module's tests, each with its marks."""
    marks = [pytest.mark.postgres, *[pytest.mark.full] * (_short(module) in LONG_ON_POSTGRESQL)]
    return [
        pytest.param(engine, marks=marks if engine == POSTGRESQL else [], id=engine)
        for engine in engines_of(module)
    ]


def _short(module: str) -> str:
    return module.rsplit(".", 1)[-1].removeprefix("test_")


@contextmanager
def chosen(engine: str) -> Iterator[None]:
    """Databases opened within the block are of this engine; those of PostgreSQL are gone after it."""
    global _here
    _here, before = engine, _here
    try:
        yield
    finally:
        _here = before
        while _connections:
            _connections.pop().close()
        while _opened:
            _forget(_opened.pop())


@event.listens_for(Pool, "connect")
def _remember(connection: object, _record: object) -> None:
    if isinstance(connection, psycopg.Connection):
        _connections.append(connection)


def open_test_database(folder: Path, file: str = "test.db") -> Database:
    """A database with every table and the one installation row, nobody else's. `file`: its name with SQLite."""
    if _here == POSTGRESQL:
        database = Database(cluster().url(_second_database() if _opened else _emptied_database()))
        _opened.append(database)
        return database
    shutil.copy(_empty_file(), folder / file)
    return Database(f"sqlite:///{folder / file}")


@cache
def cluster() -> Cluster:
    """This test process's server."""
    started = Cluster()
    atexit.register(started.close)
    started.start()
    return started


def _forget(database: Database) -> None:
    database.close()
    name = database.url.rsplit("/", 1)[1]
    if name == _standing().name:
        _standing().execute(END_OTHERS.format(name=name))
    else:
        cluster().drop_database(name)


def _emptied_database() -> str:
    _standing().empty()
    return _standing().name


def _second_database() -> str:
    return cluster().make_database(template=_template())


@cache
def _standing() -> Standing:
    return Standing(cluster(), _second_database())


@cache
def _template() -> str:
    name = cluster().make_database(TEMPLATE)
    database = Database(cluster().url(name))
    Base.metadata.create_all(database.engine)
    _fill(database)
    return name


@cache
def _empty_file() -> Path:
    folder = Path(mkdtemp(prefix="aftercare-tables-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = Database(f"sqlite:///{folder / 'test.db'}")
    Base.metadata.create_all(database.engine)
    _fill(database)
    return folder / "test.db"


def _fill(database: Database) -> None:
    with database.write() as session:
        session.add(Installation(id=1, mark=str(uuid4()), created_at=ENTERED_AT))
    database.close()
