"""Wall-clock arithmetic around clock changes and month ends."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from clinic_time.local_time import add_months, at_local, day_number

CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        (date(2026, 3, 7), time(9), "2026-03-07T15:00"),  # CST
        (date(2026, 3, 8), time(9), "2026-03-08T14:00"),  # CDT
        (date(2026, 3, 8), time(2, 30), "2026-03-08T08:30"),  # in the gap: 03:30 CDT
        (date(2026, 11, 1), time(1, 30), "2026-11-01T06:30"),  # twice: the first, CDT
        (date(2026, 11, 1), time(9), "2026-11-01T15:00"),  # CST
    ],
)
def test_local_time_becomes_utc_across_clock_changes(day: date, at: time, expected: str) -> None:
    assert at_local(day, at, CHICAGO) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 1, 31), 3, date(2026, 4, 30)),
        (date(2026, 10, 15), 3, date(2027, 1, 15)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
    ],
)
def test_months_are_calendar_months_clamped_to_the_month_end(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-03-06T23:59", 0),
        ("2026-03-07T00:00", 1),
        ("2026-03-20T00:30", 14),
        ("2026-03-20T23:30", 14),
    ],
)
def test_day_number_counts_local_dates(now: str, day: int) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=CHICAGO).astimezone(UTC)

    assert day_number(date(2026, 3, 6), moment, CHICAGO) == day
