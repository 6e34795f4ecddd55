"""Brings a database to the newest step and says how far it is. Safe to repeat and to run twice at once.

All steps run in one transaction: killed in the middle, nothing has changed.
"""

import importlib
import pkgutil
from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text

import models
from models.database import Database

FOLDER = Path(__file__).parent
ONE_MIGRATOR = 7_205_734_021  # PostgreSQL advisory lock: any number that nothing else here uses


def upgrade(database: Database) -> None:
    """Run the steps that are missing; does nothing where there are none."""
    with database.write() as session:
        connection = session.connection()
        take_turn(connection)
        if reached(connection) != newest():
            command.upgrade(alembic_config(connection), "head")


def take_turn(connection: Connection) -> None:
    """Wait until no other process migrates, however long it takes; SQLite has one writer in any case."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_MIGRATOR})
        connection.execute(text("SET LOCAL lock_timeout TO DEFAULT"))


def is_behind(database: Database) -> bool:
    """Whether a step is missing, or the database is newer than this code."""
    with database.read() as session:
        return reached(session.connection()) != newest()


def is_empty(database: Database) -> bool:
    """Whether no step has run yet."""
    with database.read() as session:
        return reached(session.connection()) is None


def is_newer(database: Database) -> bool:
    """Whether a newer version of this program has brought the database further than this code knows."""
    with database.read() as session:
        step = reached(session.connection())
    return step is not None and not knows_step(step)


def knows_step(step: str) -> bool:
    """Whether this code has such a step; False for one of a newer version."""
    return step in _steps()


@lru_cache(maxsize=1)
def _steps() -> frozenset[str]:
    return frozenset(script.revision for script in ScriptDirectory(str(FOLDER)).walk_revisions())


def reached(connection: Connection) -> str | None:
    """The step this database has reached; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


@lru_cache(maxsize=1)
def newest() -> str | None:
    """The newest step of this code. Raises MultipleHeads where two steps claim to be it."""
    return ScriptDirectory(str(FOLDER)).get_current_head()


def all_tables() -> MetaData:
    """The models' tables, those included whose file nobody has imported yet."""
    for found in pkgutil.iter_modules(models.__path__):
        importlib.import_module(f"models.{found.name}")
    return models.Base.metadata


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings for work on this connection."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config
