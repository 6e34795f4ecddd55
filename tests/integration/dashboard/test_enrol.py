"""Enrol: the plan before saving, consents as ticked, several people on one phone, late entries, refinements."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from models.client import Client, clients_of, find_client
from models.consent_event import ConsentEvent, consent_state
from models.conversation import Conversation
from models.message import Message
from models.reminder import Reminder
from models.suppression import suppress_number
from models.visit import Treatment, Visit
from tests.support.dashboard import Office
from tests.support.factories import NOON, make_consent, make_visit

NUMBER = "+15735550160"
FILLED = {
    "name": "Ben Ode",
    "phone": "(573) 555-0160",
    "product": "Botox",
    "areas": ["Forehead", "Frown lines"],
    "at": "2026-03-03T11:30",
    "language": "en",
    "how": "in person",
    "care": "1",
}


pytestmark = pytest.mark.usefixtures("noon")


def thread_of(office: Office, number: str = NUMBER) -> Conversation:
    with office.database.read() as session:
        return session.query(Conversation).filter_by(number=number).one()


def test_the_form_opens_at_now_with_nothing_ticked(office: Office) -> None:
    page = office.browser().get("/enrol").text

    assert 'value="2026-03-03T12:00"' in page
    assert 'name="care" value="1" >' in page.replace("  ", " ")
    assert "checked" not in page.split("What they agreed to")[1].split("</fieldset>")[0]


def test_a_visit_is_entered_with_its_plan_and_one_confirmation(office: Office) -> None:
    answer = office.browser().post("/enrol", data=FILLED)

    assert answer.status_code == 303
    thread = thread_of(office)
    with office.database.read() as session:
        (client,) = clients_of(session, thread.id)
        assert session.query(Treatment).one().areas == "Forehead, Frown lines"
        steps = {row.step: row.status for row in session.query(Reminder).filter_by(client_id=client.id)}
        assert steps["check_in"] == "planned"
        assert steps["retreatment"] == "skipped"
        assert [row.kind for row in session.query(Message).filter_by(conversation_id=thread.id)] == [
            "consent"
        ]
        event = session.query(ConsentEvent).filter_by(conversation_id=thread.id).one()
        assert (event.scope, event.how, event.wording_version is not None) == ("care", "in person", True)


def test_the_plan_is_shown_before_saving_and_nothing_is_saved(office: Office) -> None:
    page = office.browser().post("/enrol/preview", data={**FILLED, "promo": "1"}).text

    # visit 11:30 CST: 16 hours later is 03:30, the text moves into the window at 09:00 (RULES 3)
    assert "Exercise is fine again" in page
    assert "9:00 am" in page
    assert "Time for the next visit" in page
    with office.database.read() as session:
        assert session.query(Client).filter_by(name="Ben Ode").first() is None
        assert session.query(Conversation).filter_by(number=NUMBER).first() is None
        assert session.query(Message).filter_by(kind="consent").first() is None


def test_the_plan_refreshes_alone_before_the_form_is_whole(office: Office) -> None:
    page = office.browser().post("/enrol/plan", data={"at": "2026-03-03T11:30"}).text

    assert page.lstrip().startswith('<div id="plan"')
    assert "Only once they agree to texts" in page


def test_without_care_consent_the_form_asks_and_keeps_everything(office: Office) -> None:
    browser, without = office.browser(), {key: value for key, value in FILLED.items() if key != "care"}

    asked = browser.post("/enrol", data=without)
    saved = browser.post("/enrol", data={**without, "without_texts": "1"})

    assert asked.status_code == 422
    assert "Without it no text may be sent" in asked.text
    assert "Ben Ode" in asked.text
    assert saved.status_code == 303
    with office.database.read() as session:
        assert consent_state(session, thread_of(office).id).care is None


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("phone", "123", "Write the number with its area code"),
        ("name", " ", "Write the client"),
        ("product", "", "Choose the product"),
        ("product", "Other", "Choose the product"),
        ("at", "soon", "Write when the treatment was"),
        ("at", "2026-03-04T10:00", "kept as an appointment"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(office: Office, field: str, value: str, said: str) -> None:
    answer = office.browser().post("/enrol", data={**FILLED, field: value})

    assert answer.status_code == 422
    assert said in answer.text


def test_a_phone_on_file_asks_who_was_treated(office: Office) -> None:
    browser, on_file = office.browser(), {**FILLED, "phone": "573-555-0142"}

    asked = browser.post("/enrol", data=on_file)
    saved = browser.post("/enrol", data={**on_file, "who": "new"})

    assert asked.status_code == 422
    assert "Who was treated?" in asked.text
    assert saved.status_code == 303
    with office.database.read() as session:
        assert [one.name for one in clients_of(session, office.thread_id)] == ["Ana", "Ben Ode"]


def test_a_known_client_needs_no_second_consent_and_no_second_confirmation(office: Office) -> None:
    again = {**FILLED, "phone": "573-555-0142", "who": str(office.client_id)}
    again.pop("care")

    assert office.browser().post("/enrol", data=again).status_code == 303

    with office.database.read() as session:
        assert [one.name for one in clients_of(session, office.thread_id)] == ["Ana"]
        assert session.query(Visit).one().client_id == office.client_id
        assert session.query(Message).filter_by(kind="consent").first() is None


def test_a_recent_visit_offers_to_enter_a_refinement(office: Office) -> None:
    with office.database.write() as session:
        first = make_visit(session, find_client(session, office.client_id), at=NOON - timedelta(days=15)).id
    again = {**FILLED, "phone": "573-555-0142", "who": str(office.client_id)}
    browser = office.browser()

    assert "Is this a refinement?" in browser.post("/enrol/preview", data=again).text
    browser.post("/enrol", data={**again, "refines": str(first)})

    with office.database.read() as session:
        visit = session.query(Visit).filter_by(kind="refinement").one()
        assert visit.refines_visit_id == first


def test_a_late_entry_says_that_what_is_past_will_not_be_sent(office: Office) -> None:
    page = office.browser().post("/enrol/preview", data={**FILLED, "at": "2026-02-28T11:30"}).text

    assert "3 days ago: what is past will not be sent" in page


def test_a_stopped_number_is_entered_but_told_so(office: Office) -> None:
    with office.database.write() as session:
        make_consent(session, session.get_one(Conversation, office.thread_id), "stopped", at=NOON)
    known = {**FILLED, "phone": "573-555-0142", "who": str(office.client_id)}
    browser = office.browser()

    assert "This number opted out" in browser.post("/enrol/preview", data=known).text
    browser.post("/enrol", data=known)

    with office.database.read() as session:
        assert consent_state(session, office.thread_id).is_stopped
        assert session.query(Message).filter_by(direction="outbound", state="queued").first() is None


def test_an_erased_persons_opt_out_holds_when_their_number_is_entered_again(office: Office) -> None:
    key = office.here.settings.opt_out_key
    with office.database.write() as session:
        suppress_number(session, clinic_id=office.clinic_id, number=NUMBER, key=key, since=NOON)

    office.browser().post("/enrol", data=FILLED)

    with office.database.read() as session:
        assert consent_state(session, thread_of(office).id).is_stopped


def test_times_typed_are_the_clinics(office: Office) -> None:
    office.browser().post("/enrol", data=FILLED)

    with office.database.read() as session:
        assert session.query(Treatment).one().injected_at == datetime(
            2026, 3, 3, 11, 30, tzinfo=ZoneInfo("America/Chicago")
        )
