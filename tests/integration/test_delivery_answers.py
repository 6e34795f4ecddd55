"""What each answer of the carrier leads to: wait, refuse, stop all, tell staff.

The scripted carrier's log is the oracle.
"""

from datetime import timedelta

from carriers.base import OutboundText, Outcome, SendResult
from carriers.error_codes import explain
from models.alert import Alert
from models.consent_event import CarrierBlock, ConsentEvent
from models.conversation import Conversation
from models.installation import installation
from models.message import Message
from models.reminder import Reminder
from outbox.alarm import NOT_TOLD
from outbox.kinds import Kind
from outbox.stop import probe, resume_sending
from tests.support.factories import (
    make_alert,
)
from tests.support.sending import REFUSED, UNKNOWN, drain, get, live, queue, queue_reminder
from tests.support.sending_desk import Desk

RETRY = SendResult(Outcome.REJECTED_RETRY, error_code=20429, retry_after=timedelta(seconds=7))
OPTED_OUT = SendResult(Outcome.REJECTED_FINAL, error_code=21610)
BAD_LOGIN = SendResult(Outcome.CREDENTIALS, error_code=20003)


def test_too_many_requests_wait_as_long_as_the_carrier_says(desk: Desk) -> None:
    message_id = queue(desk)
    other = queue(desk)
    desk.carrier.script(RETRY)
    drain(desk)
    assert len(desk.carrier.sends) == 1
    desk.clock.move(seconds=6)
    assert drain(desk) == 0
    desk.clock.move(seconds=1)
    drain(desk)
    assert {get(desk, Message, row).state for row in (message_id, other)} == {"sent"}
    assert len(desk.carrier.sends) == 3


def test_a_carrier_out_of_reach_is_tried_less_and_less_often(desk: Desk) -> None:
    queue_reminder(desk)
    desk.carrier.script(*[SendResult(Outcome.REJECTED_RETRY)] * 100)
    live(desk, 300)
    assert 3 <= len(desk.carrier.sends) <= 12


def test_a_refusal_for_good_is_shown_in_plain_words(desk: Desk) -> None:
    message_id, reminder_id = queue_reminder(desk)
    desk.carrier.script(REFUSED)
    live(desk, 30)
    message, conversation = get(desk, Message, message_id), get(desk, Conversation, desk.conversation_id)
    plain = explain(21211).plain
    assert len(desk.carrier.sends) == 1
    assert (message.state, message.status, message.error_code) == ("refused", "failed", 21211)
    assert message.reason == {"refused": "carrier_refused", "note": plain}
    assert get(desk, Reminder, reminder_id).status == "cancelled"
    assert conversation.waiting_reason == f"not sent: {plain}"[:200]


def test_21610_is_learnt_as_a_block_of_the_pair_and_is_not_consent(desk: Desk) -> None:
    queue(desk)
    desk.carrier.script(OPTED_OUT)
    drain(desk)
    second = queue(desk)
    with desk.database.read() as session:
        assert session.query(CarrierBlock).count() == 1
        assert session.query(ConsentEvent).count() == 1
    assert get(desk, Message, second).reason["refused"] == "carrier_block"


def test_a_refused_emergency_instruction_is_written_on_the_alert(desk: Desk) -> None:
    message_id = queue(desk, Kind.RED_FLAG)
    with desk.database.write() as session:
        inbound_id = session.get_one(Message, message_id).in_reply_to_id
        conversation = session.get_one(Conversation, desk.conversation_id)
        alert_id = make_alert(session, conversation, message_id=inbound_id, note="kept").id
    desk.carrier.script(OPTED_OUT)
    drain(desk)
    assert get(desk, Alert, alert_id).note == f"{NOT_TOLD}\nkept"


def test_a_lost_answer_is_on_the_alert_until_the_resend_is_taken(desk: Desk) -> None:
    message_id = queue(desk, Kind.RED_FLAG)
    with desk.database.write() as session:
        inbound_id = session.get_one(Message, message_id).in_reply_to_id
        conversation = session.get_one(Conversation, desk.conversation_id)
        alert_id = make_alert(session, conversation, message_id=inbound_id).id
    desk.carrier.script(UNKNOWN)
    drain(desk)
    assert get(desk, Alert, alert_id).note == NOT_TOLD
    desk.clock.move(seconds=2)
    drain(desk)
    assert get(desk, Alert, alert_id).note is None


def test_refused_credentials_stop_everything_and_fail_nothing(desk: Desk) -> None:
    first, second = queue(desk), queue(desk, Kind.RED_FLAG)
    desk.carrier.script(BAD_LOGIN)
    assert drain(desk) == 1
    desk.clock.move(minutes=5)
    assert drain(desk) == 0
    with desk.database.read() as session:
        notes = [alert.note for alert in session.query(Alert).all()]
        assert installation(session).sending_stopped_since is not None
    assert notes == [explain(20003).plain]
    assert [get(desk, Message, row).state for row in (first, second)] == ["queued", "queued"]


def test_sending_goes_on_when_a_probe_is_answered(desk: Desk) -> None:
    queue(desk, Kind.RED_FLAG)
    desk.carrier.script(BAD_LOGIN)
    drain(desk)
    desk.carrier.is_list_down = True
    assert not probe(desk.database, desk.carrier, clocks=desk.clock.clocks())
    desk.carrier.is_list_down = False
    assert probe(desk.database, desk.carrier, clocks=desk.clock.clocks())
    assert drain(desk) == 1
    assert len(desk.carrier.accepted) == 1


def test_an_unregistered_number_stops_sending_until_a_person_resumes(desk: Desk) -> None:
    message_id = queue(desk)
    desk.carrier.script(SendResult(Outcome.REJECTED_FINAL, error_code=30034))
    drain(desk)
    assert not probe(desk.database, desk.carrier, clocks=desk.clock.clocks())
    assert get(desk, Message, message_id).state == "queued"
    with desk.database.write() as session:
        resume_sending(session)
    drain(desk)
    assert get(desk, Message, message_id).state == "sent"


def test_a_carrier_that_raises_is_an_unknown_outcome(desk: Desk) -> None:
    def broken(sent: OutboundText) -> SendResult:
        desk.carrier.take(sent)
        raise ConnectionResetError

    message_id = queue(desk)
    desk.carrier.script(broken)
    live(desk, 60)
    assert len(desk.carrier.accepted) == 1
    assert get(desk, Message, message_id).state == "sent"
