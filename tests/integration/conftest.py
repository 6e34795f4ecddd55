"""A database with one clinic and one client who agreed to care texts, and a carrier to script."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from models.database import Database
from tests.support.factories import (
    NOON,
    make_client,
    make_clinic,
    make_consent,
    make_conversation,
    open_test_database,
)
from tests.support.scripted_carrier import HandClock, ScriptedCarrier


@dataclass(frozen=True, slots=True)
class Desk:
    """What most sending tests stand on. Ids, so that no test keeps a row of a closed session."""

    database: Database
    clock: HandClock
    carrier: ScriptedCarrier
    clinic_id: int
    number_id: int
    conversation_id: int
    client_id: int


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A real SQLite file."""
    database = open_test_database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def desk(database: Database) -> Desk:
    """One clinic, one client on one number, consent to care; noon."""
    clock = HandClock(NOON)
    with database.write() as session:
        clinic = make_clinic(session)
        conversation = make_conversation(session, clinic)
        client = make_client(session, conversation)
        make_consent(session, conversation)
        ids = (clinic.id, conversation.clinic_number_id, conversation.id, client.id)
    return Desk(database, clock, ScriptedCarrier(clock), *ids)
