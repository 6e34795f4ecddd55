"""What the carrier's lists tell of what we sent: unknown sends, states that got stuck (RULES 7)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from carriers.base import OutboundText, Outcome, SendResult
from models.conversation import Conversation
from models.erasing import GONE
from models.message import Attempt, Message
from outbox.kinds import Kind
from outbox.reconcile import only_one, refresh_stuck
from outbox.review import NotHeld, TooSoon, cancel_held, mark_sent, send_again
from tests.support.scripted_carrier import SHORT
from tests.support.sending import UNKNOWN, attempts, drain, get, live, look_up, queue
from tests.support.sending_desk import Desk

MINUTE = timedelta(minutes=1)


def lost(desk: Desk, *, taken: bool, kind: Kind = Kind.FAQ) -> int:
    """A text whose answer was lost."""
    message_id = queue(desk, kind)
    desk.carrier.script(desk.carrier.take_and_lose_reply if taken else UNKNOWN)
    drain(desk)
    return message_id


def test_nothing_is_looked_up_before_the_grace(desk: Desk) -> None:
    lost(desk, taken=False)
    desk.clock.move(seconds=9)
    assert look_up(desk) == 0
    desk.clock.move(seconds=1)
    assert look_up(desk) == 1


def test_absent_is_believed_the_second_time_only(desk: Desk) -> None:
    message_id = lost(desk, taken=False)
    desk.clock.move(seconds=10)
    look_up(desk)
    assert get(desk, Message, message_id).state == "unknown"
    desk.clock.move(seconds=3)
    assert look_up(desk) == 0
    desk.clock.move(seconds=1)
    look_up(desk)
    message = get(desk, Message, message_id)
    assert (message.state, message.resent) == ("queued", 1)
    assert [row.outcome for row in attempts(desk, message_id)] == ["absent"]


def test_a_text_that_is_of_no_use_any_more_is_not_resent(desk: Desk) -> None:
    message_id = lost(desk, taken=False)
    with desk.database.write() as session:
        second_look_at = desk.clock.at + SHORT.grace + SHORT.lookup_spacing
        session.get_one(Message, message_id).useful_until = second_look_at
    live(desk, 20)
    assert len(desk.carrier.sends) == 1
    assert get(desk, Message, message_id).state == "cancelled"


def test_a_redacted_list_still_tells(desk: Desk) -> None:
    desk.carrier.redacts = True
    message_id = lost(desk, taken=True)
    live(desk, 20)
    assert get(desk, Message, message_id).state == "sent"


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_carrier_whose_clock_is_off_is_read_in_its_own_time(desk: Desk, hours: int) -> None:
    desk.carrier.offset = timedelta(hours=hours)
    message_id = lost(desk, taken=True)
    live(desk, 20)
    assert get(desk, Message, message_id).state == "sent"
    assert len(desk.carrier.sends) == 1


def test_the_same_words_sent_before_are_not_taken_for_the_lost_ones(desk: Desk) -> None:
    queue(desk)
    drain(desk)
    lost(desk, taken=False)
    live(desk, 30)
    assert len(desk.carrier.accepted) == 2


def test_the_same_words_sent_to_somebody_erased_since_are_not_taken_for_the_lost_ones(desk: Desk) -> None:
    queue(desk)
    drain(desk)
    with desk.database.write() as session:
        session.execute(update(Attempt).values(to_number=GONE, body_hash=GONE))  # as an erasure leaves it
    lost(desk, taken=False)
    live(desk, 30)
    assert len(desk.carrier.accepted) == 2


def test_two_candidates_go_to_a_person(desk: Desk) -> None:
    message_id = lost(desk, taken=True)
    twin = replace(desk.carrier.accepted[0], sid="SM" + "2" * 32)
    desk.carrier.accepted.append(twin)
    live(desk, 20)
    assert get(desk, Message, message_id).state == "review"
    assert len(desk.carrier.sends) == 1


def test_a_list_that_fails_never_leads_to_a_resend_and_is_shown_in_time(desk: Desk) -> None:
    message_id = lost(desk, taken=False)
    desk.carrier.is_list_down = True
    live(desk, 13)
    assert get(desk, Message, message_id).state == "unknown"
    live(desk, 12)  # grace + the second look
    assert get(desk, Message, message_id).state == "review"
    assert len(desk.carrier.sends) == 1
    assert get(desk, Conversation, desk.conversation_id).waiting_since is not None


def test_a_list_that_works_again_settles_what_was_shown(desk: Desk) -> None:
    message_id = lost(desk, taken=True)
    desk.carrier.is_list_down = True
    live(desk, 25)
    desk.carrier.is_list_down = False
    desk.clock.move(minutes=10)
    look_up(desk)
    assert get(desk, Message, message_id).state == "sent"


def test_a_held_staff_text_that_did_go_out_settles_itself(desk: Desk) -> None:
    message_id = lost(desk, taken=True, kind=Kind.STAFF)
    assert get(desk, Message, message_id).state == "review"
    live(desk, 20)
    assert get(desk, Message, message_id).state == "sent"


# --- what a person decides -----------------------------------------------------------------------------------------


def held(desk: Desk) -> int:
    message_id = lost(desk, taken=False, kind=Kind.STAFF)
    live(desk, 20)
    return message_id


def test_sending_again_passes_the_gate(desk: Desk) -> None:
    message_id = held(desk)
    with desk.database.write() as session:
        message = session.get_one(Message, message_id)
        send_again(session, message, by="staff:1", now=desk.clock.at, machine=desk.clock.at, spans=SHORT)
    drain(desk)
    assert get(desk, Message, message_id).state == "sent"
    assert len(desk.carrier.accepted) == 1


def test_sending_again_waits_for_the_grace(desk: Desk) -> None:
    message_id = lost(desk, taken=False, kind=Kind.STAFF)
    at = desk.clock.at
    with desk.database.write() as session:
        message = session.get_one(Message, message_id)
        with pytest.raises(TooSoon, match="in 11 seconds"):
            send_again(session, message, by="staff:1", now=at, machine=at, spans=SHORT)


def test_marking_as_sent_and_letting_it_be(desk: Desk) -> None:
    first, second = held(desk), held(desk)
    with desk.database.write() as session:
        mark_sent(session, session.get_one(Message, first), by="staff:1", now=desk.clock.at)
        cancel_held(session, session.get_one(Message, second), by="staff:1", now=desk.clock.at)
    assert [get(desk, Message, row).state for row in (first, second)] == ["sent", "cancelled"]
    with desk.database.write() as session, pytest.raises(NotHeld):
        mark_sent(session, session.get_one(Message, first), by="staff:1", now=desk.clock.at)


# --- stuck states, and one at a time -------------------------------------------------------------------------------


def test_a_delivery_that_is_open_for_a_day_is_asked_for(desk: Desk) -> None:
    message_id = queue(desk)
    drain(desk)
    desk.carrier.accepted[0] = replace(desk.carrier.accepted[0], status="delivered")
    desk.clock.move(hours=23)
    assert refresh_stuck(desk.database, desk.carrier, clocks=desk.clock.clocks()) == 0
    desk.clock.move(hours=2)
    assert refresh_stuck(desk.database, desk.carrier, clocks=desk.clock.clocks()) == 1
    assert get(desk, Message, message_id).status == "delivered"
    assert refresh_stuck(desk.database, desk.carrier, clocks=desk.clock.clocks()) == 0


def test_one_reconcile_at_a_time(desk: Desk) -> None:
    clocks = desk.clock.clocks()
    with only_one(desk.database, clocks=clocks) as first:
        with only_one(desk.database, clocks=clocks) as second:
            assert (first, second) == (True, False)
        desk.clock.move(minutes=6)  # the first one died
        with only_one(desk.database, clocks=clocks) as third:
            assert third
    with only_one(desk.database, clocks=clocks) as fourth:
        assert fourth


def test_a_junk_reply_is_settled_by_the_list(desk: Desk) -> None:
    def junk(sent: OutboundText) -> SendResult:
        desk.carrier.take(sent)
        return SendResult(Outcome.ACCEPTED, sid=None)

    message_id = queue(desk)
    desk.carrier.script(junk)
    live(desk, 20)
    assert (len(desk.carrier.sends), get(desk, Message, message_id).state) == (1, "sent")
