"""A clock time we told that was wrong: corrected once, in time, or left to staff."""

import pytest
from sqlalchemy.orm import Session

from models.client import Client
from models.conversation import Conversation
from tests.support.chicago import local
from tests.support.planned_visits import (
    STEPS,
    correct,
    deliver,
    due,
    steps_of,
    tick,
    told_visit,
    treat,
)


def test_correction_before_anything_was_told_only_moves_the_plan(session: Session, client: Client) -> None:
    planned = treat(session, client, "2026-05-05T07:00")  # aftercare leaves at 09:00

    corrected = correct(session, planned, "2026-05-05T08:30", now="2026-05-05T08:40")

    assert {step.step for step in corrected.steps} == set(STEPS)
    assert due(steps_of(session, planned.visit)["exercise_over"]) == "2026-05-06T09:00"
    assert steps_of(session, planned.visit)["exercise_over"].earliest_at == local("2026-05-06T00:30")


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
