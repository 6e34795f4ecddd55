"""The clinic's opening hours: what the setting means, what is refused, when the next opening is."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from clinic_time.holiday_calendar import (
    HolidayCalendar,
    HolidaysError,
    federal_holidays,
    parse_holidays,
)
from clinic_time.opening_hours import OpeningHoursError, parse_opening_hours

CHICAGO = ZoneInfo("America/Chicago")
WEEKDAYS_AND_SATURDAY = parse_opening_hours("mon-fri 09:00-17:00; sat 10:00-14:00")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "described"),
    [
        ("mon-fri 09:00-17:00; sat 10:00-14:00", "Mon-Fri 9 am-5 pm, Sat 10 am-2 pm"),
        ("mon-fri 09:00-17:00", "Mon-Fri 9 am-5 pm"),
        (" MON , wed 9:30-12:00 ;", "Mon 9:30 am-12 pm, Wed 9:30 am-12 pm"),
        (
            "tuesday-thursday 09:00-12:00, 13:00-17:30",
            "Tue-Thu 9 am-12 pm & 1 pm-5:30 pm",
        ),
        ("fri-mon 10:00-15:00", "Mon 10 am-3 pm, Fri-Sun 10 am-3 pm"),
        ("mon 09:00-17:00; tue 09:00-17:00; wed closed", "Mon-Tue 9 am-5 pm"),
    ],
)
def test_hours_are_read_and_said_in_plain_words(text: str, described: str) -> None:
    assert parse_opening_hours(text).describe() == described


def test_hours_are_said_in_spanish() -> None:
    assert WEEKDAYS_AND_SATURDAY.describe("es") == "L-V 9 am-5 pm, S 10 am-2 pm"


@pytest.mark.parametrize(
    ("text", "faulty_part", "cure"),
    [
        ("", "no day is open", "Name at least one day"),
        ("sun closed", "no day is open", "Name at least one day"),
        ("moo 09:00-17:00", '"moo" in "moo 09:00-17:00" is not a day', "Use mon, tue"),
        (
            "mon-fri",
            '"mon-fri" is not days and hours',
            "Write days, a space, then hours",
        ),
        (
            "mon 9-17",
            '"9-17" in "mon 9-17" is not a span of hours',
            "Write 09:00-17:00",
        ),
        (
            "mon 17:00-09:00",
            '"17:00-09:00" in "mon 17:00-09:00" ends before it begins',
            "opening time first",
        ),
        (
            "mon 09:00-25:00",
            '25:00 in "mon 09:00-25:00" is not a time',
            "00:00 to 23:59",
        ),
        (
            "mon 09:00-13:00, 12:00-17:00",
            'the hours in "mon 09:00-13:00, 12:00-17:00" overlap',
            "in order",
        ),
        (
            "mon-fri 09:00-17:00; wed 10:00-11:00",
            'wed appears twice, again in "wed',
            "in one part",
        ),
        ("mon-wed-fri 09:00-17:00", '"mon-wed-fri" in', "Write mon-fri"),
    ],
)
def test_faulty_hours_name_the_part_and_the_cure(text: str, faulty_part: str, cure: str) -> None:
    with pytest.raises(OpeningHoursError) as refused:
        parse_opening_hours(text)

    assert faulty_part in str(refused.value)
    assert cure in str(refused.value)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-03-02T08:59", False),
        ("2026-03-02T09:00", True),
        ("2026-03-02T16:59", True),
        ("2026-03-02T17:00", False),
        ("2026-03-07T13:59", True),
        ("2026-03-08T11:00", False),
    ],
)
def test_open_from_the_first_minute_to_before_the_last(moment: str, is_open: bool) -> None:
    assert WEEKDAYS_AND_SATURDAY.is_open(local(moment), CHICAGO, ()) is is_open


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-03-02T11:00", "2026-03-02T11:00"),  # open: now
        ("2026-03-02T07:00", "2026-03-02T09:00"),  # before opening
        ("2026-03-06T17:00", "2026-03-07T10:00"),  # Friday evening -> Saturday
        ("2026-03-07T15:00", "2026-03-09T09:00"),  # over the spring change of 8 March
        (
            "2026-10-31T15:00",
            "2026-11-02T09:00",
        ),  # over the autumn change of 1 November
        (
            "2026-12-24T18:00",
            "2026-12-28T09:00",
        ),  # 25 and 26 December are holidays here, 27 a Sunday
    ],
)
def test_next_opening_skips_closed_days_and_keeps_the_local_hour(moment: str, opens: str) -> None:
    holidays = parse_holidays("federal, 2026-12-26")

    assert WEEKDAYS_AND_SATURDAY.next_open(local(moment), CHICAGO, holidays) == local(opens)


def test_second_span_of_the_day_is_the_next_opening_at_lunch() -> None:
    hours = parse_opening_hours("mon 09:00-12:00, 13:00-17:00")

    assert hours.next_open(local("2026-03-02T12:30"), CHICAGO, ()) == local("2026-03-02T13:00")


def test_a_long_closure_has_no_next_opening() -> None:
    class Always:
        def __contains__(self, day: object) -> bool:
            return True

    assert WEEKDAYS_AND_SATURDAY.next_open(local("2026-03-02T12:30"), CHICAGO, Always()) is None


def test_federal_holidays_count_on_their_day_and_the_observed_one() -> None:
    # 5 U.S.C. 6103: Independence Day 2026 is a Saturday, observed on Friday; New Year's Day 2028 on 31 Dec 2027.
    assert {date(2026, 7, 3), date(2026, 7, 4), date(2026, 11, 26)} <= federal_holidays(2026)
    assert date(2027, 12, 31) in federal_holidays(2027)
    assert len(federal_holidays(2026)) == 12


def test_holiday_list_takes_dates_and_the_word_federal() -> None:
    own = parse_holidays("2026-12-24, 2026-12-31")

    assert date(2026, 12, 24) in own
    assert date(2026, 12, 25) not in own
    assert date(2026, 12, 25) in own.with_federal()
    assert parse_holidays("Federal") == HolidayCalendar(federal=True)
    assert parse_holidays("") == parse_holidays("none") == HolidayCalendar()
    assert "2026-12-24" not in own


def test_faulty_holiday_names_the_part_and_the_cure() -> None:
    with pytest.raises(HolidaysError, match=r'"24\.12\.2026" is not a date\. Write dates as 2026-12-24'):
        parse_holidays("federal, 24.12.2026")
