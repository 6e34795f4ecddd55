"""When the texts of the first day leave: aftercare at once, exercise after sixteen real hours."""

from datetime import timedelta

import pytest

from scheduler.plan import EXERCISE_HOURS, exercise_ends, may_leave
from scheduler.steps import ENTERED_TOO_LATE, NO_SLOT, SENT_AT_ONCE
from tests.support.chicago import local
from tests.support.visit_plans import RULES, SETTING, due, plan, visit


@pytest.mark.parametrize(
    ("at", "ends", "text"),
    [
        # the table of expected results, send window 9-20, America/Chicago
        ("2026-05-05T07:10", "2026-05-05T23:10", "2026-05-06T09:00"),
        ("2026-05-05T09:10", "2026-05-06T01:10", "2026-05-06T09:00"),
        ("2026-05-05T14:10", "2026-05-06T06:10", "2026-05-06T09:00"),
        ("2026-05-05T17:10", "2026-05-06T09:10", "2026-05-06T09:10"),
        ("2026-05-05T22:10", "2026-05-06T14:10", "2026-05-06T14:10"),
        (
            "2026-03-07T14:00",
            "2026-03-08T07:00",
            "2026-03-08T09:00",
        ),  # spring change: an hour later by the clock
        ("2026-10-31T14:00", "2026-11-01T05:00", "2026-11-01T09:00"),  # autumn change: an hour earlier
        ("2026-03-07T18:00", "2026-03-08T11:00", "2026-03-08T11:00"),
        ("2026-10-31T18:00", "2026-11-01T09:00", "2026-11-01T09:00"),
        ("2028-02-28T18:00", "2028-02-29T10:00", "2028-02-29T10:00"),  # leap day
        ("2026-05-05T04:00", "2026-05-05T20:00", "2026-05-06T09:00"),  # the window has just closed
    ],
)
def test_exercise_text_leaves_at_sixteen_real_hours_or_when_the_window_opens(
    at: str, ends: str, text: str
) -> None:
    facts = visit(at)

    assert exercise_ends(facts.injected_at) == local(ends)
    assert due(plan(facts)["exercise_over"]) == text


@pytest.mark.parametrize(
    ("at", "entered", "expected", "because"),
    [
        ("2026-05-05T14:10", "2026-05-05T14:15", "2026-05-05T14:15", ""),  # at once
        (
            "2026-05-05T07:10",
            "2026-05-05T07:15",
            "2026-05-05T09:00",
            "moved from 07:15 to 09:00: send window",
        ),
        (
            "2026-05-05T19:30",
            "2026-05-05T20:40",
            "2026-05-05T20:40",
            SENT_AT_ONCE,
        ),  # within two hours, before 21:00
        (
            "2026-05-05T19:30",
            "2026-05-05T21:00",
            "2026-05-06T09:00",
            "moved from Tue 05 May 21:00 to Wed 06 May 09:00",
        ),
        ("2026-05-05T18:00", "2026-05-05T20:30", "2026-05-06T09:00", "moved from"),  # entered after 2.5 hours
        ("2026-05-05T22:10", "2026-05-05T22:12", "2026-05-06T09:00", "moved from"),
        ("2026-05-05T09:10", "2026-05-05T13:00", "2026-05-05T13:00", ""),
    ],
)
def test_aftercare_leaves_at_once_or_when_the_window_opens(
    at: str, entered: str, expected: str, because: str
) -> None:
    step = plan(visit(at, entered=entered))["aftercare_now"]

    assert due(step) == expected
    assert step.moved_because.startswith(because)
    assert bool(step.moved_because) is bool(because)


def test_a_visit_entered_ahead_gets_its_aftercare_at_the_visit() -> None:
    step = plan(visit("2026-05-05T14:00", entered="2026-05-05T08:00"))["aftercare_now"]

    assert due(step) == "2026-05-05T14:00"


@pytest.mark.parametrize(
    ("at", "entered", "skipped"),
    [
        ("2026-05-05T14:10", "2026-05-06T05:00", NO_SLOT),  # its sixteen hours end before the window opens
        ("2026-05-05T17:00", "2026-05-05T21:30", NO_SLOT),  # the window opens as they end
        ("2026-05-05T14:10", "2026-05-06T06:10", ENTERED_TOO_LATE),
        ("2026-05-05T14:10", "2026-05-09T12:00", ENTERED_TOO_LATE),
    ],
)
def test_aftercare_without_a_slot_is_skipped_and_says_so(at: str, entered: str, skipped: str) -> None:
    assert plan(visit(at, entered=entered))["aftercare_now"].skipped_because == skipped


def test_the_sixteen_hours_are_the_plans_own_number() -> None:
    # clinic page, guideline 1: no strenuous exercise for 16 hours
    assert timedelta(hours=RULES.exercise_hours) == EXERCISE_HOURS == timedelta(hours=16)


def test_the_moves_reason_names_both_clock_times() -> None:
    step = plan(visit("2026-05-05T14:00"))["exercise_over"]

    assert step.moved_because == "moved from 06:00 to 09:00: send window"


def test_the_text_at_once_may_leave_until_nine_in_the_evening_only() -> None:
    step = plan(visit("2026-05-05T19:30", entered="2026-05-05T20:40"))["aftercare_now"]

    assert may_leave(step, local("2026-05-05T20:59"), SETTING)
    assert not may_leave(step, local("2026-05-05T21:00"), SETTING)
    assert not may_leave(step, local("2026-05-05T20:39"), SETTING)
