"""How a moment is said to a client: "9:10 am tomorrow", "Tue 9:10 am". Pure; `now` and the zone are passed in."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

WEEKDAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "es": ("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
}
MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec"),
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
}
TODAY = {"en": "{clock} today", "es": "{clock} de hoy"}
TOMORROW = {"en": "{clock} tomorrow", "es": "{clock} de mañana"}
YESTERDAY = {"en": "{clock} yesterday", "es": "{clock} de ayer"}
THIS_WEEK = {"en": "{weekday} {clock}", "es": "{weekday} {clock}"}
DATED = {"en": "{weekday}, {month} {day}", "es": "{weekday} {day} de {month}"}
NEAR_DAYS = {0: TODAY, 1: TOMORROW, -1: YESTERDAY}
WEEK_AHEAD_DAYS = 6


def spoken_time(moment: datetime, now: datetime, zone: ZoneInfo, language: str = "en") -> str:
    """A clock time as near as the listener needs it: "9:10 am tomorrow", "Tue 9:10 am", "Sat, Mar 14, 9 am".

    The day is told from `now` in `zone`; a text that may be read on another day should be given its send moment.
    """
    local = moment.astimezone(zone)
    days = (local.date() - now.astimezone(zone).date()).days
    clock = clock_words(local.time())
    weekday = WEEKDAYS[language][local.weekday()]
    if days in NEAR_DAYS:
        return NEAR_DAYS[days][language].format(clock=clock)
    if 1 < days <= WEEK_AHEAD_DAYS:
        return THIS_WEEK[language].format(weekday=weekday, clock=clock)
    return f"{spoken_date(local.date(), language)}, {clock}"


def spoken_date(day: date, language: str = "en") -> str:
    """A calendar date without its year: "Sat, Mar 14" / "sáb 14 de mar"."""
    return DATED[language].format(
        weekday=WEEKDAYS[language][day.weekday()], day=day.day, month=MONTHS[language][day.month - 1]
    )


def clock_words(at: time) -> str:
    """A clock time in twelve hours, minutes only where there are any: "9 am", "12:05 pm"; noon is 12 pm."""
    half = "am" if at.hour < 12 else "pm"
    hour = at.hour % 12 or 12
    return f"{hour}:{at.minute:02d} {half}" if at.minute else f"{hour} {half}"
