"""Fixtures of the fault tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.database import Database
from tests.support.engines import POSTGRESQL, open_test_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database with every table."""
    database = open_test_database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def stand_url(engine: str, request: pytest.FixtureRequest) -> str | None:
    """DATABASE_URL for a Stand; None = the SQLite file that it makes for itself."""
    return str(request.getfixturevalue("postgres_url")) if engine == POSTGRESQL else None
