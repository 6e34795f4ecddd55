"""Which days are holidays: US federal ones and the clinic's own list. Pure; computed a year at a time."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

FEDERAL_WORD = "federal"
NO_HOLIDAYS_WORD = "none"


class HolidaysError(ValueError):
    """A holiday list that cannot be read; the message names the faulty part and the cure."""


@dataclass(frozen=True, slots=True)
class HolidayCalendar:
    """A set of days to ask with `day in calendar`. `federal` adds the US federal holidays of any year."""

    days: frozenset[date] = frozenset()
    federal: bool = False

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date):
            return False
        return day in self.days or (self.federal and day in federal_holidays(day.year))

    def with_federal(self) -> "HolidayCalendar":
        """The same days plus the US federal holidays: on none of them may a promotional text leave."""
        return HolidayCalendar(days=self.days, federal=True)


FEDERAL_HOLIDAYS = HolidayCalendar(federal=True)


@lru_cache(maxsize=64)
def federal_holidays(year: int) -> frozenset[date]:
    """US federal holidays of a year, both the day itself and the day it is observed (5 U.S.C. 6103)."""
    from holidays import country_holidays  # takes half a second: only when asked

    # New Year's Day of the next year may be observed on 31 December of this one; the package knows.
    return frozenset(day for day in country_holidays("US", years=year) if day.year == year)


def parse_holidays(text: str) -> HolidayCalendar:
    """Read CLINIC_HOLIDAYS: ISO dates and the word `federal`, separated by commas. Empty or `none` = no holidays.

    Raises HolidaysError naming the first part that cannot be read.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    if [word.lower() for word in words] == [NO_HOLIDAYS_WORD]:
        return HolidayCalendar()
    is_federal = any(word.lower() == FEDERAL_WORD for word in words)
    return HolidayCalendar(
        days=frozenset(_parse_day(word) for word in words if word.lower() != FEDERAL_WORD),
        federal=is_federal,
    )


def _parse_day(word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise HolidaysError(
            f'holidays: "{word}" is not a date. Write dates as 2026-12-24, or the word federal, separated by commas.'
        ) from None
