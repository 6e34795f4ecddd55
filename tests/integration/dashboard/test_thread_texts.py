"""One text of a conversation: sent again where that can help, dealt with, and never answered twice unawares."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.rules import NOTHING_FOUND
from models.audit import has_audit
from models.client import clients_of
from models.conversation import Conversation, lock_conversation
from models.message import Message
from models.thread import thread_messages
from tests.support.dashboard import Office
from tests.support.engines import ON_BOTH
from tests.support.factories import make_client, make_consent, make_inbound, make_outbound
from tests.support.waiting import count_waiting, until

UNREACHABLE, LANDLINE = 30003, 30006  # may pass; will not


def fail(office: Office, *, kind: str = "staff", code: int | None = UNREACHABLE) -> int:
    """A text to Ana that did not arrive; its id."""
    with office.database.write() as session:
        thread = session.get_one(Conversation, office.thread_id)
        values: dict[str, Any] = {"status": "undelivered", "error_code": code, "state": "sent"}
        return make_outbound(session, thread, "See you at ten", kind=kind, at=office.now, **values).id


def post(office: Office, text_id: int, act: str, role: str = "front_desk") -> str:
    address = f"/threads/{office.thread_id}/texts/{text_id}/{act}"
    answer = office.browser(role).post(address, follow_redirects=True)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def copies(office: Office) -> list[tuple[str, str]]:
    with office.database.read() as session:
        question = select(Message).where(Message.conversation_id == office.thread_id, Message.kind == "staff")
        return [(text.body, text.state) for text in session.scalars(question.order_by(Message.id))]


def not_delivered(office: Office) -> bool:
    return "Ana" in office.browser().get("/inbox/rows?tab=not_delivered").get_data(as_text=True)


def test_a_text_that_did_not_arrive_is_sent_again_once(office: Office) -> None:
    text_id = fail(office)
    assert not_delivered(office)

    said = post(office, text_id, "again")
    post(office, text_id, "again")

    assert "on its way again" in said
    assert copies(office) == [("See you at ten", "sent"), ("See you at ten", "queued")]
    assert not not_delivered(office)


@pytest.mark.parametrize(("kind", "code"), [("staff", LANDLINE), ("reminder", UNREACHABLE)])
def test_where_sending_again_cannot_help_it_is_not_offered(office: Office, kind: str, code: int) -> None:
    text_id = fail(office, kind=kind, code=code)

    shown = office.browser().get(f"/threads/{office.thread_id}").get_data(as_text=True)
    said = post(office, text_id, "again")

    assert ">Send again<" not in shown
    assert ">Dealt with<" in shown
    assert "would not help" in said
    assert not_delivered(office)


def test_sending_again_passes_the_gate(office: Office) -> None:
    text_id = fail(office)
    with office.database.write() as session:
        make_consent(session, session.get_one(Conversation, office.thread_id), "stopped", at=office.now)

    assert "Not sent" in post(office, text_id, "again")
    assert copies(office)[-1] == ("See you at ten", "refused")


def test_what_was_dealt_with_leaves_the_list(office: Office) -> None:
    text_id = fail(office, kind="reminder", code=LANDLINE)

    post(office, text_id, "seen")

    assert not not_delivered(office)


@pytest.mark.parametrize("act", ["undo", "settle", "again", "seen"])
def test_a_text_of_another_clinic_or_thread_is_not_found(office: Office, act: str) -> None:
    text_id = fail(office)
    elsewhere = f"/threads/{office.other_thread_id}/texts/{text_id}/{act}"

    own = office.browser("other_owner").post(elsewhere, data={"choice": "marked_sent"})
    foreign = office.browser().post(elsewhere, data={"choice": "marked_sent"})

    assert (own.status_code, foreign.status_code) == (404, 404)


def reply(office: Office, role: str, body: str, seen: int) -> tuple[int, str]:
    form = {"body": body, "form_token": body, "seen": str(seen)}
    answer = office.browser(role).post(f"/threads/{office.thread_id}/reply", data=form)
    return answer.status_code, answer.get_data(as_text=True)


def newest(office: Office) -> int:
    with office.database.read() as session:
        question = select(Message.id).where(Message.conversation_id == office.thread_id)
        return max(session.scalars(question))


@ON_BOTH
def test_three_clicks_at_once_are_one_text(office: Office) -> None:
    browsers, start = [office.browser() for _click in range(3)], Barrier(4)

    def click(browser: FlaskClient) -> int:
        start.wait(60)
        form = {"body": "Once", "form_token": "same"}
        return browser.post(f"/threads/{office.thread_id}/reply", data=form).status_code

    with ThreadPoolExecutor(3) as pool:
        with office.database.write() as session:
            lock_conversation(session, office.thread_id)
            clicks = [pool.submit(click, browser) for browser in browsers]
            start.wait(60)
            if not office.database.is_sqlite:  # each has looked for the text of this form and found none
                until(lambda: count_waiting(office.database) == 3)
        answers = [each.result(60) for each in clicks]

    assert answers == [303, 303, 303]
    assert copies(office) == [("Once", "queued")]


@ON_BOTH
def test_a_second_answer_asks_first_when_a_colleague_was_faster(office: Office) -> None:
    seen = newest(office)
    reply(office, "clinician", "Yes, at ten.", seen)

    status, answer = reply(office, "front_desk", "No, at noon.", seen)

    assert status == 422
    assert "Clinician answered while you were writing" in answer
    assert "No, at noon." in answer
    assert f'name="seen" value="{newest(office)}"' in answer
    assert reply(office, "front_desk", "No, at noon.", newest(office))[0] == 303
    assert [body for body, _state in copies(office)] == ["Yes, at ten.", "No, at noon."]


def test_ones_own_earlier_reply_and_one_taken_back_ask_nothing(office: Office) -> None:
    seen = newest(office)
    reply(office, "front_desk", "First", seen)
    assert reply(office, "front_desk", "Second", seen)[0] == 303
    reply(office, "clinician", "Third", newest(office))
    post(office, newest(office), "undo", "clinician")

    assert reply(office, "front_desk", "Fourth", seen)[0] == 303


@pytest.mark.parametrize(
    ("bodies", "waits_for"),
    [
        ([""], "Sent a photo"),
        (["", ""], "Sent a photo"),
        (["Where do I park?", ""], "Nothing in the text matches a topic of the clinic"),
    ],
)
def test_a_photo_without_words_waits_as_a_photo(office: Office, bodies: list[str], waits_for: str) -> None:
    later = office.now + timedelta(minutes=1)
    with office.database.write() as session:
        thread = session.get_one(Conversation, office.thread_id)
        thread.waiting_since, thread.waiting_reason = later, NOTHING_FOUND
        for body in bodies:
            urls = [] if body else ["https://carrier.example/1"]
            reason = {"note": NOTHING_FOUND}
            make_inbound(session, thread, body, kind="handover", at=later, media_urls=urls, reason=reason)
        text_id = thread_messages(session, thread.id)[-1].id

    shown = office.browser().get(f"/threads/{office.thread_id}").text
    why = office.browser().get(f"/texts/{text_id}/correct").text

    assert f"</strong>: {waits_for}." in shown
    assert "<p>Sent a photo." in shown
    assert NOTHING_FOUND.capitalize() not in why


@pytest.fixture
def shared(office: Office) -> tuple[Office, int, int]:
    """Ana and Bea on one phone: the office, Bea's id, and the text nobody knows whose it is."""
    with office.database.write() as session:
        bea = make_client(session, session.get_one(Conversation, office.thread_id), name="Bea")
        return office, bea.id, thread_messages(session, office.thread_id)[0].id


def say_about(office: Office, text_id: int, client_id: int | str) -> str:
    address = f"/threads/{office.thread_id}/texts/{text_id}/about"
    return office.browser().post(address, data={"client": str(client_id)}, follow_redirects=True).text


def client_of(office: Office, text_id: int) -> int | None:
    with office.database.read() as session:
        return session.get_one(Message, text_id).client_id


def test_on_a_shared_phone_staff_say_whom_a_text_is_about(shared: tuple[Office, int, int]) -> None:
    office, bea, text_id = shared
    assert "About whom?" in office.browser().get(f"/threads/{office.thread_id}").text

    shown = say_about(office, text_id, bea)

    assert client_of(office, text_id) == bea
    assert "<span>Bea</span>" in re.sub(r"<span +>", "<span>", shown)
    assert "Not about Bea" in shown
    with office.database.read() as session:
        assert has_audit(session, clinic_id=office.clinic_id, action="text_about")
    say_about(office, text_id, "")
    assert client_of(office, text_id) is None


def test_a_text_is_about_nobody_who_does_not_share_the_phone(shared: tuple[Office, int, int]) -> None:
    office, _, text_id = shared
    with office.database.read() as session:
        zoe = clients_of(session, office.other_thread_id)[0].id

    assert "does not share this phone" in say_about(office, text_id, zoe)
    assert client_of(office, text_id) is None


def test_a_phone_of_one_client_asks_nothing(office: Office) -> None:
    assert "About whom?" not in office.browser().get(f"/threads/{office.thread_id}").text
