"""Fixtures of the tests that use a real database file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.database import Database
from tests.support.command_line import CommandLine
from tests.support.engines import open_test_database
from tests.support.sending_desk import Desk, open_desk


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """An empty folder to type commands in."""
    return CommandLine(tmp_path, monkeypatch, capsys)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A real SQLite file with every table."""
    database = open_test_database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def desk(database: Database) -> Desk:
    """A clinic that sends, at noon."""
    return open_desk(database)
