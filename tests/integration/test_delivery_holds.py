"""What holds automatic texts back: the brake, a restore, an open alert, pace.

The scripted carrier's log is the oracle.
"""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from models.alert import Alert
from models.clinic import Clinic, ClinicNumber
from models.conversation import Conversation
from models.installation import installation
from models.message import Message
from models.reminder import Reminder
from outbox import delivery
from outbox.brake import release_hold
from outbox.claim import Claimed, claim
from outbox.gate import enqueue
from outbox.kinds import Kind
from tests.support.factories import (
    CLIENT_NUMBER,
    NOON,
    make_alert,
    make_consent,
    make_conversation,
)
from tests.support.scripted_carrier import make_sender
from tests.support.sending import bodies, draft, drain, get, queue, queue_reminder
from tests.support.sending_desk import Desk


def many_reminders(desk: Desk, count: int) -> None:
    with desk.database.write() as session:
        clinic = session.get_one(Clinic, desk.clinic_id)
        for place in range(count):
            conversation = make_conversation(session, clinic, number=f"+1573556{place:04}")
            make_consent(session, conversation)
            row = draft(
                desk,
                Kind.CORRECTION,
                conversation_id=conversation.id,
                body="x",
                their_number=conversation.number,
                useful_until=NOON + timedelta(days=3),
            )
            enqueue(session, row, now=desk.clock.at)


def test_the_brake_holds_a_mass_send_with_one_alert_and_a_person_releases_it(desk: Desk) -> None:
    many_reminders(desk, 12)
    answer = queue(desk)
    drain(desk, mass_send_limit=11)
    assert bodies(desk.carrier) == ["text faq"]
    assert get(desk, Message, answer).state == "sent"
    with desk.database.write() as session:
        assert session.query(Alert).count() == 1
        assert release_hold(session, clinic_id=desk.clinic_id, by="staff:1", now=desk.clock.at)
    drain(desk, mass_send_limit=11)
    assert len(desk.carrier.sends) == 13


def test_as_many_as_the_limit_may_leave(desk: Desk) -> None:
    many_reminders(desk, 12)
    drain(desk, mass_send_limit=12)
    assert len(desk.carrier.sends) == 12


def test_by_default_fifty_may_leave_within_an_hour(desk: Desk) -> None:
    many_reminders(desk, 51)
    drain(desk)
    assert desk.carrier.sends == []


def test_a_clinic_with_busy_hours_has_a_wider_brake(desk: Desk) -> None:
    with desk.database.write() as session:
        for place in range(11):
            at = NOON - timedelta(days=3, minutes=place + 1)
            session.add(sent_reminder(desk, at))
    many_reminders(desk, 51)
    drain(desk)
    assert len(desk.carrier.sends) == 51


def sent_reminder(desk: Desk, at: datetime) -> Message:
    return Message(
        clinic_id=desk.clinic_id,
        conversation_id=desk.conversation_id,
        clinic_number_id=desk.number_id,
        their_number=CLIENT_NUMBER,
        direction="outbound",
        kind="reminder",
        body="x",
        state="sent",
        created_at=at,
        sent_at=at.replace(minute=30),
    )


def test_after_a_restore_reminders_wait_and_answers_do_not(desk: Desk) -> None:
    queue_reminder(desk)
    queue(desk)
    with desk.database.write() as session:
        installation(session).reminders_wait_since = NOON
    drain(desk)
    assert bodies(desk.carrier) == ["text faq"]
    with desk.database.write() as session:
        installation(session).reminders_wait_since = None
    drain(desk)
    assert bodies(desk.carrier) == ["text faq", "reminder 1"]


def test_an_open_alert_holds_reminders_until_it_is_closed(desk: Desk) -> None:
    queue_reminder(desk)
    with desk.database.write() as session:
        alert = make_alert(session, session.get_one(Conversation, desk.conversation_id))
        alert_id = alert.id
    assert drain(desk) == 0
    with desk.database.write() as session:
        session.get_one(Alert, alert_id).closed_at = NOON
    assert drain(desk) == 1


def test_a_held_reminder_past_its_use_is_closed_all_the_same(desk: Desk) -> None:
    _, reminder_id = queue_reminder(desk)
    with desk.database.write() as session:
        session.get_one(Clinic, desk.clinic_id).automatic_held_since = NOON
    desk.clock.move(days=2)
    drain(desk)
    assert get(desk, Reminder, reminder_id).status == "skipped"


def test_a_number_of_ours_keeps_its_own_pace(desk: Desk) -> None:
    with desk.database.write() as session:
        number = session.get_one(ClinicNumber, desk.number_id)
        number.next_send_at = NOON + timedelta(hours=1)
        session.add(ClinicNumber(clinic_id=desk.clinic_id, number="+15735550101"))
        session.flush()
        other = session.scalars(select(ClinicNumber.id).where(ClinicNumber.number == "+15735550101")).one()
    queue(desk)
    queue(desk, clinic_number_id=other)
    drain(desk, pace=timedelta(seconds=1))
    assert [sent.from_number for sent in desk.carrier.sends] == ["+15735550101"]


def test_a_text_claimed_as_the_database_was_lost_and_found_again_waits_for_what_was_missed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    message_id = queue(desk)
    sender = make_sender(desk.database, desk.carrier)

    def lose_it_meanwhile(*terms: object, **more: object) -> Claimed | None:
        sender.backlog.suspect()
        return claim(*terms, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(delivery, "claim", lose_it_meanwhile)
    assert not sender.deliver_next()
    assert (bodies(desk.carrier), get(desk, Message, message_id).state) == ([], "queued")

    monkeypatch.undo()
    sender.backlog.settle(lambda: True, 0.0)
    assert sender.deliver_next()
    assert bodies(desk.carrier) == ["text faq"]
