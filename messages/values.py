"""What the placeholders of a text stand for: the clinic's own lines and a visit's dates. Must never invent a value.

A value the clinic has not given is absent, so that the sentence that needs it is left out.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from clinic_time.holiday_calendar import HolidaysError, parse_holidays
from clinic_time.opening_hours import OpeningHours, OpeningHoursError, parse_opening_hours
from clinic_time.spoken_time import spoken_date, spoken_opening, spoken_time
from messages.plan_rules import PlanRules
from models.clinic import Clinic
from phone import written_number

# Emergency number and suicide line by country. US: 988lifeline.org; CA: 988.ca; MX: 800 911 2000 (Línea de la Vida);
# GB: samaritans.org 116 123. Unconfirmed: not looked up, a clinic signs them with its emergency words.
COUNTRY_LINES: Mapping[str, tuple[str, str]] = {
    "US": ("911", "988"),
    "CA": ("911", "988"),
    "MX": ("911", "800 911 2000"),
    "GB": ("999", "116 123"),
}
ANYWHERE = ("112", "112")  # reaches the emergency service in the EU and from most mobile phones
OR = {"en": " or ", "es": " o "}


def clinic_values(clinic: Clinic, number: str, *, now: datetime, language: str) -> dict[str, str]:
    """The clinic's own placeholders; `number` is the one of ours that the text leaves from (E.164)."""
    emergency_number, crisis_line = COUNTRY_LINES.get(clinic.country, ANYWHERE)
    hours = _read_hours(clinic)
    given = {
        "clinic_name": clinic.name,
        "clinic_phone": written_number(clinic.phone or number, clinic.country),
        "clinic_number": written_number(number, clinic.country),
        "urgent_line": written_number(clinic.urgent_line or "", clinic.country),
        "portal_url": clinic.portal_url,
        "booking_url": clinic.booking_url,
        "hours": hours.describe(language) if hours else None,
        "next_open": _next_open(clinic, hours, now, language),
        "emergency_number": emergency_number,
        "crisis_line": crisis_line,
    }
    return {name: value for name, value in given.items() if value}


def visit_values(
    *, injected_at: datetime, local_day: date, now: datetime, zone: ZoneInfo, language: str, plan: PlanRules
) -> dict[str, str]:
    """The clock time and the dates that follow from a visit, in words."""
    article = "el " if language == "es" else ""
    exercise_from = exercise_ends_at(injected_at, plan)
    return {
        "exercise_from": spoken_time(exercise_from, now, zone, language),
        "day_14_date": article + spoken_date(local_day + timedelta(days=plan.refinement_from_day), language),
        "refinement_until": article
        + spoken_date(local_day + timedelta(days=plan.refinement_until_day), language),
    }


def exercise_ends_at(injected_at: datetime, plan: PlanRules) -> datetime:
    """When strenuous exercise is fine again: real hours after the injection (clinic page, guideline 1)."""
    return injected_at + timedelta(hours=plan.exercise_hours)


def name_values(names: Sequence[str], language: str) -> dict[str, str]:
    """The clients of a number: their first names. One alone is also {client_name}."""
    first_names = [name.split()[0] for name in names if name.strip()]
    if not first_names:
        return {}
    joined = ", ".join(first_names[:-1]) + OR.get(language, OR["en"]) + first_names[-1]
    if len(first_names) > 1:
        return {"client_names": joined}
    return {"client_name": first_names[0], "client_names": first_names[0]}


def _read_hours(clinic: Clinic) -> OpeningHours | None:
    try:
        return parse_opening_hours(clinic.hours)
    except OpeningHoursError:  # `doctor` says so; a text without opening hours is still worth sending
        return None


def _next_open(clinic: Clinic, hours: OpeningHours | None, now: datetime, language: str) -> str | None:
    """In words when the clinic opens next; None while it is open."""
    if hours is None:
        return None
    zone = ZoneInfo(clinic.timezone)
    try:
        opens_at = hours.next_open(now, zone, parse_holidays(clinic.holidays))
    except HolidaysError:
        return None
    if opens_at is None or opens_at <= now:
        return None
    return spoken_opening(opens_at, now, zone, language)
