"""The only placeholders a text may hold, with what they mean and long but real values to measure texts with.

No template language: a placeholder is a name in braces, filled in one pass; a value is never read as a placeholder.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from messages.segments import fold

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class Need(StrEnum):
    """What happens where a field has no value."""

    REQUIRED = "required"  # MissingValue: nothing is sent
    OPTIONAL = "optional"  # the sentence that holds it is left out
    DATED = "dated"  # as required; but left out where the caller asks for a text without dates


@dataclass(frozen=True, slots=True)
class Field:
    """One placeholder. `samples` are long realistic values by language, used to measure every text."""

    name: str
    need: Need
    meaning: str
    samples: Mapping[str, str]


def _field(name: str, need: Need, meaning: str, en: str, es: str | None = None) -> Field:
    return Field(name, need, meaning, {"en": en, "es": en if es is None else es})


FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        _field("client_name", Need.OPTIONAL, "first name of the client", "Alexandria", "María Fernanda"),
        _field(
            "client_names",
            Need.REQUIRED,
            "names that share a number",
            "Alexandria or Maximilian",
            "María o José",
        ),
        _field("clinic_name", Need.REQUIRED, "name of the clinic", "Cape Skin & Wellness Studio"),
        _field("clinic_phone", Need.REQUIRED, "voice line; falls back to the text number", "(573) 555-0100"),
        _field("clinic_number", Need.REQUIRED, "the number that sends the texts", "(573) 555-0100"),
        _field("urgent_line", Need.OPTIONAL, "the clinic's urgent line", "(573) 555-0199"),
        _field("portal_url", Need.OPTIONAL, "client portal", "https://portal.cape-skin.example"),
        _field("booking_url", Need.OPTIONAL, "booking page", "https://book.cape-skin.example"),
        _field(
            "hours",
            Need.OPTIONAL,
            "opening hours, as OpeningHours.describe says them",
            "Mon-Thu 9 am-5:30 pm, Fri 9 am-4 pm, Sat 10 am-2 pm",
            "L-J 9 am-5:30 pm, V 9 am-4 pm, S 10 am-2 pm",
        ),
        _field(
            "next_open",
            Need.OPTIONAL,
            "when the clinic opens next, as spoken_opening says it; absent while it is open",
            "Wed, Sep 23, 10:30 am",
            "el 23 de septiembre a las 10:30 am",
        ),
        _field(
            "exercise_from",
            Need.DATED,
            "when the 16 hours end, as spoken_time says it",
            "Wed, Sep 23, 10:30 am",
            "las 10:30 am del 23 de septiembre",
        ),
        _field(
            "day_14_date",
            Need.DATED,
            "date of day 14; in Spanish with its article",
            "Wed, Sep 23",
            "el 23 de septiembre",
        ),
        _field(
            "refinement_until",
            Need.DATED,
            "date of day 21; in Spanish with its article",
            "Wed, Sep 30",
            "el 30 de septiembre",
        ),
        _field("emergency_number", Need.REQUIRED, "the country's emergency number", "911"),
        _field("crisis_line", Need.REQUIRED, "the country's suicide and crisis line", "988"),
        _field(
            "first_text_at",
            Need.OPTIONAL,
            "when the first planned text leaves",
            "Wed, Sep 23, 10:30 am",
            "el 23 de septiembre a las 10:30 am",
        ),
        _field("alert_code", Need.REQUIRED, "short code of an alert's thread", "K7"),
        _field("alert_link", Need.REQUIRED, "link to an alert", "https://aftercare.cape-skin.example/a/K7"),
    )
}


def placeholders(text: str) -> tuple[str, ...]:
    """The names in braces, each once, in order."""
    return tuple(dict.fromkeys(PLACEHOLDER.findall(text)))


def clean_value(value: str) -> str:
    """One line of printable characters: control characters go, runs of white space become one space."""
    spaced = " ".join(fold(value).split())
    return "".join(char for char in spaced if unicodedata.category(char) not in ("Cc", "Cs"))


def sample_values(language: str) -> dict[str, str]:
    """Long realistic values for every field, to measure texts with."""
    return {name: field.samples[language] for name, field in FIELDS.items()}
