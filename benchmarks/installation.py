"""A small installation in a temporary folder, for benchmarks that need the whole application."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask

from app import create_app
from cli.desk import bring_up
from config import ensure_keys, load_settings
from models.database import Database


@contextmanager
def small_installation() -> Iterator[Flask]:
    """An application on a new SQLite file; gone afterwards."""
    with TemporaryDirectory(prefix="aftercare-bench-") as folder:
        settings = ensure_keys(load_settings({"DATA_DIR": str(Path(folder) / "var")}))
        database = Database(settings.database_url)
        bring_up(database, settings)
        database.close()
        app = create_app(settings)
        app.config["WTF_CSRF_ENABLED"] = False
        yield app
        app.extensions["deployment"].close()
