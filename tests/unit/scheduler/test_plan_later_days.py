"""When the check-in and the retreatment texts leave: open days, month ends, clock changes, late entries."""

from datetime import date, timedelta

import pytest

from scheduler.plan import PlanSetting
from scheduler.steps import ENTERED_TOO_LATE, NO_OPEN_DAY, NO_SLOT
from tests.support.chicago import CHICAGO
from tests.support.visit_plans import EVERY_WEEKDAY, due, plan, visit


@pytest.mark.parametrize(
    ("at", "expected", "because"),
    [
        ("2026-05-05T14:00", "2026-05-19T10:00", ""),  # Tuesday -> Tuesday
        (
            "2026-05-02T14:00",
            "2026-05-18T10:00",
            "moved from Sat 16 May 10:00 to Mon 18 May 10:00: clinic closed",
        ),
        (
            "2026-05-03T14:00",
            "2026-05-18T10:00",
            "moved from Sun 17 May 10:00 to Mon 18 May 10:00: clinic closed",
        ),
        (
            "2026-05-11T14:00",
            "2026-05-26T10:00",
            "moved from Mon 25 May 10:00 to Tue 26 May 10:00: clinic closed",
        ),
        ("2026-02-24T14:00", "2026-03-10T10:00", ""),  # over the spring change: still 10:00 local
        ("2026-10-20T14:00", "2026-11-03T10:00", ""),  # over the autumn change
        ("2028-02-16T14:00", "2028-03-01T10:00", ""),  # over a leap day
        ("2026-05-09T14:00", "2026-05-23T10:00", NO_OPEN_DAY),  # Saturday, Sunday, Memorial Day
    ],
)
def test_check_in_leaves_on_the_first_open_day_from_day_14(at: str, expected: str, because: str) -> None:
    step = plan(visit(at))["check_in"]

    assert due(step) == expected
    assert step.moved_because == because


@pytest.mark.parametrize(
    ("entered", "expected"),
    [
        ("2026-05-20T11:30", "2026-05-20T11:30"),  # day 15
        ("2026-05-20T20:30", "2026-05-21T10:00"),  # day 15, evening: the next open day at its hour
        ("2026-05-22T10:00", "2026-05-22T10:00"),  # day 17
        ("2026-05-22T21:00", "2026-05-23T09:00"),  # day 17, night
    ],
)
def test_late_entry_still_gets_its_check_in_until_day_18(entered: str, expected: str) -> None:
    assert due(plan(visit("2026-05-05T14:00", entered=entered))["check_in"]) == expected


def test_check_in_is_never_sent_after_day_18() -> None:
    steps = plan(visit("2026-05-05T14:00", entered="2026-05-23T20:00"))

    assert steps["check_in"].skipped_because == ENTERED_TOO_LATE
    assert due(steps["retreatment"]) == "2026-08-05T10:00"


@pytest.mark.parametrize(
    ("at", "first", "second"),
    [
        ("2026-05-05T14:00", "2026-08-05T10:00", "2026-08-26T10:00"),
        ("2025-11-30T14:00", "2026-02-28T10:00", "2026-03-21T10:00"),  # clamped: 28 Feb, a Saturday
        ("2027-11-30T14:00", "2028-02-29T10:00", "2028-03-21T10:00"),  # leap day
        ("2026-06-05T14:00", "2026-09-05T10:00", "2026-09-26T10:00"),
        ("2026-05-09T14:00", "2026-08-10T10:00", "2026-08-31T10:00"),  # Sundays -> Mondays
        ("2026-04-04T14:00", "2026-07-06T10:00", "2026-07-25T10:00"),  # Independence Day, Sunday
        ("2026-08-25T14:00", "2026-11-25T10:00", "2026-12-16T10:00"),  # over the autumn change
    ],
)
def test_retreatment_after_three_calendar_months(at: str, first: str, second: str) -> None:
    steps = plan(visit(at))

    assert due(steps["retreatment"]) == first
    assert due(steps["retreatment_again"]) == second


def test_retreatment_says_why_it_moved() -> None:
    step = plan(visit("2026-05-09T14:00"))["retreatment"]

    assert step.moved_because == "moved from Sun 09 Aug 10:00 to Mon 10 Aug 10:00: send window"


def test_clinics_own_holiday_moves_check_in_and_promotion_only() -> None:
    every_day = frozenset(date(2026, 5, 1) + timedelta(days=n) for n in range(400))
    open_day = date(2026, 5, 20)
    setting = PlanSetting(
        zones=(CHICAGO,), hours=EVERY_WEEKDAY, holidays=every_day - {open_day, date(2026, 8, 7)}
    )

    steps = plan(visit("2026-05-05T14:00"), setting=setting)

    assert due(steps["exercise_over"]) == "2026-05-06T09:00"
    assert due(steps["check_in"]) == "2026-05-20T10:00"
    assert due(steps["retreatment"]) == "2026-08-07T10:00"
    assert steps["retreatment_again"].skipped_because == NO_SLOT
