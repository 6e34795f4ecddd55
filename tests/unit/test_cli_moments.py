"""Moments as people type them, across both clock changes of 2026 in America/Chicago."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cli.mistake import Mistake
from cli.moments import parse_moment
from clinic_time.written_moment import iso

CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-02T14:10", datetime(2026, 3, 2, 20, 10, tzinfo=UTC)),
        ("2026-03-02 14:10", datetime(2026, 3, 2, 20, 10, tzinfo=UTC)),
        ("2026-07-02T14:10", datetime(2026, 7, 2, 19, 10, tzinfo=UTC)),
        ("2026-03-02T14:10-05:00", datetime(2026, 3, 2, 19, 10, tzinfo=UTC)),
        ("2026-03-02T14:10Z", datetime(2026, 3, 2, 14, 10, tzinfo=UTC)),
        ("2026-11-01T01:30-05:00", datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),
        ("2026-11-01T01:30-06:00", datetime(2026, 11, 1, 7, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_without_an_offset_is_the_clinics_clock(text: str, expected: datetime) -> None:
    assert parse_moment(text, CHICAGO) == expected


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("soon", "2026-03-02T14:10"),
        ("2026-02-30T10:00", "2026-03-02T14:10"),
        ("2026-03-02", "no time of day"),
        ("2026-03-08T02:30", "does not exist"),
        ("2026-11-01T01:30", "2026-11-01T01:30-05:00 or 2026-11-01T01:30-06:00"),
    ],
)
def test_what_is_no_single_moment_is_refused_with_its_cure(text: str, cure: str) -> None:
    with pytest.raises(Mistake) as refused:
        parse_moment(text, CHICAGO)

    assert cure in str(refused.value)


def test_printed_moments_carry_their_offset() -> None:
    assert iso(datetime(2026, 7, 2, 19, 10, tzinfo=UTC), CHICAGO) == "2026-07-02T14:10:00-05:00"
    assert iso(None, CHICAGO) is None
