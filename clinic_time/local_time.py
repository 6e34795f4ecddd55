"""Wall-clock arithmetic: local dates and hours to UTC and back. Pure; nothing here may read a clock."""

import calendar
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


def at_local(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC moment of a local wall-clock time.

    A time the spring change leaves out means the moment as much later (02:30 -> 03:30); of a time the autumn
    change repeats, the first one is meant.
    """
    return datetime.combine(day, at, tzinfo=zone).replace(fold=0).astimezone(UTC)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The calendar date of an aware moment in a zone."""
    return moment.astimezone(zone).date()


def day_number(visit_day: date, now: datetime, zone: ZoneInfo) -> int:
    """Day N = local date now minus the visit's local date; the visit day is 0 (clinic page counts days so)."""
    return (local_day(now, zone) - visit_day).days


def add_months(day: date, months: int) -> date:
    """Calendar months later, clamped to the last day of a shorter month: 30 Nov + 3 = 28 Feb."""
    years, month0 = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month0 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
