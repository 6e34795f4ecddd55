"""What an owner may change about the clinic. A change of zone, hours or holidays plans every unsent text anew."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import cache, partial
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from sqlalchemy.orm import Session

from clinic_time.holiday_calendar import parse_holidays
from clinic_time.opening_hours import parse_opening_hours
from desk.forms import one_line, raise_if_any
from desk.records import record
from messages.plan_rules import PlanRules
from messages.wording_checks import has_shortener
from models.clinic import Clinic
from models.staff import Staff
from phone import parse_phone
from scheduler.reminders import replan_clinic

CLINIC_SAVED = "clinic_saved"
PLANNED_BY = ("timezone", "hours", "holidays")  # what the moments of planned texts follow from
PURPOSES = ("promo", "care")


@dataclass(frozen=True, slots=True)
class ClinicForm:
    """The clinic's own lines as typed in. An empty line means that there is none."""

    name: str
    timezone: str
    hours: str
    holidays: str
    phone: str
    urgent_line: str
    portal_url: str
    booking_url: str

    @classmethod
    def of(cls, clinic: Clinic) -> "ClinicForm":
        """What stands now."""
        return cls(**{field.name: getattr(clinic, field.name) or "" for field in fields(cls)})

    @classmethod
    def read(cls, form: Mapping[str, str]) -> "ClinicForm":
        """What was typed in."""
        return cls(**{field.name: form.get(field.name, "").strip() for field in fields(cls)})


def save_clinic(
    session: Session, clinic: Clinic, typed: ClinicForm, *, rules: PlanRules, by: Staff, now: datetime
) -> tuple[str, ...]:
    """Store the clinic's lines; the names of the fields that changed. Raises FormError."""
    values = _checked(typed, clinic.country)
    changed = tuple(
        name for name, value in values.items() if (getattr(clinic, name) or None) != (value or None)
    )
    for name in changed:
        setattr(clinic, name, values[name])
    session.flush()
    if set(changed) & set(PLANNED_BY):
        replan_clinic(session, clinic.id, rules=rules, now=now)
    record(
        session, by, CLINIC_SAVED, kind="clinic", id=clinic.id, now=now, note=",".join(changed)[:200] or None
    )
    return changed


def set_retreatment_purpose(
    session: Session, clinic: Clinic, *, purpose: str, name: str, rules: PlanRules, by: Staff, now: datetime
) -> None:
    """Whether the 3-month text counts as care or as promotion; as care only under somebody's name. Raises FormError."""
    raise_if_any({} if purpose in PURPOSES else {"purpose": "Pick one."})
    answers = ""
    if purpose == "care":
        raise_if_any(problems := _name_problems(name))
        answers = "" if problems else one_line(name, longest=120)
    clinic.retreatment_purpose = purpose
    clinic.retreatment_purpose_by, clinic.retreatment_purpose_at = answers or None, now
    session.flush()
    replan_clinic(session, clinic.id, rules=rules, now=now)
    record(session, by, "retreatment_class", kind="clinic", id=clinic.id, now=now, note=purpose)


def set_blurred_photos(session: Session, clinic: Clinic, *, blurred: bool, by: Staff, now: datetime) -> None:
    """Whether photos are blurred until somebody opens them."""
    clinic.blur_photos = blurred
    record(
        session, by, "photos_blurred", kind="clinic", id=clinic.id, now=now, note="on" if blurred else "off"
    )


def confirm_emergency_words(session: Session, clinic: Clinic, *, name: str, by: Staff, now: datetime) -> None:
    """A clinician's name under what a client in danger is told. Raises FormError."""
    raise_if_any(_name_problems(name))
    clinic.emergency_words_confirmed_by = one_line(name, longest=120)
    clinic.emergency_words_confirmed_at = now
    record(session, by, "emergency_words_confirmed", kind="clinic", id=clinic.id, now=now)


@cache
def timezone_names() -> frozenset[str]:
    """Every zone this machine knows, by name."""
    return frozenset(available_timezones())


def _checked(typed: ClinicForm, country: str) -> dict[str, str | None]:
    errors: dict[str, str] = {}
    values: dict[str, str | None] = {}
    for name, text in asdict(typed).items():
        try:
            values[name] = _READERS[name](text, country)
        except ValueError as error:
            errors[name] = str(error)
    raise_if_any(errors)
    return values


def _name_problems(name: str) -> dict[str, str]:
    return {} if name.strip() else {"name": "Write the name of the person who answers for this."}


def _read_name(text: str, _country: str) -> str:
    return one_line(text, longest=120)


def _read_zone(text: str, _country: str) -> str:
    if text not in timezone_names():
        raise ValueError("This is not a time zone we know. Pick one from the list, such as America/Chicago.")
    return text


def _read_hours(text: str, _country: str) -> str:
    parse_opening_hours(text)
    return text if len(text) <= 300 else _too_long(300)


def _read_holidays(text: str, _country: str) -> str:
    parse_holidays(text)
    return text


def _read_phone(text: str, country: str) -> str | None:
    return parse_phone(text, country) if text else None


def _read_address(text: str, _country: str, *, longest: int) -> str | None:
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or "." not in parts.hostname or " " in text:
        raise ValueError("Write the whole address, starting with https://")
    if has_shortener(text):
        raise ValueError("Carriers block shortened links. Write the clinic's own address.")
    return text if len(text) <= longest else _too_long(longest)


def _too_long(longest: int) -> str:
    raise ValueError(f"Use at most {longest} characters.")


_READERS: Mapping[str, Callable[[str, str], str | None]] = {
    "name": _read_name,
    "timezone": _read_zone,
    "hours": _read_hours,
    "holidays": _read_holidays,
    "phone": _read_phone,
    "urgent_line": _read_phone,
    "portal_url": partial(_read_address, longest=500),
    "booking_url": partial(_read_address, longest=500),
}
