"""A migrated database for tests that need a whole installation: made once a run, then copied. Holds no asserts."""

import atexit
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from cli.desk import bring_up
from config import Settings, ensure_keys, load_settings
from models.database import Database
from tests.support.engines import cluster


def bring_up_copy(settings: Settings) -> None:
    """What bring_up does to a new database; on SQLite by copying one that it made before."""
    if not settings.database_url.startswith("sqlite:///"):
        database = Database(settings.database_url)
        bring_up(database, settings)
        database.close()
        return
    target = Path(settings.database_url.removeprefix("sqlite:///"))
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(_template(), target)


@cache
def _template() -> Path:
    folder = Path(mkdtemp(prefix="aftercare-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = ensure_keys(load_settings({"DATA_DIR": str(folder / "var")}))
    database = Database(settings.database_url)
    bring_up(database, settings)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return Path(settings.database_url.removeprefix("sqlite:///"))


@contextmanager
def brought_up_on_postgresql() -> Iterator[str]:
    """DATABASE_URL of a PostgreSQL database of its own, brought up: a copy, for the length of the block."""
    name = cluster().make_database(template=_postgresql_template())
    try:
        yield cluster().url(name)
    finally:
        cluster().drop_database(name)


@cache
def _postgresql_template() -> str:
    name = cluster().make_database()
    folder = Path(mkdtemp(prefix="aftercare-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    told = {"DATA_DIR": str(folder / "var"), "DATABASE_URL": cluster().url(name)}
    bring_up_copy(ensure_keys(load_settings(told)))
    return name
