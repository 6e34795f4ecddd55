"""How a moment is said to a client: "9:10 am tomorrow", "Tue 9:10 am". Pure; `now` and the zone are passed in."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

WEEKDAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
MONTHS = {
    "en": (
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "May",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Oct",
        "Nov",
        "Dec",
    ),
    "es": (
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ),
}
# Spanish clock times carry their article, because it depends on the hour: "la 1:10 pm", "las 9:10 am".
NEAR_DAYS = {
    0: {"en": "{clock} today", "es": "{clock} de hoy"},
    1: {"en": "{clock} tomorrow", "es": "{clock} de mañana"},
    -1: {"en": "{clock} yesterday", "es": "{clock} de ayer"},
}
THIS_WEEK = {"en": "{weekday} {clock}", "es": "{clock} del {weekday}"}
LATER = {"en": "{date}, {clock}", "es": "{clock} del {date}"}
DATED = {"en": "{weekday}, {month} {day}", "es": "{day} de {month}"}
# When something happens, rather than from or until when: Spanish puts the day first.
HAPPENS: dict[str, dict[int | str, str]] = {
    "en": {
        0: "{clock} today",
        1: "{clock} tomorrow",
        "week": "{weekday} {clock}",
        "later": "{date}, {clock}",
    },
    "es": {
        0: "hoy a {clock}",
        1: "mañana a {clock}",
        "week": "el {weekday} a {clock}",
        "later": "el {date} a {clock}",
    },
}
WEEK_AHEAD_DAYS = 6


def spoken_time(
    moment: datetime, now: datetime, zone: ZoneInfo, language: str = "en", *, relative: bool = True
) -> str:
    """A moment with as much of its date as the reader needs: "9:10 am tomorrow", "Tue 9:10 am", "Sat, Mar 14, 9 am".

    Days are counted from `now` in `zone`. A text that may leave or be read on another day than it was written needs
    `relative=False`: then the weekday stands for today and tomorrow too.
    """
    local = moment.astimezone(zone)
    days = (local.date() - now.astimezone(zone).date()).days
    clock = spoken_clock(local.time(), language)
    if relative and days in NEAR_DAYS:
        return NEAR_DAYS[days][language].format(clock=clock)
    if 0 <= days <= WEEK_AHEAD_DAYS:
        return THIS_WEEK[language].format(clock=clock, weekday=WEEKDAYS[language][local.weekday()])
    return LATER[language].format(clock=clock, date=spoken_date(local.date(), language))


def spoken_opening(moment: datetime, now: datetime, zone: ZoneInfo, language: str = "en") -> str:
    """When something to come happens: "Mon 9 am", "el lunes a las 9 am"; days are counted from `now` in `zone`."""
    local = moment.astimezone(zone)
    days = (local.date() - now.astimezone(zone).date()).days
    nearness: int | str = days if days in (0, 1) else "week" if days <= WEEK_AHEAD_DAYS else "later"
    return HAPPENS[language][nearness].format(
        clock=spoken_clock(local.time(), language),
        weekday=WEEKDAYS[language][local.weekday()],
        date=spoken_date(local.date(), language),
    )


def spoken_date(day: date, language: str = "en") -> str:
    """A calendar date without its year: "Sat, Mar 14", "14 de marzo" (no article)."""
    return DATED[language].format(
        weekday=WEEKDAYS[language][day.weekday()],
        day=day.day,
        month=MONTHS[language][day.month - 1],
    )


def spoken_clock(at: time, language: str = "en") -> str:
    """A clock time as it stands in a sentence: "9 am"; in Spanish with its article, "las 9 am", "la 1 pm"."""
    if language != "es":
        return clock_words(at)
    return f"{'la' if at.hour % 12 == 1 else 'las'} {clock_words(at)}"


def clock_words(at: time) -> str:
    """Twelve hours, minutes only where there are any: "9 am", "12:05 pm"; noon is 12 pm."""
    half = "am" if at.hour < 12 else "pm"
    hour = at.hour % 12 or 12
    return f"{hour}:{at.minute:02d} {half}" if at.minute else f"{hour} {half}"
