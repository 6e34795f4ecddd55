"""Delivery reports: early, late, repeated, shuffled, unknown; and what an undelivered text leads to (R8)."""

from datetime import timedelta
from itertools import permutations

import pytest

from carriers.base import OutboundText, Outcome, SendResult, StatusReport
from carriers.error_codes import explain
from models.alert import Alert
from models.clinic import Clinic
from models.consent_event import CarrierBlock
from models.conversation import Conversation
from models.message import Message, StatusEvent
from models.reminder import Reminder
from outbox.alarm import NOT_TOLD
from outbox.kinds import Kind
from outbox.reports import record_status
from tests.support.factories import make_alert, make_on_call
from tests.support.sending import (
    UNKNOWN,
    attempts,
    drain,
    get,
    live,
    look_up,
    queue,
    queue_kind,
    queue_reminder,
)
from tests.support.sending_desk import Desk

ALL = ("queued", "sending", "sent", "delivered")


def report(
    desk: Desk, sid: str, status: str, *, code: int | None = None, callback_id: str | None = None
) -> bool:
    with desk.database.write() as session:
        return record_status(session, StatusReport(sid, status, callback_id, code), desk.clock.at)


def sent_text(desk: Desk, kind: Kind = Kind.FAQ) -> tuple[int, str]:
    """(message id, carrier id) of a text the carrier took."""
    message_id = queue_kind(desk, kind)
    drain(desk)
    return message_id, desk.carrier.accepted[-1].sid


@pytest.mark.parametrize("order", tuple(permutations(ALL)))
def test_the_highest_state_stands_whatever_the_order(desk: Desk, order: tuple[str, ...]) -> None:
    message_id, sid = sent_text(desk)
    for status in order:
        report(desk, sid, status)
    message = get(desk, Message, message_id)
    assert (message.status, message.delivered_at) == ("delivered", desk.clock.at)


def test_a_repeated_report_is_taken_once(desk: Desk) -> None:
    _, sid = sent_text(desk)
    assert report(desk, sid, "delivered")
    assert not report(desk, sid, "delivered")


def test_a_report_before_the_create_reply_is_matched_by_our_own_id(desk: Desk) -> None:
    message_id = queue(desk)

    def report_first(sent: OutboundText) -> SendResult:
        result = desk.carrier.accept(sent)
        ours = sent.status_callback.rsplit("=", 1)[1]
        report(desk, result.sid or "", "delivered", callback_id=ours)
        return result

    desk.carrier.script(report_first)
    drain(desk)

    message = get(desk, Message, message_id)
    assert (message.state, message.status) == ("sent", "delivered")
    assert message.carrier_sid == desk.carrier.accepted[0].sid


def test_a_report_before_a_lost_reply_settles_the_send(desk: Desk) -> None:
    message_id = queue(desk)

    def report_and_lose(sent: OutboundText) -> SendResult:
        sid = desk.carrier.take(sent)
        report(desk, sid, "sent", callback_id=sent.status_callback.rsplit("=", 1)[1])
        return UNKNOWN

    desk.carrier.script(report_and_lose)
    live(desk, 40)

    assert len(desk.carrier.sends) == 1
    assert get(desk, Message, message_id).state == "sent"


def test_a_report_without_our_id_waits_until_its_text_is_known(desk: Desk) -> None:
    message_id = queue(desk)

    def report_by_sid_only(sent: OutboundText) -> SendResult:
        result = desk.carrier.accept(sent)
        report(desk, result.sid or "", "delivered")
        return result

    desk.carrier.script(report_by_sid_only)
    drain(desk)
    assert get(desk, Message, message_id).status == "delivered"


@pytest.mark.parametrize("kind", [Kind.STAFF, Kind.FAQ, Kind.RED_FLAG, Kind.OPT_OUT])
def test_a_late_report_settles_a_send_nobody_knew_about(desk: Desk, kind: Kind) -> None:
    message_id = queue_kind(desk, kind)
    desk.carrier.is_list_down = True
    desk.carrier.script(desk.carrier.take_and_lose_reply, *[UNKNOWN] * 3)
    live(desk, 40)
    sid = desk.carrier.accepted[0].sid
    (first, *_) = attempts(desk, message_id)

    report(desk, sid, "delivered", callback_id=first.callback_id)

    message = get(desk, Message, message_id)
    assert (message.state, message.status, message.carrier_sid) == ("sent", "delivered", sid)
    assert "refused" not in message.reason


def test_an_unknown_sid_is_kept_and_changes_nothing(desk: Desk) -> None:
    assert report(desk, "SM" + "0" * 32, "delivered")
    with desk.database.read() as session:
        assert session.query(StatusEvent).one().applied_at is None


def test_our_id_with_a_strange_sid_is_not_believed(desk: Desk) -> None:
    message_id, sid = sent_text(desk)
    (attempt,) = attempts(desk, message_id)
    report(desk, "SM" + "0" * 32, "delivered", callback_id=attempt.callback_id)
    assert (get(desk, Message, message_id).carrier_sid, get(desk, Message, message_id).status) == (
        sid,
        "queued",
    )


# --- not delivered -------------------------------------------------------------------------------------------------


def test_a_phone_that_is_off_is_tried_twice_more_half_an_hour_apart(desk: Desk) -> None:
    message_id, reminder_id = queue_reminder(desk)
    for _ in range(6):
        drain(desk)
        report(desk, desk.carrier.accepted[-1].sid, "undelivered", code=30003)
        desk.clock.move(minutes=29)
        assert drain(desk) == 0
        desk.clock.move(minutes=1)
    message = get(desk, Message, message_id)
    assert len(desk.carrier.sends) == 3
    assert (message.state, message.status, message.error_code) == ("sent", "undelivered", 30003)
    assert get(desk, Reminder, reminder_id).status == "sent"
    assert get(desk, Conversation, desk.conversation_id).waiting_since is not None


def test_a_second_try_that_is_delivered_counts(desk: Desk) -> None:
    message_id, reminder_id = queue_reminder(desk)
    drain(desk)
    report(desk, desk.carrier.accepted[-1].sid, "undelivered", code=30003)
    assert get(desk, Reminder, reminder_id).status == "enqueued"
    desk.clock.move(minutes=30)
    drain(desk)
    report(desk, desk.carrier.accepted[-1].sid, "delivered")
    assert get(desk, Message, message_id).status == "delivered"
    assert get(desk, Reminder, reminder_id).status == "sent"


def test_a_lost_answer_to_the_second_try_is_not_settled_by_the_first(desk: Desk) -> None:
    message_id, _ = queue_reminder(desk)
    drain(desk)
    report(desk, desk.carrier.accepted[-1].sid, "undelivered", code=30003)
    desk.clock.move(minutes=30)
    desk.carrier.script(UNKNOWN)
    drain(desk)
    assert get(desk, Message, message_id).state == "unknown"


def test_no_retry_outside_the_window(desk: Desk) -> None:
    queue_reminder(desk, latest_at=desk.clock.at + timedelta(minutes=20))
    drain(desk)
    report(desk, desk.carrier.accepted[-1].sid, "undelivered", code=30003)
    desk.clock.move(minutes=40)
    drain(desk)
    assert len(desk.carrier.sends) == 1


@pytest.mark.parametrize("code", [30006, 30007, None])
def test_other_failures_are_shown_and_not_tried_again(desk: Desk, code: int | None) -> None:
    message_id, sid = sent_text(desk)
    report(desk, sid, "undelivered", code=code)
    desk.clock.move(hours=1)
    drain(desk)
    plain = explain(code).plain
    assert len(desk.carrier.sends) == 1
    assert get(desk, Message, message_id).reason["note"] == plain
    waiting = get(desk, Conversation, desk.conversation_id).waiting_reason
    assert waiting == f"not delivered: {plain}"[:200]


def test_a_persons_text_is_never_repeated_by_itself(desk: Desk) -> None:
    _, sid = sent_text(desk, Kind.STAFF)
    report(desk, sid, "undelivered", code=30003)
    desk.clock.move(minutes=31)
    assert drain(desk) == 0


def test_21610_by_report_is_learnt(desk: Desk) -> None:
    _, sid = sent_text(desk)
    report(desk, sid, "failed", code=21610)
    with desk.database.read() as session:
        assert session.query(CarrierBlock).count() == 1


def test_an_undelivered_emergency_instruction_is_on_the_alert(desk: Desk) -> None:
    message_id, sid = sent_text(desk, Kind.RED_FLAG)
    with desk.database.write() as session:
        inbound_id = session.get_one(Message, message_id).in_reply_to_id
        conversation = session.get_one(Conversation, desk.conversation_id)
        alert_id = make_alert(session, conversation, message_id=inbound_id).id
    report(desk, sid, "undelivered", code=30006)
    assert get(desk, Alert, alert_id).note == NOT_TOLD


def test_an_undelivered_page_brings_the_next_phone_forward(desk: Desk) -> None:
    with desk.database.write() as session:
        make_on_call(session, session.get_one(Clinic, desk.clinic_id))
        later = desk.clock.at + timedelta(minutes=5)
        alert_id = make_alert(
            session, session.get_one(Conversation, desk.conversation_id), next_page_at=later
        ).id
    queue(desk, Kind.ALERT, alert_id=alert_id)
    drain(desk)
    report(desk, desk.carrier.accepted[-1].sid, "undelivered", code=30006)
    assert get(desk, Alert, alert_id).next_page_at == desk.clock.at


def test_a_report_to_an_old_try_does_not_touch_the_new_one(desk: Desk) -> None:
    message_id, _ = queue_reminder(desk)
    drain(desk)
    old = desk.carrier.accepted[-1].sid
    report(desk, old, "undelivered", code=30003)
    desk.clock.move(minutes=30)
    drain(desk)
    report(desk, old, "delivered")
    message = get(desk, Message, message_id)
    assert (message.status, message.carrier_sid) == ("queued", desk.carrier.accepted[-1].sid)


def test_the_look_up_after_a_report_finds_nothing_to_do(desk: Desk) -> None:
    queue(desk)
    desk.carrier.script(SendResult(Outcome.UNKNOWN))
    drain(desk)
    (attempt,) = attempts(desk, 2)
    report(desk, "SM" + "1" * 32, "sent", callback_id=attempt.callback_id)
    desk.clock.move(minutes=5)
    assert look_up(desk) == 0
