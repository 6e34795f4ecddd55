"""From the queue to the carrier: what leaves, in which order, and how the gate is asked again.

The scripted carrier's log is the oracle.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from carriers.base import OutboundText, SendResult
from desk.wording import TextKey, open_shelf, save_edit
from messages.catalogue import shipped_pack
from messages.versions import version_of
from models.clinic import Clinic
from models.conversation import Conversation, lock_conversation
from models.message import Attempt, Message
from models.reminder import Reminder
from outbox.claim import claim
from outbox.kinds import Kind
from scheduler.due import enqueue_due
from tests.support.chicago import by_the_clock
from tests.support.factories import (
    CLIENT_NUMBER,
    NOON,
    OUR_NUMBER,
    make_client,
    make_consent,
    make_conversation,
    make_on_call,
    make_staff,
)
from tests.support.planned_visits import Voice, treat
from tests.support.scripted_carrier import SHORT, make_sender
from tests.support.sending import attempts, bodies, drain, get, live, queue, queue_reminder
from tests.support.sending_desk import Desk


def test_an_answer_goes_out_with_our_id_in_its_callback(desk: Desk) -> None:
    message_id = queue(desk)

    assert drain(desk) == 1

    (sent,) = desk.carrier.sends
    (attempt,) = attempts(desk, message_id)
    message = get(desk, Message, message_id)
    assert (sent.from_number, sent.to_number, sent.body) == (OUR_NUMBER, CLIENT_NUMBER, "text faq")
    assert sent.validity == timedelta(seconds=600)
    assert sent.status_callback == f"https://clinic.example/webhooks/sms/status?m={attempt.callback_id}"
    assert (message.state, message.carrier_sid, message.status) == ("sent", attempt.carrier_sid, "queued")
    assert message.sent_at == NOON


def test_no_transaction_is_open_while_the_carrier_is_called(desk: Desk) -> None:
    message_id = queue(desk)
    seen: list[tuple[str, int]] = []

    def look(sent: OutboundText) -> SendResult:
        with desk.database.write() as session:  # would wait for ever if the sender held the database
            lock_conversation(session, desk.conversation_id)
            row = session.get_one(Message, message_id)
            seen.append((row.state, session.query(Attempt).count()))
        return desk.carrier.accept(sent)

    desk.carrier.script(look)
    drain(desk)

    assert seen == [("in_flight", 1)]


def test_urgent_leaves_first_then_answers_people_and_reminders(desk: Desk) -> None:
    with desk.database.write() as session:
        make_on_call(session, session.get_one(Clinic, desk.clinic_id))
    queue_reminder(desk)
    queue(desk, Kind.QUESTION)
    queue(desk, Kind.STAFF)
    queue(desk, Kind.ALERT)
    queue(desk, Kind.RED_FLAG)

    drain(desk)

    kinds = ["text alert", "text red_flag", "text question", "text staff", "reminder 1"]
    assert bodies(desk.carrier) == kinds


def test_a_reminder_is_followed_to_sent(desk: Desk) -> None:
    message_id, reminder_id = queue_reminder(desk)
    assert get(desk, Reminder, reminder_id).status == "enqueued"

    drain(desk)

    reminder = get(desk, Reminder, reminder_id)
    assert (reminder.status, reminder.message_id, reminder.closed_at) == ("sent", message_id, NOON)


def test_pace_lets_one_text_a_second_leave_each_number_but_never_slows_the_urgent(desk: Desk) -> None:
    for _ in range(3):
        queue(desk)
    pace = timedelta(seconds=1)
    assert drain(desk, pace=pace) == 1
    queue(desk, Kind.RED_FLAG)
    assert drain(desk, pace=pace) == 1
    desk.clock.move(seconds=1)
    assert drain(desk, pace=pace) == 1
    desk.clock.move(seconds=1)
    assert drain(desk, pace=pace) == 1
    assert make_sender(desk.database, desk.carrier).pause_before_next() is None


def test_the_sender_knows_how_long_pace_makes_it_wait(desk: Desk) -> None:
    queue(desk)
    queue(desk)
    sender = make_sender(desk.database, desk.carrier, pace=timedelta(seconds=3))
    sender.deliver_next()
    assert sender.pause_before_next() == timedelta(seconds=3)


def test_two_workers_never_hold_one_text(desk: Desk) -> None:
    queue(desk)
    terms: dict[str, Any] = {"spans": SHORT, "pace": timedelta(), "clocks": desk.clock.clocks()}
    assert claim(desk.database, **terms) is not None
    assert claim(desk.database, **terms) is None


def test_stop_between_claim_and_intent_keeps_the_text_back(desk: Desk) -> None:
    message_id, reminder_id = queue_reminder(desk)
    sender = make_sender(desk.database, desk.carrier)
    held = claim(desk.database, spans=SHORT, pace=timedelta(), clocks=desk.clock.clocks())
    with desk.database.write() as session:
        conversation = lock_conversation(session, desk.conversation_id)
        make_consent(session, conversation, "stopped", at=desk.clock.at)

    assert held is not None
    sender._deliver(held)

    message = get(desk, Message, message_id)
    assert desk.carrier.sends == []
    assert (message.state, message.reason["refused"]) == ("refused", "stopped")
    assert get(desk, Reminder, reminder_id).status == "cancelled"


def test_words_edited_after_a_text_was_queued_do_not_change_it(desk: Desk) -> None:
    """R5. One of the two is claimed by then."""
    own = "{clinic_name}: Rest until {exercise_from}."
    old = [queue_aftercare(desk, number) for number in ("+15735550143", "+15735550144")]
    written = [get(desk, Message, message_id).body for message_id in old]
    held = claim(desk.database, spans=SHORT, pace=timedelta(), clocks=desk.clock.clocks())
    edit_aftercare(desk, own)

    assert held is not None
    make_sender(desk.database, desk.carrier)._deliver(held)
    drain(desk)
    new = queue_aftercare(desk, "+15735550145")
    drain(desk)

    rows = [get(desk, Message, message_id) for message_id in (*old, new)]
    first = version_of(shipped_pack().unrendered("aftercare_now", "en", "any"))
    assert [row.template_version for row in rows] == [first, first, version_of(own)]
    assert bodies(desk.carrier) == [row.body for row in rows] == [*written, rows[-1].body]
    assert "Rest until" in rows[-1].body


def queue_aftercare(desk: Desk, number: str) -> int:
    with desk.database.write() as session:
        conversation = make_conversation(session, session.get_one(Clinic, desk.clinic_id), number=number)
        make_consent(session, conversation)
        treat(session, make_client(session, conversation), by_the_clock(NOON))
        (message_id,) = enqueue_due(session, NOON, voice=Voice(all_approved=False)).enqueued
        return message_id


def edit_aftercare(desk: Desk, own: str) -> None:
    with desk.database.write() as session:
        clinic = session.get_one(Clinic, desk.clinic_id)
        shelf = open_shelf(session, clinic, shipped_pack(), {})
        key, owner = TextKey("aftercare_now", "en", "any"), make_staff(session, clinic)
        save_edit(session, clinic, shelf, key, own, approve=True, by=owner, now=NOON)


def test_a_cancelled_step_does_not_fire(desk: Desk) -> None:
    message_id, reminder_id = queue_reminder(desk)
    with desk.database.write() as session:
        session.get_one(Reminder, reminder_id).status = "cancelled"
    drain(desk)
    assert desk.carrier.sends == []
    assert get(desk, Message, message_id).state == "cancelled"


def test_a_replaced_step_does_not_fire(desk: Desk) -> None:
    message_id, reminder_id = queue_reminder(desk)
    other = queue(desk, Kind.FAQ)
    with desk.database.write() as session:
        session.get_one(Reminder, reminder_id).message_id = other
    drain(desk)
    assert bodies(desk.carrier) == ["text faq"]
    assert get(desk, Message, message_id).reason["refused"] == "reminder_closed"
    assert get(desk, Reminder, reminder_id).status == "enqueued"


def test_a_reminder_enqueued_at_night_leaves_at_nine(desk: Desk) -> None:
    desk.clock.move(hours=10)  # 22:00
    message_id, _ = queue_reminder(desk, latest_at=NOON + timedelta(days=2))
    assert get(desk, Message, message_id).send_after == NOON + timedelta(hours=21)
    assert drain(desk) == 0
    desk.clock.move(hours=11)
    assert drain(desk) == 1
    assert len(desk.carrier.sends) == 1


def test_a_reminder_that_missed_its_last_moment_is_skipped_with_a_reason(desk: Desk) -> None:
    message_id, reminder_id = queue_reminder(desk)
    desk.clock.move(days=2)
    drain(desk)
    reminder = get(desk, Reminder, reminder_id)
    assert desk.carrier.sends == []
    assert get(desk, Message, message_id).state == "cancelled"
    assert (reminder.status, reminder.reason) == ("skipped", "it was of use until 4 March, 12:00 only")


def test_an_answer_that_comes_too_late_goes_to_a_person(desk: Desk) -> None:
    queue(desk)
    desk.clock.move(hours=3)
    drain(desk)
    assert desk.carrier.sends == []
    assert get(desk, Conversation, desk.conversation_id).waiting_since == desk.clock.at


def test_consent_that_cannot_be_read_sends_nothing(desk: Desk) -> None:
    message_id, _ = queue_reminder(desk)
    with desk.database.write() as session:
        session.execute(text("UPDATE consent_event SET at = 'infinity'"))
    live(desk, 20)
    assert desk.carrier.sends == []
    assert get(desk, Message, message_id).state == "review"


def test_a_database_in_trouble_stops_the_worker_and_blames_no_text(desk: Desk) -> None:
    message_id, _ = queue_reminder(desk)
    with desk.database.write() as session:
        session.execute(text("ALTER TABLE consent_event RENAME TO gone"))
    sender = make_sender(desk.database, desk.carrier)
    for _ in range(5):
        with pytest.raises(Exception, match="consent_event"):
            sender.deliver_next()
        desk.clock.move(seconds=10)
    with desk.database.write() as session:
        session.execute(text("ALTER TABLE gone RENAME TO consent_event"))
    assert desk.carrier.sends == []

    drain(desk)
    drain(desk)

    assert get(desk, Message, message_id).state == "sent"


def test_a_poison_row_is_parked_and_the_others_go_on(desk: Desk) -> None:
    poison = queue(desk)
    with desk.database.write() as session:
        session.execute(update(Message).where(Message.id == poison).values(kind="nonsense"))
    good = queue(desk)

    live(desk, 20)

    row = get(desk, Message, poison)
    assert (row.state, row.tries, row.reason["refused"]) == ("review", 3, "poison")
    assert get(desk, Message, good).state == "sent"
    assert get(desk, Conversation, desk.conversation_id).waiting_since is not None


def test_a_row_that_cannot_even_be_loaded_is_parked(desk: Desk) -> None:
    poison, good = queue(desk), queue(desk)
    with desk.database.write() as session:
        session.execute(text("UPDATE message SET status_at = 'infinity' WHERE id = :id"), {"id": poison})
    live(desk, 20)
    with desk.database.read() as session:
        assert session.scalar(select(Message.state).where(Message.id == poison)) == "review"
    assert get(desk, Message, good).state == "sent"


def test_an_intent_that_grew_old_is_given_up_and_decided_anew(desk: Desk) -> None:
    message_id = queue(desk)
    sender = make_sender(desk.database, desk.carrier)
    slow_commit(desk, sender, seconds=2)

    sender.deliver_next()

    assert desk.carrier.sends == []
    assert [row.outcome for row in attempts(desk, message_id)] == ["abandoned"]
    assert get(desk, Message, message_id).state == "queued"
    drain(desk)
    assert get(desk, Message, message_id).state == "sent"


def slow_commit(desk: Desk, sender: Any, *, seconds: float) -> None:
    """The worker sleeps between its last check and the socket, once (two readings before are for recovery)."""
    steady = sender.clocks.steady
    calls = iter([0.0, 0.0, 0.0, seconds])
    sender.clocks = replace(sender.clocks, steady=lambda: steady() + next(calls, 0.0))
