"""The clinic's settings: who may change them, what is refused beside its field, and what a change moves."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from models.audit import Audit
from models.clinic import Clinic, find_clinic
from models.message import Message
from models.reminder import Reminder
from models.staff import OnCall, list_on_call
from scheduler.reminders import replan
from tests.support.accounts import page
from tests.support.dashboard import Office
from tests.support.factories import (
    NOON,
    OUR_NUMBER,
    make_client,
    make_consent,
    make_conversation,
    make_on_call,
    make_visit,
)

STANDS = {
    "name": "Demo Clinic",
    "timezone": "America/Chicago",
    "hours": "mon-fri 09:00-17:00",
    "holidays": "",
    "phone": "",
    "urgent_line": "",
    "portal_url": "",
    "booking_url": "",
}


def clinic_of(office: Office) -> Clinic:
    with office.database.read() as session:
        return find_clinic(session, office.clinic_id)


def phones(office: Office) -> list[OnCall]:
    with office.database.read() as session:
        return list_on_call(session, office.clinic_id)


@pytest.mark.parametrize(("role", "status"), [(None, 302), ("front_desk", 403), ("owner", 200)])
def test_settings_are_for_owners(office: Office, role: str | None, status: int) -> None:
    assert office.browser(role).get("/settings").status_code == status


def test_a_clinician_finds_the_words_under_settings(office: Office) -> None:
    assert office.browser("clinician").get("/settings").location == "/settings/words"


@pytest.mark.parametrize("path", ["clinic", "on-call", "retreatment", "photos"])
@pytest.mark.parametrize("role", ["front_desk", "clinician"])
def test_others_change_nothing(office: Office, path: str, role: str) -> None:
    page(office.browser(role).post(f"/settings/{path}", data=STANDS), 403)


def test_the_clinic_is_saved(office: Office) -> None:
    typed = {**STANDS, "name": "Glow", "phone": "(573) 555-0123", "portal_url": "https://portal.glow.example"}

    assert office.browser("owner").post("/settings/clinic", data=typed).status_code == 303

    stands = clinic_of(office)
    assert (stands.name, stands.phone, stands.portal_url) == ("Glow", "+15735550123", typed["portal_url"])
    assert clinic_of(office).urgent_line is None


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", " ", "Write something here"),
        ("timezone", "Central", "Pick one from the list"),
        ("timezone", "../etc/passwd", "Pick one from the list"),
        ("hours", "always", "is not days and hours"),
        ("holidays", "Christmas", "is not a date"),
        ("phone", "12", "is not a phone number"),
        ("urgent_line", "call me", "is not a phone number"),
        ("portal_url", "portal.example", "starting with https://"),
        ("booking_url", "javascript:alert(1)", "starting with https://"),
        ("booking_url", "https://bit.ly/abc", "Carriers block shortened links"),
    ],
)
def test_a_mistake_is_said_beside_its_field_and_input_is_kept(
    office: Office, field: str, typed: str, said: str
) -> None:
    form = {**STANDS, "name": "Something else", field: typed}

    text = page(office.browser("owner").post("/settings/clinic", data=form), 422)

    assert f'id="{field}-error"' in text
    assert said in text
    if field != "name":
        assert 'value="Something else"' in text
    assert clinic_of(office).name == "Demo Clinic"


def test_a_change_of_hours_moves_planned_texts(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clock.now", lambda _session: NOON)
    with office.database.write() as session:
        conversation = make_conversation(
            session, find_clinic(session, office.clinic_id), number="+15735550155"
        )
        make_consent(session, conversation)
        visit = make_visit(session, make_client(session, conversation), at=NOON - timedelta(hours=2))
        replan(session, visit, rules=office.here.pack.plan, now=NOON)
    before = check_in_day(office)  # day 14 of a Tuesday is a Tuesday

    office.browser("owner").post("/settings/clinic", data={**STANDS, "hours": "thu-fri 09:00-17:00"})

    assert check_in_day(office) == before + timedelta(days=2)


def check_in_day(office: Office) -> datetime:
    with office.database.read() as session:
        return session.scalars(select(Reminder.due_at).where(Reminder.step == "check_in")).one()


def test_phones_are_entered_moved_and_removed(office: Office) -> None:
    owner = office.browser("owner")
    for name, number in (("One", "573-555-0191"), ("Two", "573-555-0192"), ("Three", "573-555-0193")):
        owner.post("/settings/on-call", data={"name": name, "phone": number})

    owner.post("/settings/on-call/3/move", data={"to": "earlier"})
    owner.post("/settings/on-call/1/remove")

    assert [(row.name, row.position) for row in phones(office)] == [("Three", 1), ("Two", 2)]


@pytest.mark.parametrize(
    ("name", "phone", "said"),
    [
        ("", "573-555-0191", "whose phone"),
        ("Dana", "12", "is not a phone number"),
        ("Dana", "+15735550100", "own texting number"),
    ],
)
def test_a_wrong_phone_is_refused(office: Office, name: str, phone: str, said: str) -> None:
    text = page(office.browser("owner").post("/settings/on-call", data={"name": name, "phone": phone}), 422)

    assert said in text
    assert phones(office) == []


def test_a_test_page_is_a_text_on_the_alerts_path(office: Office) -> None:
    owner = office.browser("owner")
    owner.post("/settings/on-call", data={"name": "Dana", "phone": "573-555-0191"})

    owner.post("/settings/on-call/1/test")

    with office.database.read() as session:
        sent = session.scalars(select(Message).where(Message.direction == "outbound")).one()
    assert (sent.kind, sent.state, sent.their_number) == ("alert", "queued", "+15735550191")
    assert sent.body.startswith("Test from Demo Clinic")


@pytest.mark.parametrize("act", ["move", "remove", "test"])
def test_phones_of_another_clinic_are_not_found(office: Office, act: str) -> None:
    with office.database.write() as session:
        row = make_on_call(session, find_clinic(session, office.other_clinic_id))

    page(office.browser("owner").post(f"/settings/on-call/{row.id}/{act}"), 404)


def test_retreatment_counts_as_care_only_under_a_name(office: Office) -> None:
    owner = office.browser("owner")

    page(owner.post("/settings/retreatment", data={"purpose": "care", "name": " "}), 422)
    assert clinic_of(office).retreatment_purpose == "promo"
    owner.post("/settings/retreatment", data={"purpose": "care", "name": "Dr. Rivera"})

    stands = clinic_of(office)
    assert (stands.retreatment_purpose, stands.retreatment_purpose_by) == ("care", "Dr. Rivera")
    assert stands.retreatment_purpose_at


def test_photos_are_blurred_where_the_clinic_wishes(office: Office) -> None:
    office.browser("owner").post("/settings/photos", data={"blurred": "1"})

    assert clinic_of(office).blur_photos


def test_every_change_is_written_down_without_words(office: Office) -> None:
    office.browser("owner").post("/settings/clinic", data={**STANDS, "name": "Secret", "phone": OUR_NUMBER})

    with office.database.read() as session:
        row = session.scalars(select(Audit).where(Audit.action == "clinic_saved")).one()
    assert (row.actor, row.note) == (f"staff:{office.staff_ids['owner']}", "name")
