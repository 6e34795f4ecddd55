"""Clients: found, shown, changed. Reads of another clinic's are 404; a STOP is never undone here."""

import pytest

from models.api_token import ApiToken
from models.appointment import Appointment
from models.client import Client, find_client
from models.consent_event import consent_state
from models.conversation import Conversation
from tests.support.dashboard import Office
from tests.support.factories import NOON, make_alert, make_consent, make_reminder, make_visit

PAGES = (
    "/clients/{client}",
    "/clients/{client}/number",
    "/clients/{client}/merge",
    "/clients/{client}/erase",
    "/threads/{thread}/card",
    "/threads/{thread}/link",
    "/enrol?client={client}",
)
FORMS = (
    "/clients/{client}/details",
    "/clients/{client}/consent",
    "/clients/{client}/pause",
    "/clients/{client}/appointments",
    "/clients/{client}/number",
    "/clients/{client}/merge",
    "/clients/{client}/erase",
    "/threads/{thread}/link",
)


pytestmark = pytest.mark.usefixtures("noon")


def other_client_id(office: Office) -> int:
    with office.database.read() as session:
        return session.query(Client).filter_by(clinic_id=office.other_clinic_id).one().id


@pytest.mark.parametrize(
    "search", ["ana", "ANA", "573-555-0142", "(573) 555-0142", "+15735550142", "5550142"]
)
def test_a_client_is_found_by_name_and_by_any_spelling_of_the_number(office: Office, search: str) -> None:
    page = office.browser().get("/clients", query_string={"q": search}).text

    assert "Ana" in page
    assert "Zoe" not in page


def test_nobody_found_says_how_to_go_on(office: Office) -> None:
    page = office.browser().get("/clients?q=Nobody").text

    assert "Nobody found" in page
    assert "Clear search" in page


def test_the_page_says_why_a_text_was_not_sent(office: Office) -> None:
    with office.database.write() as session:
        visit = make_visit(session, find_client(session, office.client_id))
        make_reminder(session, visit, step="retreatment", status="skipped", reason="marked do not promote")

    page = office.browser().get(f"/clients/{office.client_id}").text

    assert "Not sent" in page
    assert "Marked do not promote" in page
    assert "Day 14" in page


@pytest.mark.parametrize("path", PAGES)
def test_pages_of_another_clinics_client_are_not_found(office: Office, path: str) -> None:
    url = path.format(client=other_client_id(office), thread=office.other_thread_id)

    assert office.browser("owner").get(url).status_code == 404


@pytest.mark.parametrize("path", FORMS)
def test_forms_about_another_clinics_client_are_not_found(office: Office, path: str) -> None:
    url = path.format(client=other_client_id(office), thread=office.other_thread_id)

    assert office.browser("owner").post(url, data={"client_id": office.client_id}).status_code in (404, 422)
    with office.database.read() as session:
        assert find_client(session, other_client_id(office)).name == "Zoe"


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("front_desk", "/clients/{client}/erase", 403),
        ("clinician", "/clients/{client}/erase", 403),
        ("owner", "/clients/{client}/erase", 200),
        ("front_desk", "/clients", 200),
        (None, "/clients", 302),
        (None, "/enrol", 302),
    ],
)
def test_who_may_open_what(office: Office, role: str | None, path: str, status: int) -> None:
    assert office.browser(role).get(path.format(client=office.client_id)).status_code == status


def test_details_are_changed_and_a_wrong_zone_keeps_what_was_typed(office: Office) -> None:
    browser, url = office.browser(), f"/clients/{office.client_id}/details"
    good = {"name": " Ana  Diaz ", "language": "es", "timezone": "America/Denver", "do_not_promote": "1"}

    assert browser.post(url, data=good).status_code == 303
    refused = browser.post(url, data={**good, "name": "Ana Ruiz", "timezone": "Mars/Base"})

    assert refused.status_code == 422
    assert "Ana Ruiz" in refused.text
    with office.database.read() as session:
        client = find_client(session, office.client_id)
        assert (client.name, client.language, client.timezone) == ("Ana Diaz", "es", "America/Denver")
        assert client.do_not_promote


def test_a_consent_taken_back_and_given_again_is_history_with_how(office: Office) -> None:
    browser, url = office.browser(), f"/clients/{office.client_id}/consent"

    browser.post(url, data={"change": "care:0", "how": "on the phone"})
    browser.post(url, data={"change": "promo:1", "how": "on paper"})

    page = browser.get(f"/clients/{office.client_id}").text
    assert "Took back consent to aftercare texts" in page
    assert "on the phone, by Front Desk" in page
    with office.database.read() as session:
        state = consent_state(session, office.thread_id)
    assert (state.care, state.promo) == (False, True)


def test_the_history_of_consent_names_the_system_that_wrote_it_down(office: Office) -> None:
    with office.database.write() as session:
        system = ApiToken(
            clinic_id=office.clinic_id, name="Booking", scope="write", token_hash="x", created_at=office.now
        )
        session.add(system)
        session.flush()
        thread = session.get_one(Conversation, office.thread_id)
        make_consent(session, thread, by=f"token:{system.id}", at=office.now)

    page = office.browser().get(f"/clients/{office.client_id}").text

    assert "by Booking (system)" in page
    assert "token:" not in page


def test_staff_cannot_undo_a_stop(office: Office) -> None:
    with office.database.write() as session:
        make_consent(session, session.get_one(Conversation, office.thread_id), "stopped", at=NOON)

    answer = office.browser("owner").post(
        f"/clients/{office.client_id}/consent", data={"change": "care:1", "how": "in person"}
    )

    assert answer.status_code == 422
    with office.database.read() as session:
        assert consent_state(session, office.thread_id).is_stopped


def test_pause_and_resume(office: Office) -> None:
    browser, url = office.browser(), f"/clients/{office.client_id}/pause"

    browser.post(url, data={"paused": "1"})
    assert "Automatic texts are paused" in browser.get(f"/clients/{office.client_id}").text
    browser.post(url, data={"paused": "0"})

    with office.database.read() as session:
        assert session.get_one(Conversation, office.thread_id).paused_at is None


def test_an_appointment_is_added_and_cancelled(office: Office) -> None:
    browser, url = office.browser(), f"/clients/{office.client_id}/appointments"

    assert browser.post(url, data={"at": "2026-02-01T10:00", "source": "booked here"}).status_code == 422
    assert browser.post(url, data={"at": "2026-06-01T10:00", "source": "booked here"}).status_code == 303
    with office.database.read() as session:
        row = session.query(Appointment).one()
    assert browser.post(f"{url}/{row.id}/cancel").status_code == 303
    with office.database.read() as session:
        assert session.query(Appointment).one().cancelled_at == NOON


def test_names_are_shown_as_text_never_as_markup(office: Office) -> None:
    with office.database.write() as session:
        find_client(session, office.client_id).name = "<script>alert(1)</script>"
        make_alert(session, session.get_one(Conversation, office.thread_id))

    for url in (
        "/clients",
        f"/clients/{office.client_id}",
        f"/threads/{office.thread_id}/card",
        "/reminders",
    ):
        assert "<script>alert" not in office.browser().get(url).text
