"""The first hour: a link that works once, five steps, and a checklist that stays until they are done."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from desk.setup import DEMO_EMAIL, Step, make_link, remaining_steps
from models.clinic import find_clinic
from models.installation import machine_now
from models.message import Message
from models.staff import Staff, find_staff_by_email
from models.staff_session import OneTimeLink
from tests.support.accounts import page, with_real_carrier
from tests.support.dashboard import Office

OWNER = {
    "name": "Ana Owner",
    "email": "ana@clinic.example",
    "new": "seven green bottles",
    "repeated": "seven green bottles",
}


@pytest.fixture
def empty_office(office: Office) -> Office:
    """An installation that nobody owns yet."""
    with office.database.write() as session:
        session.execute(update(Staff).values(disabled_at=machine_now(session)))
    return office


def link(office: Office) -> str:
    with office.database.write() as session:
        real = office.here.settings.carrier != "simulated"
        token = make_link(session, real_carrier=real, machine=machine_now(session))
    assert token
    return token


def remaining(office: Office) -> tuple[Step, ...]:
    with office.database.read() as session:
        return remaining_steps(session, find_clinic(session, office.clinic_id), office.here.settings)


def test_no_link_is_made_where_somebody_owns_the_place(office: Office) -> None:
    with office.database.write() as session:
        assert make_link(session, real_carrier=False, machine=machine_now(session)) is None


def test_the_link_of_a_simulation_signs_in_to_a_demo_owner_once(empty_office: Office) -> None:
    token, browser = link(empty_office), empty_office.app.test_client()

    assert "Open the desk" in page(browser.get(f"/welcome/{token}"))
    assert browser.post(f"/welcome/{token}").location == "/welcome"
    page(browser.get("/settings"))
    page(empty_office.app.test_client().get(f"/welcome/{token}"), 410)
    page(empty_office.app.test_client().post(f"/welcome/{token}"), 410)


def test_looking_at_the_link_uses_nothing_up(empty_office: Office) -> None:
    token = link(empty_office)

    for _ in range(2):
        page(empty_office.app.test_client().get(f"/welcome/{token}"))


def test_a_demo_owner_comes_back_with_the_link_of_the_next_start(empty_office: Office) -> None:
    empty_office.app.test_client().post(f"/welcome/{link(empty_office)}")
    browser = empty_office.app.test_client()

    browser.post(f"/welcome/{link(empty_office)}")

    page(browser.get("/welcome"))


def test_a_link_ends_after_a_day_and_when_a_newer_one_is_made(empty_office: Office) -> None:
    older, newer = link(empty_office), link(empty_office)
    page(empty_office.app.test_client().get(f"/welcome/{older}"), 410)
    with empty_office.database.write() as session:
        session.execute(update(OneTimeLink).values(expires_at=machine_now(session) - timedelta(seconds=1)))

    page(empty_office.app.test_client().post(f"/welcome/{newer}"), 410)


def test_with_a_real_carrier_the_link_opens_the_form_of_the_first_owner(empty_office: Office) -> None:
    with_real_carrier(empty_office)
    token, browser = link(empty_office), empty_office.app.test_client()

    text = page(browser.post(f"/welcome/{token}", data={**OWNER, "repeated": "other"}), 422)
    assert "ana@clinic.example" in text
    answer = browser.post(f"/welcome/{token}", data=OWNER)

    assert answer.location == "/login/code"
    assert browser.get("/").status_code == 302
    page(browser.get("/account/second-factor"))


def test_a_demo_link_opens_nothing_beside_real_clients(empty_office: Office) -> None:
    token = link(empty_office)
    with_real_carrier(empty_office)

    page(empty_office.app.test_client().post(f"/welcome/{token}"), 410)

    with empty_office.database.read() as session:
        assert find_staff_by_email(session, DEMO_EMAIL) is None


def test_the_steps_are_done_one_after_the_other(empty_office: Office) -> None:
    browser = empty_office.app.test_client()
    browser.post(f"/welcome/{link(empty_office)}")
    assert [step.id for step in remaining(empty_office)] == ["account", "clinic", "words", "test"]
    assert "left before your clinic is ready" in page(browser.get("/"))

    browser.post("/welcome/account", data=OWNER)
    clinic = {"name": "Glow", "timezone": "America/Chicago", "hours": "mon-fri 09:00-17:00"}
    browser.post("/settings/clinic", data=clinic)
    browser.post("/settings/on-call", data={"name": "Dr. Rivera", "phone": "573-555-0190"})
    browser.post("/settings/words/confirm-emergency", data={"name": "Dr. Rivera"})
    browser.post("/settings/on-call/1/test")

    assert remaining(empty_office) == ()
    assert "left before your clinic is ready" not in page(browser.get("/"))


def test_with_a_real_carrier_a_text_must_have_arrived(office: Office) -> None:
    with_real_carrier(office)
    assert "carrier" not in {step.id for step in remaining(office)}
    with office.database.write() as session:
        session.execute(update(Message).values(direction="outbound"))

    assert "carrier" in {step.id for step in remaining(office)}


@pytest.mark.parametrize("role", ["front_desk", "clinician"])
def test_the_steps_are_for_owners(office: Office, role: str) -> None:
    page(office.browser(role).get("/welcome"), 403)
    assert "left before your clinic" not in page(office.browser(role).get("/"))


@pytest.mark.parametrize("step", ["account", "clinic", "carrier", "words", "test", "nonsense"])
def test_every_step_has_a_page(office: Office, step: str) -> None:
    page(office.browser("owner").get(f"/welcome?step={step}"))
