"""Erase: no word, number or picture is left anywhere in the database; the opt-out and the carrier's ids are."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from models.base import Base
from models.client import find_client
from models.conversation import Conversation
from models.desk import Draft, Note
from models.inbound_text import take_receipt
from models.message import Attempt, InboundReceipt, Message
from models.photo import Photo
from models.reminder import Reminder
from models.simulated_carrier import SimulatedMessage
from models.suppression import suppressed_since
from models.visit import Visit
from tests.support.dashboard import Office
from tests.support.engines import ON_BOTH
from tests.support.factories import (
    CLIENT_NUMBER,
    NOON,
    OUR_NUMBER,
    make_alert,
    make_client,
    make_consent,
    make_inbound,
    make_outbound,
    make_reminder,
    make_visit,
)

SECRET = "mandarin dress"  # words that stand nowhere but in what is erased
FILE = "photo-of-ana.bin"
pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def full_file(office: Office) -> int:
    """A client with something in every table; the id of a text that is in flight."""
    with office.database.write() as session:
        thread = session.get_one(Conversation, office.thread_id)
        client = find_client(session, office.client_id)
        visit = make_visit(session, client, at=NOON - timedelta(days=14))
        step = make_reminder(session, visit, reason=SECRET)
        came = make_inbound(session, thread, SECRET, client_id=client.id, carrier_sid="SM" + "a" * 32)
        take_receipt(session, sid="SM" + "a" * 32, signature=None, now=NOON)
        session.add(
            Photo(
                clinic_id=thread.clinic_id,
                message_id=came.id,
                conversation_id=thread.id,
                visit_id=visit.id,
                state="stored",
                stored_name=FILE,
                caption=SECRET,
                created_at=NOON,
            )
        )
        for state in ("sent", "queued", "unknown", "in_flight"):
            out = make_outbound(session, thread, SECRET, state=state, kind="reminder", reminder_id=step.id)
            session.add(
                Attempt(
                    message_id=out.id,
                    callback_id=f"callback-{state}",
                    claim_token="",
                    from_number=OUR_NUMBER,
                    to_number=thread.number,
                    body_hash=SECRET,
                    intent_at=NOON,
                    outcome="unknown" if state == "unknown" else None,
                )
            )
        for table in (Note, Draft):
            moment = {"created_at": NOON} if table is Note else {"updated_at": NOON}
            session.add(
                table(conversation_id=thread.id, staff_id=office.staff_ids["owner"], body=SECRET, **moment)
            )
        make_alert(session, thread, note=SECRET, outcome=SECRET, closed_at=NOON)
        session.add(
            SimulatedMessage(
                sid="SM" + "b" * 32,
                direction="inbound",
                from_number=thread.number,
                to_number=OUR_NUMBER,
                body=SECRET,
                status="received",
                created_at=NOON,
                shown_at=NOON,
            )
        )
        command = f"new Ana {CLIENT_NUMBER} botox {SECRET}"
        row = make_inbound(session, thread, command, kind="staff_ack")
        row.conversation_id, row.their_number = None, "+15735550180"
        session.flush()
        return out.id


def erase(office: Office, role: str = "owner", typed: str = "Ana") -> int:
    return (
        office.browser(role)
        .post(f"/clients/{office.client_id}/erase", data={"typed_name": typed})
        .status_code
    )


def everything(office: Office) -> str:
    """Every value of every row, as one text."""
    with office.database.read() as session:
        tables = (session.execute(text(f'SELECT * FROM "{table}"')).all() for table in Base.metadata.tables)
        return "\n".join(str(row) for rows in tables for row in rows)


def test_no_word_number_or_name_is_left(office: Office, full_file: int) -> None:
    assert CLIENT_NUMBER in everything(office)

    assert erase(office) == 303

    left = everything(office)
    assert SECRET not in left
    assert CLIENT_NUMBER not in left
    assert FILE not in left
    assert "'Ana'" not in left
    with office.database.read() as session:
        assert session.query(Visit).count() == session.query(Reminder).count() == 0


def test_the_photo_file_goes_once_the_records_are_gone(office: Office, full_file: int) -> None:
    store = office.here.photo_store()
    with office.database.write() as session:
        photo = session.query(Photo).one()
        photo.stored_name = store.put(photo.id, b"face")

    erase(office)

    assert store.names() == []


@ON_BOTH
def test_carrier_ids_stay_so_that_a_replay_is_a_no_op(office: Office, full_file: int) -> None:
    erase(office)

    with office.database.write() as session:
        assert session.query(InboundReceipt).count() == 1
        assert not take_receipt(session, sid="SM" + "a" * 32, signature=None, now=NOON)


@ON_BOTH
def test_what_is_queued_is_cancelled_and_what_is_in_flight_keeps_its_row(
    office: Office, full_file: int
) -> None:
    erase(office)

    with office.database.read() as session:
        states = {row.id: row.state for row in session.query(Message).filter_by(kind="reminder")}
        attempts = {row.callback_id: row.outcome for row in session.query(Attempt)}
    assert sorted(states.values()) == ["cancelled", "cancelled", "in_flight", "sent"]
    assert states[full_file] == "in_flight"
    assert attempts["callback-unknown"] == "abandoned"


def test_an_opt_out_survives_without_the_number(office: Office, full_file: int) -> None:
    key = office.here.settings.opt_out_key
    with office.database.write() as session:
        make_consent(session, session.get_one(Conversation, office.thread_id), "stopped", at=NOON)

    erase(office)

    with office.database.read() as session:
        since = suppressed_since(session, clinic_id=office.clinic_id, number=CLIENT_NUMBER, key=key)
        elsewhere = suppressed_since(session, clinic_id=office.other_clinic_id, number=CLIENT_NUMBER, key=key)
    assert (since, elsewhere) == (NOON, None)
    assert CLIENT_NUMBER not in everything(office)


def test_who_had_not_opted_out_leaves_no_digest(office: Office, full_file: int) -> None:
    erase(office)

    with office.database.read() as session:
        key = office.here.settings.opt_out_key
        assert suppressed_since(session, clinic_id=office.clinic_id, number=CLIENT_NUMBER, key=key) is None


def test_the_other_person_on_the_phone_stays(office: Office, full_file: int) -> None:
    with office.database.write() as session:
        thread = session.get_one(Conversation, office.thread_id)
        ben = make_client(session, thread, name="Ben")
        make_outbound(session, thread, "For Ben", client_id=ben.id)

    erase(office)

    with office.database.read() as session:
        assert session.get_one(Conversation, office.thread_id).number == CLIENT_NUMBER
        assert session.query(Message).filter_by(body="For Ben").count() == 1
        assert session.query(Message).filter_by(client_id=office.client_id, body=SECRET).count() == 0


@pytest.mark.parametrize(
    ("role", "typed", "status"),
    [
        ("owner", "", 422),
        ("owner", "Somebody", 422),
        ("front_desk", "Ana", 403),
        ("clinician", "Ana", 403),
        ("other_owner", "Ana", 404),
    ],
)
def test_only_the_owner_erases_and_only_with_the_name_typed(
    office: Office, role: str, typed: str, status: int
) -> None:
    assert erase(office, role, typed) == status
    with office.database.read() as session:
        assert find_client(session, office.client_id).name == "Ana"


def test_an_open_alert_is_handled_first(office: Office) -> None:
    with office.database.write() as session:
        make_alert(session, session.get_one(Conversation, office.thread_id))

    assert erase(office) == 422
