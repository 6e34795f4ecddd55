"""Fixtures of the tests that use a real database file."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from config import Settings
from models.database import Database
from tests.support.command_line import CommandLine
from tests.support.dashboard import Office, open_office
from tests.support.engines import POSTGRESQL, open_test_database
from tests.support.fake_twilio import FakeTwilio
from tests.support.line import Line, enrol, open_line
from tests.support.migrated import brought_up_on_postgresql
from tests.support.put_back import open_installation, settings_of
from tests.support.sending_desk import Desk, open_desk
from tests.support.webhooks import FrontDoor, open_front_door


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


@pytest.fixture
def desk_(shell: CommandLine) -> Desk:
    """The clinic of what is typed in the shell: one client, and a carrier of the test's own."""
    return open_installation(settings_of(shell))


@pytest.fixture
def line(tmp_path: Path) -> Line:
    """A clinic with one on-call phone and nobody on file."""
    return open_line(tmp_path)


@pytest.fixture
def ana(line: Line) -> int:
    """A client who agreed to care texts."""
    return enrol(line)


@pytest.fixture
def settings_here(settings: Settings, engine: str) -> Iterator[Settings]:
    """The settings with a database of the test's engine; one on PostgreSQL is brought up already."""
    if engine != POSTGRESQL:
        yield settings
        return
    with brought_up_on_postgresql() as url:
        yield replace(settings, database_url=url)


@pytest.fixture
def office(settings_here: Settings) -> Iterator[Office]:
    """Two clinics, each with a waiting client; people of every role."""
    office = open_office(settings_here)
    yield office
    office.here.close()


@pytest.fixture
def door(settings: Settings) -> Iterator[FrontDoor]:
    """What the carrier's webhooks come in by."""
    opened = open_front_door(settings)
    yield opened
    opened.here.close()


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers of this machine are reached directly."""
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def twilio(no_proxy: None) -> Iterator[FakeTwilio]:
    """A Twilio on this machine that does what a test scripts."""
    with FakeTwilio() as fake:
        yield fake
