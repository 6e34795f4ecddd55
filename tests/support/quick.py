"""What makes thousands of tests quick and changes nothing that they see.

Measured with a sampling profiler on 29 November 2026: a third of the time of the tests of pages went into werkzeug
writing the code that builds each URL, anew for every application; a sixth into looking through long-lived objects.
On the next day: a third of opening an office or a desk went into writing INSERT anew for each test's database.
"""

import atexit
import gc
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from functools import cache
from tempfile import mkdtemp
from typing import Any, cast
from weakref import WeakKeyDictionary

from argon2 import PasswordHasher
from sqlalchemy import Engine
from sqlalchemy.orm import Mapper
from werkzeug.routing.rules import Rule

import cli.desk
from access import passwords
from migrations.upgrade import is_empty, upgrade
from models.database import Database

COLLECT_EVERY = (100_000, 20, 50)  # objects made, and so on; see gc.set_threshold


def write_url_builders_once() -> None:
    """Two rules of the same words are built by the same code; each application still has rules of its own."""
    write = Rule._compile_builder
    written: dict[tuple[object, ...], Callable[..., Any]] = {}

    def write_once(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in written:
            written[key] = write(rule, append_unknown)
        return written[key]

    Rule._compile_builder = write_once  # type: ignore[method-assign, assignment]


class Statements(dict[tuple[Any, ...], Any]):
    """SQL by kind of database and statement. SQLAlchemy's own key names the database: each test has a new one."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__((key[0].name, *key[1:]), compiled)


def write_statements_once() -> None:
    """All databases of one kind share the SQL that was written for one of them, and how its values are read."""
    open_engine = Database._open_engine
    asked, types = Statements(), defaultdict[str, WeakKeyDictionary[Any, Any]](WeakKeyDictionary)

    def open_sharing(database: Database) -> Engine:
        engine = open_engine(database)
        engine.update_execution_options(compiled_cache=asked)
        engine.dialect._type_memos = types[engine.name]
        return engine

    Database._open_engine = open_sharing  # type: ignore[method-assign, assignment]
    # What is written row by row is kept in a cache of SQLAlchemy's own.
    Mapper._compiled_cache = Statements()  # type: ignore[method-assign, assignment]


def build_tables_once() -> None:
    """A new SQLite file of a command gets a copy of the tables that every step has built once."""

    @cache
    def built() -> str:
        folder = mkdtemp(prefix="aftercare-tables-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        database = Database(f"sqlite:///{folder}/tables.db")
        upgrade(database)
        database.close()
        return f"{folder}/tables.db"

    def copy_or_run(database: Database) -> None:
        if not database.is_sqlite or not is_empty(database):
            upgrade(database)
            return
        with closing(sqlite3.connect(built())) as tables, database.engine.connect() as new:
            tables.backup(cast("sqlite3.Connection", new.connection.driver_connection))

    cli.desk.upgrade = copy_or_run  # type: ignore[attr-defined]


def hash_cheaply() -> None:
    """Passwords cost a guesser less in tests; what is stored and asked is the same, also where nobody has it."""
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    passwords._NOBODY = passwords._hasher.hash("nobody has this password")


def collect_less_often() -> None:
    """The garbage collector looks at a test's objects, not a hundred times a second at everything there is."""
    gc.set_threshold(*COLLECT_EVERY)


def forget_what_stays() -> None:
    """Modules and collected tests stay to the end: the garbage collector need not look at them again."""
    gc.collect()
    gc.freeze()
