"""A client's records: another number, linking, merging, treatments set right. Consent never moves along."""

from datetime import timedelta

import pytest

from models.client import Client, find_client
from models.consent_event import consent_state
from models.conversation import Conversation
from models.message import Message
from models.planning import reminders_of_conversation
from models.visit import Treatment
from tests.support.dashboard import Office
from tests.support.engines import ON_BOTH
from tests.support.factories import NOON, make_client, make_outbound, make_reminder, make_visit

pytestmark = pytest.mark.usefixtures("noon")


def other_client_id(office: Office) -> int:
    with office.database.read() as session:
        return session.query(Client).filter_by(clinic_id=office.other_clinic_id).one().id


@ON_BOTH
def test_another_number_takes_the_plan_along_but_not_the_consent(office: Office) -> None:
    with office.database.write() as session:
        visit = make_visit(session, find_client(session, office.client_id), at=NOON - timedelta(days=10))
        make_reminder(session, visit, due_at=NOON + timedelta(days=4))

    answer = office.browser().post(f"/clients/{office.client_id}/number", data={"phone": "573 555 0155"})

    assert answer.status_code == 303
    with office.database.read() as session:
        client = find_client(session, office.client_id)
        assert client.conversation_id != office.thread_id
        assert session.get_one(Conversation, client.conversation_id).number == "+15735550155"
        assert consent_state(session, client.conversation_id).care is None
        assert reminders_of_conversation(session, office.thread_id) == []
        assert [row.step for row in reminders_of_conversation(session, client.conversation_id)]


@ON_BOTH
def test_a_queued_reminder_follows_the_client_to_the_new_number(office: Office) -> None:
    with office.database.write() as session:
        client = find_client(session, office.client_id)
        visit = make_visit(session, client, at=NOON - timedelta(days=14))
        step = make_reminder(session, visit, status="enqueued")
        thread = session.get_one(Conversation, office.thread_id)
        text = make_outbound(
            session,
            thread,
            kind="reminder",
            state="queued",
            client_id=client.id,
            reminder_id=step.id,
            dedupe_key=f"reminder:{step.id}",
        )
        step.message_id = text.id
        step_id, text_id = step.id, text.id

    office.browser().post(
        f"/clients/{office.client_id}/number",
        data={"phone": "573 555 0155", "agreed": "1", "how": "in person"},
    )

    with office.database.read() as session:
        assert session.get_one(Message, text_id).state == "cancelled"
        row = next(
            row
            for row in reminders_of_conversation(
                session, find_client(session, office.client_id).conversation_id
            )
            if row.id == step_id
        )
        assert (row.status, row.message_id) == ("planned", None)


@pytest.mark.parametrize(
    ("phone", "said"),
    [
        ("12", "is not a phone number"),
        ("573-555-0142", "on file already"),
        ("573-555-0100", "own texting number"),
    ],
)
def test_a_number_that_cannot_be_is_refused_with_a_cure(office: Office, phone: str, said: str) -> None:
    answer = office.browser().post(f"/clients/{office.client_id}/number", data={"phone": phone})

    assert answer.status_code == 422
    assert said in answer.text
    assert phone in answer.text


def test_a_number_somebody_else_uses_asks_whether_they_share_it(office: Office) -> None:
    browser = office.browser()
    browser.post("/enrol", data=_new_person())
    data = {"phone": "573-555-0160"}

    assert (
        "Tick that they share the phone"
        in browser.post(f"/clients/{office.client_id}/number", data=data).text
    )
    answer = browser.post(f"/clients/{office.client_id}/number", data={**data, "shares": "1"})

    assert answer.status_code == 303


def _new_person() -> dict[str, str]:
    return {
        "name": "Ben",
        "phone": "573-555-0160",
        "product": "Botox",
        "at": "2026-03-03T11:30",
        "language": "en",
        "how": "in person",
        "care": "1",
    }


def test_an_unknown_number_is_linked_to_a_client(office: Office) -> None:
    with office.database.write() as session:
        known = session.get_one(Conversation, office.thread_id)
        thread = Conversation(
            clinic_id=known.clinic_id,
            number="+15735550188",
            clinic_number_id=known.clinic_number_id,
            created_at=NOON,
            last_inbound_at=NOON,
        )
        session.add(thread)
        session.flush()
        thread_id = thread.id
    browser = office.browser()

    assert "Unknown number" in browser.get(f"/threads/{thread_id}/card").text
    assert "Ana" in browser.get(f"/threads/{thread_id}/link?q=an").text
    browser.post(
        f"/threads/{thread_id}/link", data={"client_id": office.client_id, "agreed": "1", "how": "in person"}
    )

    with office.database.read() as session:
        assert find_client(session, office.client_id).conversation_id == thread_id
        assert consent_state(session, thread_id).care


def test_two_entries_become_one_only_with_the_other_name_typed(office: Office) -> None:
    with office.database.write() as session:
        thread = session.get_one(Conversation, office.thread_id)
        twin = make_client(session, thread, name="Anna")
        day = NOON - timedelta(days=3)
        make_visit(session, find_client(session, office.client_id), at=day)
        visit = make_visit(session, twin, at=day + timedelta(hours=1))
        make_reminder(session, visit)
        twin_id = twin.id
    browser, url = office.browser(), f"/clients/{office.client_id}/merge"

    assert browser.post(url, data={"other_id": twin_id, "typed_name": "Ana"}).status_code == 422
    assert browser.post(url, data={"other_id": twin_id, "typed_name": "anna"}).status_code == 303

    with office.database.read() as session:
        assert session.get(Client, twin_id) is None
        given = {row.visit_id for row in session.query(Treatment)}
        assert len(given) == 1
    assert browser.get(f"/clients/{office.client_id}").status_code == 200


def test_a_treatment_is_corrected_and_taken_back(office: Office) -> None:
    with office.database.write() as session:
        make_visit(session, find_client(session, office.client_id), at=NOON - timedelta(hours=2))
        treatment_id = session.query(Treatment).one().id
    browser, url = office.browser(), f"/treatments/{treatment_id}"

    assert browser.get(url).status_code == 200
    assert (
        browser.post(f"{url}/correct", data={"at": "2026-03-09T09:00", "product": "Botox"}).status_code == 422
    )
    right = {"at": "2026-03-03T09:10", "product": "Dysport", "areas": "Forehead"}
    assert browser.post(f"{url}/correct", data=right).status_code == 303
    assert "Dysport, Forehead" in browser.get(f"/clients/{office.client_id}").text
    assert browser.post(f"{url}/cancel", data={"reason": ""}).status_code == 422
    assert browser.post(f"{url}/cancel", data={"reason": "entered by mistake"}).status_code == 303

    assert "No visit on file" in browser.get(f"/clients/{office.client_id}").text


def test_a_treatment_of_another_clinic_is_not_found(office: Office) -> None:
    with office.database.write() as session:
        make_visit(session, find_client(session, other_client_id(office)))
        treatment_id = session.query(Treatment).one().id

    assert office.browser("owner").get(f"/treatments/{treatment_id}").status_code == 404
