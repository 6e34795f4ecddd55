"""Writing a text through the gate: always a row, once per key, with the facts as they stand in the database."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from models.client import Client
from models.clinic import Clinic
from models.conversation import Conversation
from models.message import Message
from models.reminder import Reminder
from models.visit import Visit
from outbox.gate import Draft, enqueue
from outbox.kinds import Kind
from tests.support.factories import (
    CLIENT_NUMBER,
    NOON,
    OUR_NUMBER,
    STAFF_NUMBER,
    make_carrier_block,
    make_clinic_number,
    make_consent,
    make_inbound,
    make_outbound,
    make_staff,
)
from tests.support.sending import draft, drain, get, queue, queue_reminder
from tests.support.sending_desk import Desk

MINUTE = timedelta(minutes=1)


def answer(desk: Desk, session: Session, **values: object) -> Draft:
    given: dict[str, object] = {"body": "Yes.", "their_number": CLIENT_NUMBER}
    conversation = session.get_one(Conversation, desk.conversation_id)
    given["in_reply_to_id"] = make_inbound(session, conversation).id
    return draft(desk, Kind.FAQ, **(given | values))


def test_a_text_that_may_leave_is_queued(desk: Desk) -> None:
    message = get(desk, Message, queue(desk))
    conversation = get(desk, Conversation, desk.conversation_id)
    assert (message.state, message.priority, message.retry_at) == ("queued", 1, None)
    assert message.useful_until == NOON + timedelta(hours=2)
    assert conversation.last_message_at == NOON


def test_a_refused_text_is_a_row_with_its_reason(desk: Desk) -> None:
    with desk.database.write() as session:
        make_consent(session, session.get_one(Conversation, desk.conversation_id), "stopped", at=NOON)
        row = enqueue(session, answer(desk, session, reason={"rule": "faq", "note": "exercise"}), now=NOON)
        assert row.state == "refused"
        assert row.reason == {
            "rule": "faq",
            "decided": "exercise",
            "refused": "stopped",
            "note": "opted out on 3 March 2026",
        }


def test_the_same_key_gives_the_same_row(desk: Desk) -> None:
    with desk.database.write() as session:
        first = enqueue(session, answer(desk, session, dedupe_key="k"), now=NOON)
        second = enqueue(session, answer(desk, session, dedupe_key="k", body="other"), now=NOON)
        assert first.id == second.id
        assert first.body == "Yes."


def test_a_reminder_becomes_enqueued_with_its_text(desk: Desk) -> None:
    message_id, reminder_id = queue_reminder(desk)
    reminder, message = get(desk, Reminder, reminder_id), get(desk, Message, message_id)
    assert (reminder.status, reminder.message_id) == ("enqueued", message_id)
    assert message.useful_until == reminder.latest_at


def test_a_refused_reminder_says_so_and_does_not_wait(desk: Desk) -> None:
    message_id, reminder_id = queue_reminder(desk, purpose="promo")
    reminder = get(desk, Reminder, reminder_id)
    assert get(desk, Message, message_id).state == "refused"
    assert (reminder.status, reminder.closed_at) == ("cancelled", NOON)
    assert reminder.reason == "no written consent to promotional texts is on file"


def test_a_reminder_somebody_else_closed_stays_as_it_is(desk: Desk) -> None:
    message_id, reminder_id = queue_reminder(desk, status="held", reason="asked by the client")
    assert get(desk, Message, message_id).reason["refused"] == "reminder_closed"
    assert (get(desk, Reminder, reminder_id).status, get(desk, Reminder, reminder_id).reason) == (
        "held",
        "asked by the client",
    )


@pytest.mark.parametrize(
    ("hours", "entered_after", "sends"), [(8.5, 2, 1), (9, 2, 0), (8.5, 2.5, 0)], ids=str
)
def test_the_text_right_after_the_visit_may_leave_until_nine_in_the_evening(
    desk: Desk, hours: float, entered_after: float, sends: int
) -> None:
    desk.clock.move(hours=hours)  # 20:30, 21:00, 20:30
    at = desk.clock.at
    _, reminder_id = queue_reminder(desk, step="aftercare_now", due_at=at)
    with desk.database.write() as session:
        visit = session.get_one(Visit, session.get_one(Reminder, reminder_id).visit_id)
        visit.enrolled_at = visit.injected_at + timedelta(hours=entered_after)
    drain(desk)
    assert len(desk.carrier.sends) == sends


def test_a_text_written_by_a_person_quiets_the_bot(desk: Desk) -> None:
    queue(desk, Kind.STAFF)
    refused = get(desk, Message, queue(desk))
    assert (refused.state, refused.reason["refused"]) == ("refused", "person_wrote")


def test_caps_count_what_was_written_in_this_conversation(desk: Desk) -> None:
    ids = [queue(desk) for _ in range(6)]
    assert [get(desk, Message, row).state for row in ids] == ["queued"] * 5 + ["refused"]
    assert get(desk, Message, queue(desk, Kind.HELP)).state == "queued"
    desk.clock.move(minutes=10)
    assert get(desk, Message, queue(desk)).state == "queued"


def test_one_confirmation_even_where_stop_comes_twice(desk: Desk) -> None:
    for minute in (0, 1):
        with desk.database.write() as session:
            conversation = session.get_one(Conversation, desk.conversation_id)
            make_consent(session, conversation, "stopped", at=NOON + minute * MINUTE)
    desk.clock.move(minutes=1)
    first, second = queue(desk, Kind.OPT_OUT), queue(desk, Kind.OPT_OUT)
    assert get(desk, Message, first).state == "queued"
    assert get(desk, Message, second).reason["refused"] == "stop_confirmed_already"


def test_stop_after_start_is_confirmed_again(desk: Desk) -> None:
    with desk.database.write() as session:
        conversation = session.get_one(Conversation, desk.conversation_id)
        make_outbound(session, conversation, kind="opt_out", at=NOON - 10 * MINUTE)
        make_consent(session, conversation, "restarted", at=NOON - 5 * MINUTE)
        make_consent(session, conversation, "stopped", at=NOON)
    assert get(desk, Message, queue(desk, Kind.OPT_OUT)).state == "queued"


def block(desk: Desk, session: Session) -> None:
    make_carrier_block(session, session.get_one(Conversation, desk.conversation_id))


def erase(desk: Desk, session: Session) -> None:
    session.get_one(Conversation, desk.conversation_id).erased_at = NOON


def pause(desk: Desk, session: Session) -> None:
    session.get_one(Conversation, desk.conversation_id).paused_at = NOON


FACTS: dict[str, tuple[Callable[[Desk, Session], None], str]] = {
    "a block of the pair": (block, "carrier_block"),
    "an erasure": (erase, "erased"),
    "a pause": (pause, "paused"),
}


@pytest.mark.parametrize(("change", "code"), FACTS.values(), ids=FACTS)
def test_the_gate_sees(desk: Desk, change: Callable[[Desk, Session], None], code: str) -> None:
    with desk.database.write() as session:
        change(desk, session)
    assert get(desk, Message, queue(desk)).reason["refused"] == code


@pytest.mark.parametrize(
    ("number", "code"),
    [("72345", "not_a_phone"), ("MYBANK", "not_a_phone"), (OUR_NUMBER, "our_own_number")],
)
def test_the_gate_sees_what_the_other_end_is(desk: Desk, number: str, code: str) -> None:
    row = get(desk, Message, queue(desk, their_number=number))
    assert row.reason["refused"] == code


def test_another_persons_text_gives_no_right_to_an_answer(desk: Desk) -> None:
    """The exemption is for the number's own text, to this clinic."""
    with desk.database.write() as session:
        conversation = session.get_one(Conversation, desk.conversation_id)
        make_consent(session, conversation, "stopped", at=NOON)
        other = make_inbound(session, conversation, kind="red_flag", their_number="+15735550143")
        row = enqueue(
            session,
            draft(desk, Kind.RED_FLAG, body="Call 911", their_number=CLIENT_NUMBER, in_reply_to_id=other.id),
            now=NOON,
        )
        assert row.reason["refused"] == "stopped"


def test_an_acknowledgement_to_a_staff_phone_needs_no_conversation(desk: Desk) -> None:
    with desk.database.write() as session:
        make_staff(session, session.get_one(Clinic, desk.clinic_id), phone=STAFF_NUMBER)
    row = queue(
        desk,
        Kind.STAFF_ACK,
        conversation_id=None,
        their_number=STAFF_NUMBER,
        in_reply_to_id=None,
    )
    assert get(desk, Message, row).state == "queued"


def test_a_mark_on_one_client_of_the_number_stops_promotion_to_that_client(desk: Desk) -> None:
    with desk.database.write() as session:
        conversation = session.get_one(Conversation, desk.conversation_id)
        make_consent(session, conversation, "granted", "promo")
        session.get_one(Client, desk.client_id).do_not_promote = True
    message_id, _ = queue_reminder(desk, purpose="promo")
    assert get(desk, Message, message_id).reason["refused"] == "do_not_promote"


def test_consent_that_cannot_be_read_writes_nothing(desk: Desk) -> None:
    with desk.database.write() as session:
        session.connection().exec_driver_sql("UPDATE consent_event SET at = 'infinity'")
    with pytest.raises((ValueError, DataError), match=r"infinity|too large"):
        queue(desk)
    with desk.database.read() as session:
        assert session.query(Message).count() == 0


def test_a_second_number_has_its_own_block(desk: Desk) -> None:
    with desk.database.write() as session:
        block(desk, session)
        clinic = session.get_one(Clinic, desk.clinic_id)
        other = make_clinic_number(session, clinic, number="+15735550101").id
    assert get(desk, Message, queue(desk, clinic_number_id=other)).state == "queued"
