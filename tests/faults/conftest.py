"""Fixtures of the fault tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.database import Database
from tests.support import engines
from tests.support.engines import POSTGRESQL, open_test_database
from tests.support.processes import Stand, stand


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


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Stand]:
    """Our processes on a PostgreSQL database of their own, beside the carrier."""
    name = engines.cluster().make_database()
    with stand(tmp_path, engines.cluster().url(name)) as made:
        yield made
    engines.cluster().drop_database(name)
