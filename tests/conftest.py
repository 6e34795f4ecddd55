"""What every test stands on: no network beyond this machine, no settings leaking in, data in tmp_path."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache

from config import Settings, ensure_keys, load_settings
from config.table import TABLE
from tests import left_out
from tests.support import engines, quick

hypothesis.settings.register_profile("quick", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("quick")

_compiled = TemporaryDirectory(prefix="aftercare-templates-")
# Each test makes an application of its own; a page that another one of them has compiled is read from here.
Flask.jinja_options["bytecode_cache"] = FileSystemBytecodeCache(_compiled.name)

quick.hash_cheaply()  # before the first hash is made: some are when a module is read

QUICK_SPANS = {
    "SEND_CONNECT_TIMEOUT_S": "0.5",
    "SEND_TIMEOUT_S": "1",
    "SEND_GRACE_S": "3",
    "LEASE_S": "2",
    "LOOKUP_SPACING_S": "0.2",
    "EMERGENCY_RESEND_S": "0.2",
    "TICK_S": "0.05",
    "MESSAGES_PER_SECOND": "100",
}
FOREIGN_PREFIXES = ("CLINIC_", "ONCALL_", "TWILIO_")


def pytest_configure(config: pytest.Config) -> None:
    left_out.register(config)
    quick.collect_less_often()
    quick.write_url_builders_once()
    quick.write_statements_once()
    quick.build_tables_once()


def pytest_collection_finish() -> None:
    quick.forget_what_stays()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests of what R1-R9 promise run on both databases; those on PostgreSQL carry its marker."""
    found = engines.parameters_of(metafunc.module.__name__)
    if "engine" in metafunc.fixturenames and len(found) > 1:
        metafunc.parametrize("engine", found, indirect=True)


@pytest.fixture(autouse=True)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """The database engine of this test."""
    name: str = getattr(request, "param", engines.SQLITE)
    with engines.chosen(name):
        yield name


@pytest.fixture(autouse=True)
def no_outside_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own environment never decides a test."""
    ours = {row.name for row in TABLE}
    for name in list(os.environ):
        if name in ours or name.startswith(FOREIGN_PREFIXES):
            monkeypatch.delenv(name)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Where one test keeps its database, photos and keys."""
    return tmp_path / "var"


@pytest.fixture
def environ(data_dir: Path) -> dict[str, str]:
    """The variables of a small test installation: simulated carrier, SQLite, short spans."""
    return {"DATA_DIR": str(data_dir), **QUICK_SPANS}


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    """The settings of that installation, keys made."""
    return ensure_keys(load_settings(environ))


@pytest.fixture
def in_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """For commands that read `.env` of the working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """DATABASE_URL of a fresh, empty PostgreSQL database."""
    name = engines.cluster().make_database()
    yield engines.cluster().url(name)
    engines.cluster().drop_database(name)
