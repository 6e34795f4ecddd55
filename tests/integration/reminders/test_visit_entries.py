"""What staff enter plans the texts anew: a second treatment, a late entry, another day, an appointment."""

import pytest
from sqlalchemy.orm import Session

from models.client import Client
from models.clinic import Clinic
from models.conversation import Conversation
from scheduler import reminders
from scheduler.appointments import add_appointment, cancel_appointment
from scheduler.steps import ENTERED_TOO_LATE, NO_SLOT, NOT_SENT_IN_TIME
from scheduler.visits import VisitError, cancel_treatment
from tests.support.chicago import local
from tests.support.factories import make_client
from tests.support.planned_visits import RULES, STEPS, correct, due, steps_of, tick, treat


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


def test_a_visit_entered_years_later_says_of_each_step_that_it_comes_too_late(
    session: Session, client: Client
) -> None:
    planned = treat(session, client, "2023-05-05T14:00", entered="2026-08-01T12:00")

    assert [row.step for row in planned.steps] == list(STEPS)
    assert {(row.status, row.reason) for row in planned.steps} == {("skipped", ENTERED_TOO_LATE)}


def test_a_step_found_a_year_late_is_skipped_because_its_time_has_passed(
    session: Session, client: Client
) -> None:
    planned = treat(session, client, "2026-05-05T14:00")

    assert tick(session, "2027-06-01T12:00") == []

    row = steps_of(session, planned.visit)["check_in"]
    assert (row.status, row.reason) == ("skipped", NOT_SENT_IN_TIME)


def test_no_slot_left_is_shown_to_staff(session: Session, client: Client, conversation: Conversation) -> None:
    planned = treat(session, client, "2026-05-05T14:10", entered="2026-05-06T05:00")

    assert steps_of(session, planned.visit)["aftercare_now"].reason == NO_SLOT
    assert conversation.waiting_since == local("2026-05-06T05:00")
    assert "aftercare_now not sent to Ana" in (conversation.waiting_reason or "")


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


def test_new_opening_hours_move_what_is_not_sent(session: Session, client: Client, clinic: Clinic) -> None:
    planned = treat(session, client, "2026-05-05T14:00")

    clinic.hours = "thu 09:00-17:00"
    session.flush()
    reminders.replan_clinic(session, clinic.id, rules=RULES, now=local("2026-05-06T12:00"))

    assert due(steps_of(session, planned.visit)["check_in"]) == "2026-05-21T10:00"


def test_local_hours_are_read_anew_when_a_step_is_due(
    session: Session, client: Client, clinic: Clinic
) -> None:
    """As after an update of the time zone data: the moment on file is a cache, the local hour is what counts."""
    planned = treat(session, client, "2026-05-05T14:00")
    tick(session, "2026-05-06T12:00")
    clinic.timezone = "America/Los_Angeles"  # nobody planned anew

    too_early = tick(session, "2026-05-19T10:00")  # 10:00 in Chicago, 08:00 there

    assert too_early == []
    assert due(steps_of(session, planned.visit)["check_in"]) == "2026-05-19T12:00"
    assert [text.topic for text in tick(session, "2026-05-19T12:00")] == ["check_in"]
