"""What most sending tests stand on: one clinic, one client who agreed to care texts, a carrier to script."""

from dataclasses import dataclass

from models.database import Database
from tests.support.factories import NOON, make_client, make_clinic, make_consent, make_conversation
from tests.support.scripted_carrier import HandClock, ScriptedCarrier


@dataclass(frozen=True, slots=True)
class Desk:
    """Ids, so that no test keeps a row of a closed session."""

    database: Database
    clock: HandClock
    carrier: ScriptedCarrier
    clinic_id: int
    number_id: int
    conversation_id: int
    client_id: int


def open_desk(database: Database) -> Desk:
    """One clinic, one client on one number, consent to care; noon."""
    clock = HandClock(NOON)
    with database.write() as session:
        clinic = make_clinic(session)
        conversation = make_conversation(session, clinic)
        client = make_client(session, conversation)
        make_consent(session, conversation)
        ids = (clinic.id, conversation.clinic_number_id, conversation.id, client.id)
    return Desk(database, clock, ScriptedCarrier(clock), *ids)
