"""Staff at one conversation: reply, undo, note, hand over, snooze, close; what is refused is said."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

import clock
from desk.replies import UNDO
from models.alert import Alert
from models.client import find_client
from models.conversation import Conversation
from models.desk import Draft, Note
from models.message import Message
from models.thread import draft_of
from tests.support.dashboard import Office
from tests.support.factories import make_alert, make_consent, make_outbound, make_visit

CHICAGO = ZoneInfo("America/Chicago")


def thread(office: Office) -> Conversation:
    with office.database.read() as session:
        return session.get_one(Conversation, office.thread_id)


def texts(office: Office, kind: str = "staff") -> list[Message]:
    with office.database.read() as session:
        question = select(Message).where(Message.conversation_id == office.thread_id, Message.kind == kind)
        return list(session.scalars(question.order_by(Message.id)))


def post(office: Office, action: str, role: str = "front_desk", **fields: str) -> tuple[int, str]:
    answer = office.browser(role).post(f"/threads/{office.thread_id}/{action}", data=fields)
    return answer.status_code, answer.get_data(as_text=True)


def page(office: Office, role: str = "front_desk") -> str:
    answer = office.browser(role).get(f"/threads/{office.thread_id}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_reply_waits_ten_seconds_and_takes_the_thread(office: Office) -> None:
    status, _ = post(office, "reply", body="Hi Ana, all fine.", form_token="t1")

    (sent,) = texts(office)
    assert (status, sent.body, sent.state) == (303, "Hi Ana, all fine.", "queued")
    assert sent.send_after is not None
    assert timedelta() < sent.send_after - sent.created_at <= UNDO
    assert thread(office).waiting_since is None
    assert thread(office).assigned_staff_id == office.staff_ids["front_desk"]


def test_a_double_click_is_one_text(office: Office) -> None:
    browser = office.browser()
    for _click in range(3):
        browser.post(f"/threads/{office.thread_id}/reply", data={"body": "Once", "form_token": "same"})

    assert len(texts(office)) == 1


def test_undo_takes_the_reply_back_into_the_box(office: Office) -> None:
    post(office, "reply", body="Too hasty", form_token="t1")

    post(office, f"texts/{texts(office)[0].id}/undo")

    assert texts(office)[0].state == "cancelled"
    with office.database.read() as session:
        draft = draft_of(session, conversation_id=office.thread_id, staff_id=office.staff_ids["front_desk"])
    assert draft is not None
    assert draft.body == "Too hasty"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("   ", "Write a few words"),
        ("x" * 1601, "at most 1600"),
        ("Hi {client_name}, see {nothing}", "nothing"),
    ],
)
def test_a_reply_that_cannot_go_keeps_its_words_and_says_why(office: Office, body: str, says: str) -> None:
    status, answer = post(office, "reply", body=body, form_token="t1")

    assert status == 422
    assert says in answer
    assert body.strip()[:20] in answer
    assert not texts(office)


def test_an_opted_out_client_cannot_be_texted_and_the_page_says_the_way_back(office: Office) -> None:
    with office.database.write() as session:
        make_consent(session, session.get_one(Conversation, office.thread_id), "stopped", at=office.now)

    shown = page(office)
    post(office, "reply", body="Hello?", form_token="t1")

    assert "You cannot text here." in shown
    assert "START" in shown
    assert "<textarea" not in shown
    assert [text.state for text in texts(office)] == ["refused"]


def test_a_note_is_never_sent(office: Office) -> None:
    post(office, "reply", body="Sounds worried", form_token="t1", **{"as": "note"})

    with office.database.read() as session:
        assert [note.body for note in session.scalars(select(Note))] == ["Sounds worried"]
    assert not texts(office)
    assert "not sent" in page(office)


def test_handing_over_to_a_colleague_asks_for_a_note(office: Office) -> None:
    owner = str(office.staff_ids["owner"])

    post(office, "assign", to=owner, note="")
    assert thread(office).assigned_staff_id is None
    post(office, "assign", to=owner, note="needs a dose decision")

    assert thread(office).assigned_staff_id == office.staff_ids["owner"]
    assert "needs a dose decision" in page(office)


def test_a_thread_is_never_handed_to_another_clinic(office: Office) -> None:
    post(office, "assign", to=str(office.staff_ids["other_owner"]), note="please")

    assert thread(office).assigned_staff_id is None


@pytest.mark.parametrize("choice", ["later_today", "tomorrow", "next_week"])
def test_a_snoozed_thread_leaves_the_list_and_comes_back(office: Office, choice: str) -> None:
    post(office, "snooze", **{"for": choice})

    until = thread(office).snoozed_until
    assert until is not None
    assert until > office.now
    assert "Ana" not in office.browser().get("/inbox/rows?tab=needs_reply").get_data(as_text=True)
    assert "Ana" in office.browser().get("/inbox/rows?tab=snoozed").get_data(as_text=True)
    with office.database.write() as session:
        clock.advance_to(session, until + timedelta(seconds=1))
    assert "Ana" in office.browser().get("/inbox/rows?tab=needs_reply").get_data(as_text=True)


def test_a_thread_with_an_open_alert_cannot_be_closed(office: Office) -> None:
    with office.database.write() as session:
        session.add(
            Alert(
                clinic_id=office.clinic_id,
                conversation_id=office.thread_id,
                kind="red_flag",
                code="K7",
                opened_at=office.now,
            )
        )

    post(office, "close")

    assert thread(office).status == "open"
    assert "URGENT" in office.browser().get("/inbox/rows?tab=urgent").get_data(as_text=True)
    assert "Nobody has taken it yet" in page(office)


def test_reading_a_thread_is_written_down_once_an_hour(office: Office) -> None:
    from models.audit import Audit

    page(office)
    page(office)

    with office.database.read() as session:
        reads = session.scalars(select(Audit).where(Audit.action == "read thread")).all()
    assert [(read.actor, read.object_id) for read in reads] == [
        (f"staff:{office.staff_ids['front_desk']}", office.thread_id)
    ]


def test_a_colleague_who_types_is_shown(office: Office) -> None:
    post(office, "presence", role="owner", typing="1", body="I'll answer")

    assert "Owner is writing a reply" in page(office)
    with office.database.read() as session:
        assert [draft.body for draft in session.scalars(select(Draft))] == ["I'll answer"]


def test_a_page_that_has_everything_is_told_so(office: Office) -> None:
    browser = office.browser()
    browser.get(f"/threads/{office.thread_id}")
    first = browser.get(f"/threads/{office.thread_id}/texts")

    again = browser.get(f"/threads/{office.thread_id}/texts?have={first.headers['X-Fragment-Mark']}")

    assert (first.status_code, again.status_code) == (200, 204)


def test_a_held_send_is_settled_by_a_person(office: Office) -> None:
    with office.database.write() as session:
        conversation = session.get_one(Conversation, office.thread_id)
        held = make_outbound(
            session, conversation, "Did this go?", kind="staff", state="review", at=office.now
        )
        held_id = held.id

    assert "Ana" in office.browser().get("/inbox/rows?tab=review").get_data(as_text=True)
    post(office, f"texts/{held_id}/settle", choice="sent_again")

    assert [(text.body, text.state) for text in texts(office)] == [
        ("Did this go?", "cancelled"),
        ("Did this go?", "queued"),
    ]


def test_words_of_a_client_are_shown_and_never_run(office: Office) -> None:
    from tests.support.factories import make_inbound

    with office.database.write() as session:
        conversation = session.get_one(Conversation, office.thread_id)
        make_inbound(session, conversation, "<script>alert(1)</script>{{7*7}}", at=office.now)

    shown = page(office)

    assert "<script>alert(1)" not in shown
    assert "&lt;script&gt;alert(1)" in shown
    assert "{{7*7}}" in shown


def test_a_thread_sleeps_until_the_morning_of_day_14(office: Office) -> None:
    with office.database.write() as session:
        make_visit(session, find_client(session, office.client_id), at=office.now - timedelta(days=3))
    assert "Day 14 check" in page(office)

    post(office, "snooze", **{"for": "check_in"})

    until = thread(office).snoozed_until
    assert until is not None
    assert until.astimezone(CHICAGO).hour == 9
    assert 10 <= (until - office.now).days <= 11
    assert "Back " in page(office)


def test_day_14_is_not_offered_where_it_has_passed_or_nobody_was_treated(office: Office) -> None:
    assert "Day 14 check" not in page(office)
    with office.database.write() as session:
        make_visit(session, find_client(session, office.client_id), at=office.now - timedelta(days=30))

    assert "Day 14 check" not in page(office)
    post(office, "snooze", **{"for": "check_in"})
    assert thread(office).snoozed_until is None


def test_an_urgent_thread_cannot_be_put_to_sleep(office: Office) -> None:
    with office.database.write() as session:
        make_alert(session, session.get_one(Conversation, office.thread_id))

    post(office, "snooze", **{"for": "tomorrow"})

    assert thread(office).snoozed_until is None


def test_a_reply_can_wait_until_the_clinic_opens(office: Office) -> None:
    opens_at = re.search(r'name="clinic_opens_at" value="([^"]+)"', page(office))
    assert opens_at

    post(office, "reply", body="See you", form_token="t1", when="clinic_opening", clinic_opens_at=opens_at[1])

    (sent,) = texts(office)
    assert sent.send_after is not None
    assert sent.send_after == datetime.fromisoformat(opens_at[1])
    local = sent.send_after.astimezone(CHICAGO)
    assert (local.hour, local.minute) == (9, 0)
    assert local.weekday() < 5


def test_moments_say_day_time_and_zone_to_the_pointer(office: Office) -> None:
    assert re.search(r'title="[A-Z][a-z]{2} \d+ [A-Z][a-z]{2} \d{4}, \d+:\d\d [ap]m C[SD]T"', page(office))


def test_at_night_a_reply_waits_for_the_morning_unless_the_client_just_wrote(office: Office) -> None:
    assert "Send now anyway" not in page(office)  # Ana wrote a moment ago
    with office.database.write() as session:
        tomorrow_night = datetime.combine(
            office.now.astimezone(CHICAGO).date() + timedelta(days=2), time(23), CHICAGO
        )
        clock.advance_to(session, tomorrow_night)
        session.get_one(Conversation, office.thread_id).last_inbound_at = office.now

    shown = page(office)
    opens_at = re.search(r'name="opens_at" value="([^"]+)"', shown)
    assert opens_at
    assert "Send tomorrow 9:00 am" in shown
    assert "Send now anyway" in shown
    post(office, "reply", body="Good morning", form_token="t1", when="opening", opens_at=opens_at[1])

    assert texts(office)[0].send_after == datetime.fromisoformat(opens_at[1])
