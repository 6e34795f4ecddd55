"""Reminders: what leaves next, what is held, what was not sent and why; the lists of people to speak to."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from models.audit import Audit
from models.client import Client, find_client
from models.clinic import Clinic
from models.conversation import Conversation
from models.message import Message
from models.planning import find_reminder
from scheduler.closing import NO_PROMO_CONSENT
from tests.support.dashboard import Office
from tests.support.factories import NOON, make_outbound, make_reminder, make_visit

WITH_REASON = "marked do not promote"
pytestmark = pytest.mark.usefixtures("noon")


def plan_step(office: Office, **values: object) -> int:
    """One step of a visit of Ana's, ten days ago; its id."""
    with office.database.write() as session:
        visit = make_visit(session, find_client(session, office.client_id), at=NOON - timedelta(days=10))
        due_at = values.pop("due_at", NOON + timedelta(days=4))
        step = str(values.pop("step", "check_in"))
        return make_reminder(session, visit, step=step, due_at=due_at, **values).id  # type: ignore[arg-type]


def test_what_leaves_next_stands_under_its_day_in_the_clinics_zone(office: Office) -> None:
    plan_step(office, due_at=NOON + timedelta(hours=22))  # 16:00 UTC the next day is 10:00 in Chicago

    page = office.browser().get("/reminders").text

    assert "Tomorrow" in page
    assert "10:00 am" in page
    assert "Day 14 check-in" in page


@pytest.mark.parametrize("status", ["skipped", "cancelled"])
def test_what_was_not_sent_is_listed_with_its_reason(office: Office, status: str) -> None:
    plan_step(office, status=status, reason=WITH_REASON, closed_at=NOON)

    assert "Marked do not promote" in office.browser().get("/reminders?show=not_sent").text


def test_one_step_is_held_released_and_cancelled(office: Office) -> None:
    step_id, browser = plan_step(office), office.browser()

    def status() -> str:
        with office.database.read() as session:
            return find_reminder(session, step_id).status

    browser.post(f"/reminders/{step_id}/hold")
    assert status() == "held"
    assert "Held by Front Desk" in browser.get("/reminders?show=held").text
    browser.post(f"/reminders/{step_id}/release")
    assert status() == "planned"
    browser.post(f"/reminders/{step_id}/cancel", data={"back": "client"})
    assert status() == "cancelled"


def test_a_step_that_has_left_cannot_be_cancelled_any_more(office: Office) -> None:
    step_id, browser = plan_step(office, status="sent"), office.browser()

    browser.post(f"/reminders/{step_id}/cancel")

    assert "nothing was changed" in browser.get("/reminders").text
    with office.database.read() as session:
        assert find_reminder(session, step_id).status == "sent"


@pytest.mark.parametrize("act", ["hold", "release", "cancel"])
def test_a_step_of_another_clinic_is_not_found(office: Office, act: str) -> None:
    step_id = plan_step(office)

    assert office.browser("other_owner").post(f"/reminders/{step_id}/{act}").status_code == 404


def test_a_step_under_an_alert_offers_the_alert_instead_of_a_release(office: Office) -> None:
    step_id = plan_step(
        office, status="held", held_by="alert", reason="held: an alert about this number is open"
    )

    page = office.browser().get("/reminders?show=held").text

    assert "Handle the alert" in page
    assert f"/reminders/{step_id}/release" not in page


def test_the_brake_is_shown_and_released(office: Office) -> None:
    with office.database.write() as session:
        clinic = session.get_one(Clinic, office.clinic_id)
        clinic.automatic_held_since, clinic.automatic_held_reason = NOON, "74 automatic texts were due"
    browser = office.browser()

    assert "74 automatic texts were due" in browser.get("/reminders").text
    browser.post("/reminders/release")

    with office.database.read() as session:
        assert session.get_one(Clinic, office.clinic_id).automatic_held_since is None


def silent_since(office: Office, asked: datetime) -> int:
    """Ana's check-in left then, and she wrote nothing since; the step's id."""
    step_id = plan_step(office, status="sent", due_at=asked, closed_at=asked)
    with office.database.write() as session:
        thread = session.get_one(Conversation, office.thread_id)
        session.query(Message).update({"created_at": asked - timedelta(days=1)})
        text = make_outbound(session, thread, kind="reminder", at=asked, reminder_id=step_id)
        find_reminder(session, step_id).message_id = text.id
    return step_id


def test_who_did_not_answer_the_check_in_is_listed_until_they_write(office: Office) -> None:
    silent_since(office, NOON - timedelta(days=5))

    page = office.browser().get("/not-heard-from").text

    assert "Ana" in page
    assert f"/threads/{office.thread_id}" in page
    assert "Ana" not in office.browser("other_owner").get("/not-heard-from").text


def test_whom_somebody_spoke_to_is_done_by_name_with_a_note_and_can_be_put_back(office: Office) -> None:
    step_id, browser = silent_since(office, NOON - timedelta(days=5)), office.browser()
    assert "Not heard from<span" in browser.get("/").text

    browser.post(f"/follow-ups/{step_id}/done", data={"note": "Called: happy"})
    office.browser("owner").post(f"/follow-ups/{step_id}/done")  # the first name stands

    page = browser.get("/not-heard-from").text
    assert "Everybody answered" in page
    assert "by Front Desk" in page
    assert "Called: happy" in browser.get(f"/threads/{office.thread_id}").text
    assert "Not heard from<span" not in browser.get("/").text
    assert acts(office) == ["followed_up"]
    browser.post(f"/follow-ups/{step_id}/again")
    assert "Write to Ana" in browser.get("/not-heard-from").text
    assert acts(office) == ["followed_up", "follow_up_reopened"]


def test_whom_somebody_asked_in_person_is_done_too(office: Office) -> None:
    due = NOON - timedelta(days=2)
    step_id = plan_step(office, step="retreatment", status="skipped", reason=NO_PROMO_CONSENT, due_at=due)

    answer = office.browser().post(f"/follow-ups/{step_id}/done", follow_redirects=True)

    assert "Nobody to ask" in answer.text
    assert "Put back" in answer.text


@pytest.mark.parametrize("act", ["done", "again"])
def test_a_follow_up_of_another_clinic_or_of_another_step_is_not_found(office: Office, act: str) -> None:
    silent, other_step = (
        silent_since(office, NOON - timedelta(days=5)),
        plan_step(office, step="exercise_over"),
    )

    assert office.browser("other_owner").post(f"/follow-ups/{silent}/{act}").status_code == 404
    assert office.browser().post(f"/follow-ups/{other_step}/{act}").status_code == 404


def acts(office: Office) -> list[str]:
    with office.database.read() as session:
        question = select(Audit.action).where(Audit.object_kind == "reminder").order_by(Audit.id)
        return list(session.scalars(question))


def test_who_may_not_be_texted_about_the_next_visit_is_to_be_asked(office: Office) -> None:
    plan_step(
        office, step="retreatment", status="skipped", reason=NO_PROMO_CONSENT, due_at=NOON - timedelta(days=2)
    )

    assert "Ana" in office.browser().get("/retreatment-due").text


@pytest.mark.parametrize("url", ["/reminders", "/reminders?show=held", "/retreatment-due", "/not-heard-from"])
def test_empty_lists_teach(office: Office, url: str) -> None:
    assert 'class="empty"' in office.browser().get(url).text


def test_lists_of_another_clinic_stay_apart(office: Office) -> None:
    plan_step(office)
    with office.database.read() as session:
        assert session.query(Client).filter_by(name="Ana").count() == 1

    assert "Ana" not in office.browser("other_owner").get("/reminders").text
