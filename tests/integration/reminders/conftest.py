"""One client of one clinic, on a database with nobody else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from models.client import Client
from models.clinic import Clinic
from models.conversation import Conversation
from models.database import Database
from tests.support.engines import POSTGRESQL, SQLITE, chosen, open_test_database
from tests.support.factories import make_client, make_clinic, make_consent, make_conversation


@pytest.fixture(scope="package")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One SQLite file for all: its statements are compiled once, and each test takes back what it wrote."""
    with chosen(SQLITE):
        database = open_test_database(tmp_path_factory.mktemp("reminders"))
    yield database
    database.close()


@pytest.fixture
def session(kept: Database, engine: str, tmp_path: Path) -> Iterator[Session]:
    """A transaction that nobody will see."""
    database = open_test_database(tmp_path) if engine == POSTGRESQL else kept
    with database.write() as session:
        yield session
        session.flush()
        session.rollback()


@pytest.fixture
def clinic(session: Session) -> Clinic:
    """Closed on federal holidays."""
    return make_clinic(session, holidays="federal")


@pytest.fixture
def conversation(session: Session, clinic: Clinic) -> Conversation:
    """A number that agreed to care and to promotional texts."""
    row = make_conversation(session, clinic)
    make_consent(session, row, scope="care")
    make_consent(session, row, scope="promo")
    return row


@pytest.fixture
def client(session: Session, conversation: Conversation) -> Client:
    """Ana."""
    return make_client(session, conversation)
