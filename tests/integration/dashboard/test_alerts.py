"""An alert ends only by a named person who says how, and chooses what becomes of the planned texts."""

from datetime import timedelta
from typing import Any

import pytest

from bot.red_flag_alarm import DOUBTED
from dashboard.fragments import FORM_TOKEN
from models.alert import Alert
from models.audit import Audit
from models.client import find_client
from models.conversation import Conversation
from models.installation import machine_now
from models.reminder import Reminder
from tests.support.dashboard import Office
from tests.support.factories import make_alert, make_inbound, make_reminder, make_visit


def opened(office: Office, *, other_clinic: bool = False, **values: Any) -> int:
    thread_id = office.other_thread_id if other_clinic else office.thread_id
    with office.database.write() as session:
        thread = session.get_one(Conversation, thread_id)
        text = make_inbound(session, thread, "My eyelid droops", kind="red_flag", at=office.now)
        return make_alert(session, thread, message_id=text.id, opened_at=office.now, **values).id


def alert(office: Office, alert_id: int) -> Alert:
    with office.database.read() as session:
        return session.get_one(Alert, alert_id)


def thread(office: Office) -> Conversation:
    with office.database.read() as session:
        return session.get_one(Conversation, office.thread_id)


def held_step(office: Office) -> int:
    with office.database.write() as session:
        visit = make_visit(session, find_client(session, office.client_id), at=office.now - timedelta(days=1))
        due = office.now + timedelta(days=13)
        row = make_reminder(session, visit, due_at=due, status="held", held_by="alert")
        return row.id


def step(office: Office, reminder_id: int) -> Reminder:
    with office.database.read() as session:
        return session.get_one(Reminder, reminder_id)


def close(office: Office, alert_id: int, role: str = "front_desk", **form: str) -> Any:
    given = {"outcome": "Called; all is well.", "reminders": "resume"}
    return office.browser(role).post(f"/alerts/{alert_id}/close", data=given | form)


def test_an_alert_about_what_may_be_an_emergency_says_so_and_that_no_words_were_sent(office: Office) -> None:
    alert_id = opened(office, kind="urgent_now", note=DOUBTED)

    for page in ("/alerts", f"/alerts/{alert_id}"):
        shown = office.browser().get(page).get_data(as_text=True)
        assert DOUBTED in shown
        assert "Perhaps an emergency" in shown.replace(DOUBTED, "")


def test_open_alerts_come_first_and_the_navigation_counts_them(office: Office) -> None:
    opened(office, code="A1", closed_at=office.now, closed_by="Kim", outcome="Called.")
    opened(office, code="B2")
    opened(office, other_clinic=True, code="Z9")

    page = FORM_TOKEN.sub("", office.browser().get("/alerts").get_data(as_text=True))  # chance letters

    assert page.index("B2") < page.index("A1")
    assert "Z9" not in page
    assert "Nobody has taken it." in page


def test_all_clear_says_when_it_was_checked(office: Office) -> None:
    assert "All clear" in office.browser().get("/alerts").get_data(as_text=True)


def test_taking_an_alert_names_the_person_and_stops_the_phones(office: Office) -> None:
    alert_id = opened(office)

    answer = office.browser().post(f"/alerts/{alert_id}/acknowledge")

    row = alert(office, alert_id)
    assert answer.headers["Location"] == f"/threads/{office.thread_id}"
    assert (row.acknowledged_by, row.next_page_at, row.closed_at) == ("Front Desk", None, None)
    assert thread(office).assigned_staff_id == office.staff_ids["front_desk"]


def test_the_first_name_stands(office: Office) -> None:
    alert_id = opened(office)
    office.browser().post(f"/alerts/{alert_id}/acknowledge")

    answer = office.browser("owner").post(f"/alerts/{alert_id}/acknowledge", follow_redirects=True)

    assert alert(office, alert_id).acknowledged_by == "Front Desk"
    assert "Front Desk has it already." in answer.get_data(as_text=True)


def test_handing_over_needs_a_colleague_and_a_note_and_starts_the_clock_again(office: Office) -> None:
    alert_id = opened(office)
    office.browser().post(f"/alerts/{alert_id}/acknowledge")
    form = {"to": str(office.staff_ids["clinician"]), "note": "She wants a clinician to call."}

    answer = office.browser().post(f"/alerts/{alert_id}/hand-over", data=form)

    row = alert(office, alert_id)
    assert answer.status_code == 303
    assert (row.acknowledged_by, row.closed_at) == (None, None)
    assert row.outcome == "Handed by Front Desk to Clinician: She wants a clinician to call."
    assert thread(office).assigned_staff_id == office.staff_ids["clinician"]
    with office.database.read() as session:
        waits = (row.next_page_at or office.now) - machine_now(session)
    assert timedelta(minutes=4) < waits <= timedelta(minutes=5)


@pytest.mark.parametrize(
    ("to", "note", "says"),
    [
        ("", "look", "Choose the colleague"),
        ("other_owner", "look", "Choose the colleague"),
        ("front_desk", "look", "press “I am on it”"),
        ("clinician", "  ", "Say in a few words"),
    ],
)
def test_handing_over_to_nobody_or_without_a_word_is_refused(
    office: Office, to: str, note: str, says: str
) -> None:
    alert_id = opened(office)
    form = {"to": str(office.staff_ids.get(to, "")), "note": note}

    answer = office.browser().post(f"/alerts/{alert_id}/hand-over", data=form)

    assert (answer.status_code, says in answer.get_data(as_text=True)) == (422, True)
    assert alert(office, alert_id).outcome is None


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"outcome": "   "}, "Write how it ended"),
        ({"reminders": ""}, "resume or cancel"),
        ({"reminders": "perhaps"}, "resume or cancel"),
    ],
)
def test_handled_needs_an_outcome_and_a_choice_and_keeps_what_was_typed(
    office: Office, form: dict[str, str], says: str
) -> None:
    alert_id = opened(office)

    answer = close(office, alert_id, **form)

    page = answer.get_data(as_text=True)
    assert (answer.status_code, says in page) == (422, True)
    assert ("Called; all is well." in page) == ("outcome" not in form)
    assert alert(office, alert_id).closed_at is None


@pytest.mark.parametrize(("choice", "status"), [("resume", "planned"), ("cancel", "cancelled")])
def test_closing_settles_the_texts_it_held(office: Office, choice: str, status: str) -> None:
    alert_id, step_id = opened(office), held_step(office)

    answer = close(office, alert_id, reminders=choice)

    row = alert(office, alert_id)
    assert answer.status_code == 303
    assert (row.closed_by, row.outcome, row.reminders_choice) == (
        "Front Desk",
        "Called; all is well.",
        choice,
    )
    assert step(office, step_id).status == status


def test_while_another_alert_is_open_nothing_resumes(office: Office) -> None:
    first, step_id = opened(office, code="A1"), held_step(office)
    opened(office, code="B2")

    close(office, first)

    assert step(office, step_id).status == "held"


@pytest.mark.parametrize(("wrote_again", "waits"), [(False, False), (True, True)])
def test_who_wrote_again_after_it_was_taken_still_waits(
    office: Office, wrote_again: bool, waits: bool
) -> None:
    alert_id = opened(office)
    office.browser().post(f"/alerts/{alert_id}/acknowledge")
    if wrote_again:
        with office.database.write() as session:
            later = office.now + timedelta(minutes=5)
            make_inbound(session, session.get_one(Conversation, office.thread_id), "And now?", at=later)

    close(office, alert_id)

    assert (thread(office).waiting_since is not None) == waits


def test_a_handled_alert_stays_handled(office: Office) -> None:
    alert_id = opened(office)
    close(office, alert_id)

    again = close(office, alert_id, "owner", outcome="No, I did.")
    taken = office.browser("owner").post(f"/alerts/{alert_id}/acknowledge")
    given = office.browser().post(
        f"/alerts/{alert_id}/hand-over", data={"to": str(office.staff_ids["owner"]), "note": "x"}
    )

    row = alert(office, alert_id)
    assert (again.status_code, taken.status_code, given.status_code) == (422, 303, 422)
    assert (row.closed_by, row.outcome) == ("Front Desk", "Called; all is well.")


def test_an_alert_without_a_thread_is_closed_without_a_choice(office: Office) -> None:
    alert_id = opened(office, kind="system", note="Automatic texts are held.")
    with office.database.write() as session:
        session.get_one(Alert, alert_id).conversation_id = None

    answer = close(office, alert_id, reminders="")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/alerts")
    assert alert(office, alert_id).closed_at is not None


def test_the_page_shows_the_text_and_reading_it_is_audited(office: Office) -> None:
    alert_id = opened(office, note="the client did NOT get our instruction: call now")

    page = office.browser().get(f"/alerts/{alert_id}").get_data(as_text=True)

    assert "My eyelid droops" in page
    assert "did NOT get our instruction" in page
    with office.database.read() as session:
        assert session.query(Audit).filter_by(action="read thread").count() == 1


@pytest.mark.parametrize("path", ["", "/acknowledge", "/hand-over", "/close"])
def test_an_alert_of_another_clinic_does_not_exist(office: Office, path: str) -> None:
    alert_id = opened(office, other_clinic=True)
    browser = office.browser("owner")

    answer = browser.post(f"/alerts/{alert_id}{path}") if path else browser.get(f"/alerts/{alert_id}")

    assert answer.status_code == 404
    assert alert(office, alert_id).acknowledged_at is None


@pytest.mark.parametrize("path", ["/alerts", "/alerts/1"])
def test_nobody_sees_alerts_without_signing_in(office: Office, path: str) -> None:
    assert office.browser(None).get(path).status_code == 302
