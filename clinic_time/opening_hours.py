"""When the clinic is open: one line of settings read into a week, and questions about it. Pure, reads no clock."""

import re
from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from clinic_time.local_time import at_local
from clinic_time.spoken_time import clock_words

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONG_DAY_NAMES = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
SHORT_DAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "es": ("L", "M", "X", "J", "V", "S", "D"),
}
LOOK_AHEAD_DAYS = 60
EXAMPLE = "mon-fri 09:00-17:00; sat 10:00-14:00"

_PART = re.compile(r"(?P<days>[^\d]*[^\d\s])\s+(?P<hours>\d.*)")
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


class OpeningHoursError(ValueError):
    """Opening hours that cannot be read; the message names the faulty part and the cure."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(f'opening hours: {what}. {cure} Example: "{EXAMPLE}".')


@dataclass(frozen=True, slots=True)
class OpenSpan:
    """One stretch of a day in local wall-clock time, `closes` not included."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """A clinic's week, Monday first; a day without spans is closed."""

    week: tuple[tuple[OpenSpan, ...], ...]

    def is_open_day(self, day: date, holidays: Container[date]) -> bool:
        """Whether the clinic opens at all on that local date."""
        return bool(self.spans_of(day, holidays))

    def spans_of(self, day: date, holidays: Container[date]) -> tuple[OpenSpan, ...]:
        """The opening spans of one local date; none on a holiday."""
        return () if day in holidays else self.week[day.weekday()]

    def is_open(self, moment: datetime, zone: ZoneInfo, holidays: Container[date]) -> bool:
        """Whether the clinic is open at an aware moment."""
        local = moment.astimezone(zone)
        return any(
            at_local(local.date(), span.opens, zone) <= moment < at_local(local.date(), span.closes, zone)
            for span in self.spans_of(local.date(), holidays)
        )

    def next_open(self, moment: datetime, zone: ZoneInfo, holidays: Container[date]) -> datetime | None:
        """The first UTC moment, not before `moment`, at which the clinic is open; None within 60 days of closure."""
        if self.is_open(moment, zone, holidays):
            return moment
        first = moment.astimezone(zone).date()
        for day in (first + timedelta(days=n) for n in range(LOOK_AHEAD_DAYS + 1)):
            for span in self.spans_of(day, holidays):
                opens_at = at_local(day, span.opens, zone)
                if opens_at >= moment:
                    return opens_at
        return None

    def describe(self, language: str = "en") -> str:
        """For clients: "Mon-Fri 9 am-5 pm, Sat 10 am-2 pm"; neighbouring days with equal hours share one entry."""
        return ", ".join(
            f"{_describe_days(first, last, language)} {_describe_spans(self.week[first])}"
            for first, last in self._runs()
        )

    def _runs(self) -> list[tuple[int, int]]:
        runs: list[tuple[int, int]] = []
        for weekday, spans in enumerate(self.week):
            if not spans:
                continue
            if runs and runs[-1][1] == weekday - 1 and self.week[weekday - 1] == spans:
                runs[-1] = (runs[-1][0], weekday)
            else:
                runs.append((weekday, weekday))
        return runs


def parse_opening_hours(text: str) -> OpeningHours:
    """Read "mon-fri 09:00-17:00; sat 10:00-14:00"; a day may have several spans, separated by commas.

    Raises OpeningHoursError naming the first part that cannot be read and what to write instead.
    """
    week: dict[int, tuple[OpenSpan, ...]] = {}
    for part in (part.strip() for part in text.split(";")):
        if part:
            _add_part(week, part)
    if not any(week.values()):
        raise OpeningHoursError("no day is open", "Name at least one day with its hours.")
    return OpeningHours(tuple(week.get(weekday, ()) for weekday in range(7)))


def _add_part(week: dict[int, tuple[OpenSpan, ...]], part: str) -> None:
    weekdays, spans = _read_part(part)
    for weekday in weekdays:
        if weekday in week:
            raise OpeningHoursError(
                f'{DAY_NAMES[weekday]} appears twice, again in "{part}"',
                "Write all hours of a day in one part: mon 09:00-12:00, 13:00-17:00.",
            )
        week[weekday] = spans


def _read_part(part: str) -> tuple[list[int], tuple[OpenSpan, ...]]:
    lowered = part.lower()
    if lowered.endswith(" closed"):
        return _read_days(lowered.removesuffix(" closed"), part), ()
    match = _PART.fullmatch(lowered)
    if match is None:
        raise OpeningHoursError(f'"{part}" is not days and hours', "Write days, a space, then hours.")
    return _read_days(match["days"], part), _read_spans(match["hours"], part)


def _read_days(text: str, part: str) -> list[int]:
    weekdays: list[int] = []
    for group in text.split(","):
        ends = [_read_day(name.strip(), part) for name in group.split("-")]
        if len(ends) > 2:
            raise OpeningHoursError(f'"{group.strip()}" in "{part}" is not a range', "Write mon-fri.")
        length = (ends[-1] - ends[0]) % 7
        weekdays += [(ends[0] + step) % 7 for step in range(length + 1)]
    return weekdays


def _read_day(name: str, part: str) -> int:
    for names in (DAY_NAMES, LONG_DAY_NAMES):
        if name in names:
            return names.index(name)
    raise OpeningHoursError(f'"{name}" in "{part}" is not a day', f"Use {', '.join(DAY_NAMES)}.")


def _read_spans(text: str, part: str) -> tuple[OpenSpan, ...]:
    spans = tuple(_read_span(piece.strip(), part) for piece in text.split(","))
    for earlier, later in pairwise(spans):
        if later.opens < earlier.closes:
            raise OpeningHoursError(f'the hours in "{part}" overlap', "Write them in order of time.")
    return spans


def _read_span(piece: str, part: str) -> OpenSpan:
    match = _HOURS.fullmatch(piece)
    if match is None:
        raise OpeningHoursError(f'"{piece}" in "{part}" is not a span of hours', "Write 09:00-17:00.")
    opens, closes = (
        _read_time(match[1], match[2], part),
        _read_time(match[3], match[4], part),
    )
    if closes <= opens:
        raise OpeningHoursError(
            f'"{piece}" in "{part}" ends before it begins',
            "Write the opening time first.",
        )
    return OpenSpan(opens, closes)


def _read_time(hour: str, minute: str, part: str) -> time:
    if int(hour) > 23 or int(minute) > 59:
        raise OpeningHoursError(f'{hour}:{minute} in "{part}" is not a time', "Use 00:00 to 23:59.")
    return time(int(hour), int(minute))


def _describe_days(first: int, last: int, language: str) -> str:
    names = SHORT_DAYS[language]
    if first == last:
        return names[first]
    return f"{names[first]}-{names[last]}"


def _describe_spans(spans: tuple[OpenSpan, ...]) -> str:
    return " & ".join(f"{clock_words(span.opens)}-{clock_words(span.closes)}" for span in spans)
