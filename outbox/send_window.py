"""The hours in which reminders may leave. Pure: values in, value out; reads no clock and no file."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic_time.holiday_calendar import federal_holidays
from clinic_time.local_time import at_local, local_day
from outbox.area_codes import AREA_CODE_ZONES

LOOK_AHEAD_DAYS = 60
MIN_COMMON_HOURS = timedelta(
    hours=4
)  # a number's area code may narrow the window only while this much is left

Hours = tuple[time, time]


@dataclass(frozen=True, slots=True)
class Window:
    """Legal local hours by weekday, Monday first; None = closed. The closing time itself is outside."""

    name: str
    week: tuple[Hours | None, ...]
    skips_holidays: bool = False

    def hours_on(self, day: date, holidays: Container[date]) -> Hours | None:
        """The legal hours of one local date, if any; `holidays` are the clinic's own, federal ones always count."""
        if self.skips_holidays and (day in holidays or day in federal_holidays(day.year)):
            return None
        return self.week[day.weekday()]


# 9:00-20:00 is the common part of the federal hours for solicitations (47 CFR 64.1200(c)(1): 8:00-21:00 at the
# called party's location) and of the stricter states' (Connecticut 9:00-20:00, Florida s. 501.616(6) to 20:00).
CARE = Window("care", ((time(9), time(20)),) * 7)
# Promotional texts: the narrower days some states ask for (Rhode Island 9-18; Alabama, Louisiana and Mississippi
# never on Sundays or holidays), begun an hour later by our own choice.
PROMO = Window(
    "promo",
    ((time(10), time(18)),) * 5 + ((time(10), time(17)), None),
    skips_holidays=True,
)
WINDOWS = {window.name: window for window in (CARE, PROMO)}


def candidate_zones(stated_zone: ZoneInfo | None, clinic_zone: ZoneInfo, number: str) -> tuple[ZoneInfo, ...]:
    """The zones a client may be in: the sure one first, then what the number's area code hints at.

    A stated zone is sure and needs no hint. Otherwise the clinic's zone stands, and hints can only narrow the
    window (see open_span). Numbers outside North America and toll-free ones give no hint. `number` is E.164.
    """
    if stated_zone is not None:
        return (stated_zone,)
    hints = AREA_CODE_ZONES.get(number[2:5], ()) if number.startswith("+1") and len(number) == 12 else ()
    return (clinic_zone, *(ZoneInfo(hint) for hint in hints if hint != clinic_zone.key))


def open_span(
    day: date, *, window: Window, zones: Sequence[ZoneInfo], holidays: Container[date]
) -> tuple[datetime, datetime] | None:
    """The UTC span of one local date in which a text is legal in every zone; the first zone is the sure one.

    Where the zones leave less than four common hours, the sure zone alone counts.
    """
    hours = window.hours_on(day, holidays)
    if hours is None:
        return None
    spans = [(at_local(day, hours[0], zone), at_local(day, hours[1], zone)) for zone in zones]
    opens_at, closes_at = max(span[0] for span in spans), min(span[1] for span in spans)
    if closes_at - opens_at < MIN_COMMON_HOURS:
        return spans[0]
    return opens_at, closes_at


def is_open(
    moment: datetime,
    *,
    window: Window,
    zones: Sequence[ZoneInfo],
    holidays: Container[date],
) -> bool:
    """Whether a text of this window may leave at an aware moment."""
    span = open_span(local_day(moment, zones[0]), window=window, zones=zones, holidays=holidays)
    return span is not None and span[0] <= moment < span[1]


def next_allowed(
    moment: datetime,
    *,
    window: Window,
    zones: Sequence[ZoneInfo],
    holidays: Container[date],
) -> datetime | None:
    """The first moment, not before `moment`, at which a text may leave; None if there is none within 60 days."""
    first = local_day(moment, zones[0])
    for day in (first + timedelta(days=n) for n in range(LOOK_AHEAD_DAYS + 1)):
        span = open_span(day, window=window, zones=zones, holidays=holidays)
        if span is not None and span[1] > moment:
            return max(span[0], moment)
    return None


def closes_at(
    moment: datetime,
    *,
    window: Window,
    zones: Sequence[ZoneInfo],
    holidays: Container[date],
) -> datetime:
    """When the window that is open at `moment` closes. Raises ValueError while it is closed."""
    span = open_span(local_day(moment, zones[0]), window=window, zones=zones, holidays=holidays)
    if span is None or not span[0] <= moment < span[1]:
        raise ValueError(f"the {window.name} window is closed at {moment.isoformat()}")
    return span[1]
