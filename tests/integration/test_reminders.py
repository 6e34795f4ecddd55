"""The planned texts of a visit on a real database: planned, changed, held, handed to the gate."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from messages.catalogue import Pack, load_pack
from models.client import Client
from models.clinic import Clinic
from models.conversation import Conversation
from models.message import Message
from models.planning import reminders_of_conversation
from models.reminder import Reminder
from models.visit import Visit
from scheduler import reminders
from scheduler.alert_holds import settle_after_alert
from scheduler.appointments import add_appointment, cancel_appointment
from scheduler.caps import SHARED
from scheduler.closing import NO_CARE_CONSENT, NO_PROMO_CONSENT
from scheduler.due import enqueue_due, release_held_words
from scheduler.follow_up import ask_in_person, not_heard_from
from scheduler.steps import NO_SLOT
from scheduler.visits import (
    NewTreatment,
    PlannedVisit,
    VisitError,
    add_treatment,
    cancel_treatment,
    correct_treatment,
)
from tests.support.engines import open_test_database
from tests.support.factories import (
    make_alert,
    make_client,
    make_clinic,
    make_consent,
    make_conversation,
    make_inbound,
)

CHICAGO = ZoneInfo("America/Chicago")
PACK = load_pack()
RULES = PACK.plan
STEPS = ("aftercare_now", "exercise_over", "check_in", "retreatment", "retreatment_again")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Voice:
    pack: Pack = PACK
    all_approved: bool = True


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    database = open_test_database(tmp_path)
    with database.write() as session:
        yield session
    database.close()


@pytest.fixture
def clinic(session: Session) -> Clinic:
    return make_clinic(session, holidays="federal")


@pytest.fixture
def conversation(session: Session, clinic: Clinic) -> Conversation:
    row = make_conversation(session, clinic)
    make_consent(session, row, scope="care")
    make_consent(session, row, scope="promo")
    return row


@pytest.fixture
def client(session: Session, conversation: Conversation) -> Client:
    return make_client(session, conversation)


def treat(
    session: Session, client: Client, at: str, *, entered: str | None = None, refines: int | None = None
) -> PlannedVisit:
    new = NewTreatment(local(at), "neuromodulator", refines=refines)
    now = local(entered or at)
    return add_treatment(session, client, new, by="Dana", actor="staff:1", rules=RULES, now=now)


def tick(session: Session, at: str) -> list[Message]:
    done = enqueue_due(session, local(at), voice=Voice())
    assert done.failed == []
    return [session.get_one(Message, message_id) for message_id in done.enqueued]


def deliver(session: Session, messages: list[Message], at: datetime) -> None:
    """As the sender does: the carrier has them."""
    for message in messages:
        message.state, message.sent_at = "sent", at
        session.get_one(Reminder, message.reminder_id).status = "sent"
    session.flush()


def steps_of(session: Session, visit: Visit) -> dict[str, Reminder]:
    rows = reminders_of_conversation(session, session.get_one(Client, visit.client_id).conversation_id)
    return {row.step: row for row in rows if row.visit_id == visit.id}


def due(row: Reminder) -> str:
    assert row.status == "planned", row.reason
    return row.due_at.astimezone(CHICAGO).strftime("%Y-%m-%dT%H:%M")


def live(session: Session, start: datetime, days: int) -> list[tuple[str, str, str]]:
    """Step from due moment to due moment, as the simulator does; everything that leaves, in order."""
    now, left = start, []
    while now <= start + timedelta(days=days):
        messages = [
            session.get_one(Message, each) for each in enqueue_due(session, now, voice=Voice()).enqueued
        ]
        deliver(session, messages, now)
        for message in messages:
            step = session.get_one(Reminder, message.reminder_id).step
            left.append((step, now.astimezone(CHICAGO).strftime("%Y-%m-%dT%H:%M"), message.body))
        ahead = session.query(Reminder.due_at).filter(Reminder.status == "planned", Reminder.due_at > now)
        following = ahead.order_by(Reminder.due_at).first()
        if following is None:
            break
        now = following[0]
    return left


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (
            "2026-03-07T14:00",  # the night before the spring change
            [
                ("aftercare_now", "2026-03-07T14:00"),
                ("exercise_over", "2026-03-08T09:00"),
                ("check_in", "2026-03-23T10:00"),
                ("retreatment", "2026-06-08T10:00"),
                ("retreatment_again", "2026-06-29T10:00"),
            ],
        ),
        (
            "2026-10-31T17:30",  # the night before the autumn change: 16 hours end at 08:30 by the clock
            [
                ("aftercare_now", "2026-10-31T17:30"),
                ("exercise_over", "2026-11-01T09:00"),
                ("check_in", "2026-11-16T10:00"),
                ("retreatment", "2027-02-01T10:00"),
                ("retreatment_again", "2027-02-22T10:00"),
            ],
        ),
        (
            "2026-02-02T09:10",  # the check-in is before, the retreatment after the spring change
            [
                ("aftercare_now", "2026-02-02T09:10"),
                ("exercise_over", "2026-02-03T09:00"),
                ("check_in", "2026-02-17T10:00"),  # day 14 is Washington's Birthday
                ("retreatment", "2026-05-02T10:00"),
                ("retreatment_again", "2026-05-23T10:00"),
            ],
        ),
    ],
)
def test_a_visit_lives_through_120_days_and_each_text_leaves_once(
    session: Session, client: Client, at: str, expected: list[tuple[str, str]]
) -> None:
    treat(session, client, at)

    left = live(session, local(at), 130)

    assert [(step, moment) for step, moment, _ in left] == expected


def test_the_texts_say_the_visits_own_times_and_never_a_relative_day(
    session: Session, client: Client
) -> None:
    planned = treat(session, client, "2026-05-05T17:10")

    (aftercare,) = tick(session, "2026-05-05T17:10")

    assert "Wed 9:10 am" in aftercare.body
    assert aftercare.kind == "reminder"
    assert aftercare.template_version
    assert aftercare.useful_until == local("2026-05-06T09:10")
    assert planned.visit.told_exercise_ends_at == local("2026-05-06T09:10")
    assert steps_of(session, planned.visit)["aftercare_now"].status == "enqueued"
    assert tick(session, "2026-05-05T17:11") == []


def test_spanish_client_reads_spanish(session: Session, client: Client) -> None:
    client.language = "es"
    treat(session, client, "2026-05-05T17:10")

    (aftercare,) = tick(session, "2026-05-05T17:10")

    assert "las 9:10 am del miércoles" in aftercare.body


def test_check_in_opens_its_question_and_a_newer_visit_closes_it(
    session: Session, client: Client, conversation: Conversation
) -> None:
    first = treat(session, client, "2026-05-05T14:00")
    live(session, local("2026-05-05T14:00"), 15)
    asked = conversation.open_question, conversation.open_question_visit_id

    treat(session, client, "2026-06-01T14:00")

    assert asked == ("check_in", first.visit.id)
    assert conversation.open_question is None
    assert conversation.open_question_visit_id is None
    older = steps_of(session, first.visit)
    assert older["retreatment"].reason == "closed by the newer visit of 01 Jun 2026"
    assert older["check_in"].status == "sent"


def test_two_treatments_of_a_day_are_one_visit_counted_from_the_last(
    session: Session, client: Client
) -> None:
    first = treat(session, client, "2026-05-05T09:00")

    second = treat(session, client, "2026-05-05T17:10")

    assert second.visit.id == first.visit.id
    assert second.visit.injected_at == local("2026-05-05T17:10")
    assert due(steps_of(session, first.visit)["exercise_over"]) == "2026-05-06T09:10"
    assert len(steps_of(session, first.visit)) == len(STEPS)


def test_refinement_is_a_newer_visit_of_its_own_kind(session: Session, client: Client) -> None:
    first = treat(session, client, "2026-05-05T14:00")

    second = treat(session, client, "2026-05-20T14:00", refines=first.visit.id)

    assert (second.visit.kind, second.visit.refines_visit_id) == ("refinement", first.visit.id)
    assert steps_of(session, first.visit)["retreatment"].status == "skipped"
    assert due(steps_of(session, second.visit)["retreatment"]) == "2026-08-20T10:00"


def test_refinement_of_somebody_elses_visit_is_refused(
    session: Session, client: Client, conversation: Conversation
) -> None:
    other = treat(session, make_client(session, conversation, name="Ben"), "2026-05-05T14:00")

    with pytest.raises(VisitError, match="not one of this client's visits"):
        treat(session, client, "2026-05-20T14:00", refines=other.visit.id)


def test_a_visit_entered_months_later_gets_only_what_is_still_useful(
    session: Session, client: Client
) -> None:
    planned = treat(session, client, "2026-05-05T14:00", entered="2026-08-01T12:00")

    rows = steps_of(session, planned.visit)

    assert [rows[step].status for step in STEPS] == ["skipped", "skipped", "skipped", "planned", "planned"]


def test_no_slot_left_is_shown_to_staff(session: Session, client: Client, conversation: Conversation) -> None:
    planned = treat(session, client, "2026-05-05T14:10", entered="2026-05-06T05:00")

    assert steps_of(session, planned.visit)["aftercare_now"].reason == NO_SLOT
    assert conversation.waiting_since == local("2026-05-06T05:00")
    assert "aftercare_now not sent to Ana" in (conversation.waiting_reason or "")


def test_correction_before_anything_was_told_only_moves_the_plan(session: Session, client: Client) -> None:
    planned = treat(session, client, "2026-05-05T07:00")  # aftercare leaves at 09:00

    corrected = correct(session, planned, "2026-05-05T08:30", now="2026-05-05T08:40")

    assert {step.step for step in corrected.steps} == set(STEPS)
    assert due(steps_of(session, planned.visit)["exercise_over"]) == "2026-05-06T09:00"
    assert steps_of(session, planned.visit)["exercise_over"].earliest_at == local("2026-05-06T00:30")


def correct(session: Session, planned: PlannedVisit, at: str, *, now: str) -> PlannedVisit:
    return correct_treatment(
        session, planned.treatment.id, injected_at=local(at), actor="staff:1", rules=RULES, now=local(now)
    )


def told_visit(session: Session, client: Client, at: str) -> PlannedVisit:
    """A visit whose aftercare text, with its clock time, has left."""
    planned = treat(session, client, at)
    deliver(session, tick(session, at), local(at))
    return planned


def test_a_told_time_that_moves_by_more_than_15_minutes_is_corrected_once(
    session: Session, client: Client
) -> None:
    planned = told_visit(session, client, "2026-05-05T14:00")

    correct(session, planned, "2026-05-05T12:00", now="2026-05-05T15:00")
    (text,) = tick(session, "2026-05-05T15:00")
    deliver(session, [text], local("2026-05-05T15:00"))

    assert text.kind == "correction"
    assert "Wed 4 am" in text.body
    assert planned.visit.told_exercise_ends_at == local("2026-05-06T04:00")
    assert tick(session, "2026-05-05T16:00") == []


def test_a_second_correction_is_a_second_text(session: Session, client: Client) -> None:
    planned = told_visit(session, client, "2026-05-05T14:00")
    correct(session, planned, "2026-05-05T12:00", now="2026-05-05T15:00")
    deliver(session, tick(session, "2026-05-05T15:00"), local("2026-05-05T15:00"))

    correct(session, planned, "2026-05-05T13:00", now="2026-05-05T16:00")
    (text,) = tick(session, "2026-05-05T16:00")

    assert "Wed 5 am" in text.body
    assert {"correction", "correction_2"} <= set(steps_of(session, planned.visit))


@pytest.mark.parametrize("at", ["2026-05-05T14:15", "2026-05-05T13:45", "2026-05-05T14:00"])
def test_a_told_time_that_moves_by_15_minutes_or_less_stands(
    session: Session, client: Client, at: str
) -> None:
    planned = told_visit(session, client, "2026-05-05T14:00")

    correct(session, planned, at, now="2026-05-05T15:00")

    assert tick(session, "2026-05-05T15:00") == []


def test_a_correction_waits_for_the_window_and_is_dropped_when_the_time_is_right_again(
    session: Session, client: Client
) -> None:
    planned = told_visit(session, client, "2026-05-05T19:00")

    correct(session, planned, "2026-05-05T17:30", now="2026-05-05T21:00")
    waiting = due(steps_of(session, planned.visit)["correction"])
    correct(session, planned, "2026-05-05T19:05", now="2026-05-05T21:10")

    assert waiting == "2026-05-06T09:00"
    assert steps_of(session, planned.visit)["correction"].status == "skipped"
    assert [text.kind for text in tick(session, "2026-05-06T09:00")] == []


def test_a_correction_past_its_use_goes_to_staff(
    session: Session, client: Client, conversation: Conversation
) -> None:
    planned = told_visit(session, client, "2026-05-05T14:00")  # told: 06:00

    correct(session, planned, "2026-05-05T12:00", now="2026-05-05T21:00")  # right: 04:00, both in the night

    assert steps_of(session, planned.visit)["correction"].status == "skipped"
    assert "call Ana about the time of exercise" in (conversation.waiting_reason or "")


def test_staff_are_told_where_the_wrong_time_comes_before_the_correction(
    session: Session, client: Client, conversation: Conversation
) -> None:
    planned = told_visit(session, client, "2026-05-05T14:00")  # told: 06:00

    correct(session, planned, "2026-05-05T18:30", now="2026-05-05T21:00")  # right: 10:30

    assert due(steps_of(session, planned.visit)["correction"]) == "2026-05-06T09:00"
    assert "call Ana" in (conversation.waiting_reason or "")


def test_a_treatment_moves_to_another_day_with_its_texts(session: Session, client: Client) -> None:
    planned = treat(session, client, "2026-05-05T14:00", entered="2026-05-05T21:30")

    correct(session, planned, "2026-05-04T14:00", now="2026-05-05T21:40")

    assert planned.visit.local_day.isoformat() == "2026-05-04"
    assert due(steps_of(session, planned.visit)["check_in"]) == "2026-05-18T10:00"


def test_cancelled_visit_sends_nothing_more_and_frees_the_older_one(session: Session, client: Client) -> None:
    older = treat(session, client, "2026-05-05T14:00")
    newer = treat(session, client, "2026-05-12T14:00")

    cancel_treatment(
        session,
        newer.treatment.id,
        actor="staff:1",
        reason="wrong client",
        rules=RULES,
        now=local("2026-05-12T15:00"),
    )

    assert {row.status for row in steps_of(session, newer.visit).values()} == {"cancelled"}
    assert due(steps_of(session, older.visit)["check_in"]) == "2026-05-19T10:00"
    with pytest.raises(VisitError, match="was cancelled"):
        correct(session, newer, "2026-05-12T13:00", now="2026-05-12T15:30")


def test_two_people_treated_on_one_day_share_one_text_that_names_both(
    session: Session, client: Client, conversation: Conversation
) -> None:
    ben = make_client(session, conversation, name="Ben Ortiz")
    ana = treat(session, client, "2026-05-05T13:00", entered="2026-05-05T14:00")
    treat(session, ben, "2026-05-05T14:00")

    left = live(session, local("2026-05-05T14:00"), 130)

    assert [step for step, _, _ in left] == list(STEPS)
    assert "Wed 6 am" in left[0][2]  # the later of the two
    assert all("Ana and Ben" in body for step, _, body in left if step == "check_in")
    assert {row.reason for row in steps_of(session, ana.visit).values()} == {SHARED}
    assert ana.visit.told_exercise_ends_at == local("2026-05-06T05:00")  # nothing to correct


def test_a_second_person_entered_after_the_first_ones_text_gets_an_own_one(
    session: Session, client: Client, conversation: Conversation
) -> None:
    told_visit(session, client, "2026-05-05T09:30")
    treat(session, make_client(session, conversation, name="Ben"), "2026-05-05T15:00")

    (text,) = tick(session, "2026-05-05T15:00")

    assert "Wed 7 am" in text.body


def test_one_capped_text_a_day_over_all_clients_of_a_number(
    session: Session, client: Client, conversation: Conversation
) -> None:
    ana = treat(session, client, "2026-02-20T14:00")  # retreatment on 20 May
    ben = treat(
        session, make_client(session, conversation, name="Ben"), "2026-05-06T14:00"
    )  # check-in on 20 May

    assert due(steps_of(session, ben.visit)["check_in"]) == "2026-05-20T10:00"
    moved = steps_of(session, ana.visit)["retreatment"]
    assert due(moved) == "2026-05-21T10:00"
    assert moved.reason == "moved from Wed 20 May 10:00 to Thu 21 May 10:00: one automatic text a day"


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


def test_appointment_closes_the_second_retreatment_text_and_gives_it_back(
    session: Session, client: Client, clinic: Clinic
) -> None:
    planned = treat(session, client, "2026-05-05T14:00")
    now = local("2026-05-06T12:00")

    booked = add_appointment(
        session, client, at=local("2026-09-10T15:00"), source="desk", actor="staff:1", rules=RULES, now=now
    )
    closed = steps_of(session, planned.visit)["retreatment_again"].reason
    cancel_appointment(session, booked.id, clinic_id=clinic.id, actor="staff:1", rules=RULES, now=now)

    assert closed == "an appointment is on file for 10 Sep 2026"
    assert due(steps_of(session, planned.visit)["retreatment_again"]) == "2026-08-26T10:00"


def test_client_without_promo_consent_is_asked_in_person(session: Session, clinic: Clinic) -> None:
    conversation = make_conversation(session, clinic, number="+15735550143")
    make_consent(session, conversation, scope="care")
    client = make_client(session, conversation, name="Cleo")
    planned = treat(session, client, "2026-05-05T14:00")

    before = ask_in_person(session, clinic_id=clinic.id, now=local("2026-08-05T09:00"))
    after = ask_in_person(session, clinic_id=clinic.id, now=local("2026-08-05T10:00"))

    assert steps_of(session, planned.visit)["retreatment"].reason == NO_PROMO_CONSENT
    assert before == []
    assert [entry.client_id for entry in after] == [client.id]


@pytest.mark.parametrize(("replied", "silent"), [(None, True), ("2026-05-20T12:00", False)])
def test_no_reply_within_four_days_of_the_check_in_is_not_heard_from(
    session: Session,
    client: Client,
    conversation: Conversation,
    clinic: Clinic,
    replied: str | None,
    silent: bool,
) -> None:
    treat(session, client, "2026-05-05T14:00")
    live(session, local("2026-05-05T14:00"), 15)
    if replied is not None:
        make_inbound(session, conversation, "1", at=local(replied))

    too_soon = not_heard_from(session, clinic_id=clinic.id, rules=RULES, now=local("2026-05-23T09:00"))
    found = not_heard_from(session, clinic_id=clinic.id, rules=RULES, now=local("2026-05-23T10:00"))

    assert too_soon == []
    assert bool(found) is silent


def test_opted_out_client_gets_no_reminder_and_start_brings_back_care_only(
    session: Session, client: Client, conversation: Conversation
) -> None:
    planned = treat(session, client, "2026-05-05T14:00")
    make_consent(session, conversation, "stopped", at=local("2026-05-05T14:00"))

    left = tick(session, "2026-05-05T14:01")
    stopped = {row.reason for row in steps_of(session, planned.visit).values()}
    make_consent(session, conversation, "restarted", at=local("2026-05-10T14:00"))
    reminders.replan(session, planned.visit, rules=RULES, now=local("2026-05-10T14:00"))

    assert left == []
    assert stopped == {"opted out on 05 May 2026", NO_PROMO_CONSENT}
    assert planned.visit.told_exercise_ends_at is None
    rows = steps_of(session, planned.visit)
    assert due(rows["check_in"]) == "2026-05-19T10:00"
    assert rows["retreatment"].reason == NO_PROMO_CONSENT


def test_without_consent_to_care_the_plan_says_so_at_once(session: Session, clinic: Clinic) -> None:
    unasked = make_client(session, make_conversation(session, clinic, number="+15735550144"))

    planned = treat(session, unasked, "2026-05-05T14:00")

    assert {row.reason for row in planned.steps} == {NO_CARE_CONSENT, NO_PROMO_CONSENT}


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


def test_new_opening_hours_move_what_is_not_sent(session: Session, client: Client, clinic: Clinic) -> None:
    planned = treat(session, client, "2026-05-05T14:00")

    clinic.hours = "thu 09:00-17:00"
    session.flush()
    reminders.replan_clinic(session, clinic.id, rules=RULES, now=local("2026-05-06T12:00"))

    assert due(steps_of(session, planned.visit)["check_in"]) == "2026-05-21T10:00"


def test_planning_twice_changes_nothing(session: Session, client: Client) -> None:
    planned = treat(session, client, "2026-05-05T14:00")
    before = [(row.id, row.due_at, row.status, row.planned_at) for row in planned.steps]

    again = reminders.replan(session, planned.visit, rules=RULES, now=local("2026-05-05T14:00"))

    assert [(row.id, row.due_at, row.status, row.planned_at) for row in again] == before


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
