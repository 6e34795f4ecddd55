"""What keeps a step from leaving, and what lets it go: staff, an alert, words not approved, the brake."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from desk import wording
from desk.wording import TextKey
from messages.given_fields import given_fields
from messages.versions import version_of
from models.client import Client
from models.clinic import Clinic
from models.conversation import Conversation
from models.template_version import TemplateVersion
from scheduler import reminders
from scheduler.alert_holds import settle_after_alert
from scheduler.due import HELD_FOR_WORDS, enqueue_due, release_held_words
from tests.support.chicago import local
from tests.support.factories import make_alert, make_staff
from tests.support.planned_visits import RULES, Voice, correct, live, steps_of, tick, treat

AFTERCARE = TextKey("aftercare_now", "en", "any")
NAMES_OTHERS = "{clinic_name}: {client_names}, no strenuous exercise until {exercise_from}."


def test_held_step_waits_until_it_is_released(session: Session, client: Client) -> None:
    row = steps_of(session, treat(session, client, "2026-05-05T14:00").visit)["exercise_over"]

    reminders.hold(session, row.id, by="Dana", actor="staff:1", now=local("2026-05-05T15:00"))
    while_held = [text.topic for text in tick(session, "2026-05-06T09:00")]
    reminders.release(session, row.id, actor="staff:1", rules=RULES, now=local("2026-05-06T10:00"))

    assert while_held == []  # the aftercare text was of use until 06:00
    assert [text.topic for text in tick(session, "2026-05-06T10:00")] == ["exercise_over"]


def test_a_step_held_past_its_use_is_closed_with_its_reason(session: Session, client: Client) -> None:
    row = steps_of(session, treat(session, client, "2026-05-05T14:00").visit)["exercise_over"]
    reminders.hold(session, row.id, by="Dana", actor="staff:1", now=local("2026-05-05T15:00"))

    tick(session, "2026-05-07T09:00")

    assert (row.status, row.reason) == ("skipped", "held by Dana, until its last useful moment had passed")


def test_cancelled_step_stays_cancelled_across_plans(session: Session, client: Client) -> None:
    planned = treat(session, client, "2026-05-05T14:00")
    row = steps_of(session, planned.visit)["check_in"]

    reminders.cancel(session, row.id, by="Dana", actor="staff:1", now=local("2026-05-05T15:00"))
    correct(session, planned, "2026-05-05T14:30", now="2026-05-05T15:10")

    assert (row.status, row.reason) == ("cancelled", "cancelled by Dana")
    with pytest.raises(reminders.ReminderClosed, match="is cancelled"):
        reminders.hold(session, row.id, by="Dana", actor="staff:1", now=local("2026-05-05T15:20"))


def test_open_alert_holds_everything_until_the_choice_is_resume(
    session: Session, client: Client, conversation: Conversation
) -> None:
    planned = treat(session, client, "2026-05-05T14:00")
    alert = make_alert(session, conversation, opened_at=local("2026-05-05T14:00"))
    held = tick(session, "2026-05-05T14:01")
    statuses = {row.status for row in steps_of(session, planned.visit).values()}

    alert.closed_at, alert.closed_by, alert.reminders_choice = local("2026-05-05T18:00"), "Dana", "resume"
    left = live(session, local("2026-05-05T18:00"), 130)

    assert held == []
    assert statuses == {"held"}
    assert [step for step, _, _ in left] == ["aftercare_now", "exercise_over", "check_in"]
    assert {row.reason for row in steps_of(session, planned.visit).values() if row.status == "skipped"} == {
        "an alarming text within the last 120 days: no promotional texts"
    }


def test_open_alert_closed_with_cancel_cancels_everything_unsent(
    session: Session, client: Client, conversation: Conversation
) -> None:
    planned = treat(session, client, "2026-05-05T14:00")
    alert = make_alert(session, conversation, opened_at=local("2026-05-05T14:00"))
    alert.closed_at, alert.closed_by = local("2026-05-05T18:00"), "Dana"

    settle_after_alert(
        session, conversation.id, choice="cancel", by="Dana", rules=RULES, now=local("2026-05-05T18:00")
    )

    assert {row.status for row in steps_of(session, planned.visit).values()} == {"cancelled"}
    assert live(session, local("2026-05-05T18:00"), 130) == []


def test_unapproved_words_hold_the_step_and_approval_frees_it(
    session: Session, client: Client, conversation: Conversation, clinic: Clinic
) -> None:
    client.language = "es"
    planned = treat(session, client, "2026-05-05T14:00")

    done = enqueue_due(session, local("2026-05-05T14:01"), voice=Voice(all_approved=False))
    row = steps_of(session, planned.visit)["aftercare_now"]
    held = row.status, row.reason
    freed = release_held_words(session, clinic.id, Voice(), now=local("2026-05-05T14:30"))

    assert done.enqueued == []
    assert held == ("held", "held: its words (aftercare_now, es) are not approved yet")
    assert conversation.waiting_since is not None
    assert freed == 1
    assert [text.topic for text in tick(session, "2026-05-05T14:31")] == ["aftercare_now"]


def test_a_step_whose_words_lack_a_value_is_held_and_staff_told(
    session: Session, client: Client, conversation: Conversation, clinic: Clinic
) -> None:
    """A reminder speaks to one client: nobody gives it {client_names}. The desk took such words in earlier versions."""
    owner, now = make_staff(session, clinic), local("2026-05-05T13:00")
    shelf = wording.open_shelf(session, clinic, Voice().pack, {})
    session.add(written_before(clinic, NAMES_OTHERS, by=owner.name, now=now))
    row = steps_of(session, treat(session, client, "2026-05-05T14:00").visit)["aftercare_now"]

    while_it_lacks = tick(session, "2026-05-05T14:01") + tick(session, "2026-05-05T14:02")
    held = row.status, row.held_by, row.reason, row.message_id
    wording.revert(session, clinic, shelf, AFTERCARE, by=owner, now=local("2026-05-05T14:30"))
    freed = row.status, row.held_by

    assert while_it_lacks == []
    assert held == ("held", HELD_FOR_WORDS, "held: its text needs client_names", None)
    assert (conversation.waiting_since, conversation.status) == (local("2026-05-05T14:01"), "open")
    assert conversation.waiting_reason == "aftercare_now for Ana is held: its text needs client_names"
    assert freed == ("planned", None)
    (text,) = tick(session, "2026-05-05T14:31")
    assert (text.topic, "{" in text.body, row.status) == ("aftercare_now", False, "enqueued")


def written_before(clinic: Clinic, text: str, *, by: str, now: datetime) -> TemplateVersion:
    """The clinic's own wording as a row, approved and not checked."""
    topic, language, variant = AFTERCARE.topic, AFTERCARE.language, AFTERCARE.variant
    own = version_of(Voice().pack.unrendered(topic, language, variant))
    return TemplateVersion(
        clinic_id=clinic.id,
        topic=topic,
        language=language,
        variant=variant,
        text=text,
        version=version_of(text),
        base_hash=own,
        edited_by=by,
        edited_at=now,
        approved_by=by,
        approved_at=now,
    )


def test_a_reminder_is_given_every_value_that_it_may_hold(
    session: Session, client: Client, clinic: Clinic
) -> None:
    given = [field.name for field in given_fields(Voice().pack.topics["aftercare_now"])]
    clinic.urgent_line, clinic.portal_url = "+15735550199", "https://portal.example"
    clinic.booking_url, client.name = "https://book.example", "Al"
    text = "\n".join(f"{name}={{{name}}};" for name in given)
    session.add(written_before(clinic, text, by="Dana", now=local("2026-05-05T13:00")))

    treat(session, client, "2026-05-05T08:00")

    (left,) = tick(session, "2026-05-05T09:00")
    missing = [name for name in given if f"{name}=" not in left.body]
    assert missing == ["client_name", "next_open"]  # too long a text for a name; and the clinic is open


def test_only_what_can_leave_is_freed_and_nobody_is_told_again(
    session: Session, client: Client, conversation: Conversation, clinic: Clinic
) -> None:
    client.language = "es"
    row = steps_of(session, treat(session, client, "2026-05-05T14:00").visit)["aftercare_now"]
    enqueue_due(session, local("2026-05-05T14:01"), voice=Voice(all_approved=False))
    conversation.waiting_since = None

    freed = release_held_words(session, clinic.id, Voice(all_approved=False), now=local("2026-05-05T14:30"))
    again = enqueue_due(session, local("2026-05-05T14:31"), voice=Voice(all_approved=False))

    assert (freed, again.did_anything, conversation.waiting_since) == (0, False, None)
    assert (row.status, row.held_by) == ("held", HELD_FOR_WORDS)


def test_the_brake_and_a_restore_keep_due_steps_in_the_plan(
    session: Session, client: Client, clinic: Clinic
) -> None:
    planned = treat(session, client, "2026-05-05T14:00")
    clinic.automatic_held_since = local("2026-05-05T13:00")

    braked = tick(session, "2026-05-05T14:01")
    clinic.automatic_held_since = None
    released = tick(session, "2026-05-05T14:02")

    assert braked == []
    assert [text.topic for text in released] == ["aftercare_now"]
    assert steps_of(session, planned.visit)["aftercare_now"].status == "enqueued"
