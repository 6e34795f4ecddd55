"""Fixtures of the fault tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.database import Database
from tests.support.engines import open_test_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database with every table."""
    database = open_test_database(tmp_path)
    yield database
    database.close()
