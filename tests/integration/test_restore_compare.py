"""After a restore no reminder goes twice: due steps are compared with the carrier's list first (R7)."""

from datetime import timedelta
from typing import Any

from carriers.base import OutboundText
from models.client import Client
from models.installation import installation
from models.reminder import Reminder
from outbox.gate import enqueue
from outbox.kinds import Kind
from outbox.restore import compare_after_restore
from tests.support.factories import CLIENT_NUMBER, NOON, OUR_NUMBER, make_reminder, make_visit
from tests.support.put_back import waits
from tests.support.sending import draft, drain, get, queue, queue_reminder
from tests.support.sending_desk import Desk


def restored(desk: Desk, *, hours_later: float = 3) -> None:
    """The backup is put back some hours after it was taken."""
    desk.clock.move(hours=hours_later)
    with desk.database.write() as session:
        installation(session).reminders_wait_since = desk.clock.at


def left_since_the_backup(desk: Desk) -> None:
    """A text the lost database knew of and the restored one does not."""
    desk.carrier.take(OutboundText(OUR_NUMBER, CLIENT_NUMBER, "How do you like it?", timedelta(hours=1), ""))


def compare(desk: Desk) -> bool:
    return compare_after_restore(desk.database, desk.carrier, clocks=desk.clock.clocks())


def planned(desk: Desk, **values: Any) -> int:
    with desk.database.write() as session:
        visit = make_visit(session, session.get_one(Client, desk.client_id))
        return make_reminder(session, visit, **values).id


def test_a_step_that_may_have_left_is_held_for_a_person(desk: Desk) -> None:
    reminder_id = planned(desk)
    left_since_the_backup(desk)
    restored(desk)
    assert compare(desk)
    reminder = get(desk, Reminder, reminder_id)
    assert (reminder.status, reminder.held_by, waits(desk.database)) == ("held", "restore", False)


def test_a_step_moved_forward_after_the_backup_may_have_left_before_its_old_moment(desk: Desk) -> None:
    """At the backup the clinic was closed until Thursday; then somebody changed the hours, and it left on Tuesday."""
    reminder_id = planned(desk, due_at=NOON + timedelta(days=2), earliest_at=NOON - timedelta(hours=1))
    left_since_the_backup(desk)
    restored(desk)
    compare(desk)
    assert get(desk, Reminder, reminder_id).held_by == "restore"


def test_a_step_whose_earliest_moment_lies_ahead_cannot_have_left(desk: Desk) -> None:
    reminder_id = planned(desk, due_at=NOON + timedelta(days=2))
    left_since_the_backup(desk)
    restored(desk)
    compare(desk)
    assert get(desk, Reminder, reminder_id).status == "planned"


def test_a_step_held_at_the_backup_may_have_been_freed_since(desk: Desk) -> None:
    reminder_id = planned(desk, status="held", held_by="alert", reason="held: an alert is open")
    left_since_the_backup(desk)
    restored(desk)
    compare(desk)
    reminder = get(desk, Reminder, reminder_id)
    assert (reminder.status, reminder.held_by) == ("held", "restore")
    assert reminder.reason.endswith("(it was held: an alert is open)")


def test_a_text_already_written_for_it_is_taken_back_and_can_be_written_anew(desk: Desk) -> None:
    _, reminder_id = queue_reminder(desk)
    left_since_the_backup(desk)
    restored(desk)
    compare(desk)
    drain(desk)
    assert desk.carrier.sends == []
    with desk.database.write() as session:
        session.get_one(Reminder, reminder_id).status = "planned"
        text = draft(
            desk,
            Kind.REMINDER,
            body="again",
            their_number=CLIENT_NUMBER,
            reminder_id=reminder_id,
            dedupe_key=f"reminder:{reminder_id}",
        )
        assert enqueue(session, text, now=desk.clock.at).state == "queued"


def test_a_step_that_cannot_have_left_goes_on(desk: Desk) -> None:
    _, reminder_id = queue_reminder(desk)
    restored(desk)
    assert drain(desk) == 0
    assert compare(desk)
    drain(desk)
    assert get(desk, Reminder, reminder_id).status == "sent"


def test_texts_on_file_do_not_count(desk: Desk) -> None:
    _, reminder_id = queue_reminder(desk)
    with desk.database.write() as session:
        installation(session).reminders_wait_since = NOON
    queue(desk, Kind.QUESTION)
    drain(desk)
    compare(desk)
    assert get(desk, Reminder, reminder_id).status == "enqueued"


def test_a_list_that_fails_keeps_everything_waiting(desk: Desk) -> None:
    queue_reminder(desk)
    restored(desk)
    desk.carrier.is_list_down = True
    assert not compare(desk)
    assert waits(desk.database)


def test_without_a_restore_nothing_is_compared(desk: Desk) -> None:
    desk.carrier.is_list_down = True
    assert not compare(desk)
