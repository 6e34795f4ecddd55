"""What is wrong with a value and what to write instead, said in plain words. Pure."""

from collections.abc import Callable
from typing import Any

TYPES = {
    "integer": "a whole number",
    "string": "a text",
    "object": "an object",
    "array": "a list",
    "boolean": "true or false",
}
FORMATS = {
    "date-time": "Write a moment with its offset, such as 2026-03-02T14:10:00-06:00.",
    "phone": "Write a phone number with area code, such as 573-555-0142 or +15735550142.",
    "time-zone": "Write a time zone such as America/Denver.",
}


def sentence_of(error: Any) -> str:
    """The plain sentence of a jsonschema ValidationError; never the value itself."""
    say = SENTENCES.get(error.validator)
    return say(error) if say else f"It does not fit {error.validator}; see the description at openapi.json."


def _missing(error: Any) -> str:
    names = [name for name in error.validator_value if name not in error.instance]
    return f"Add what is missing: {', '.join(names)}."


def _stray(error: Any) -> str:
    known = ", ".join(error.schema.get("properties", {}))
    return f"Leave out what is not known here; known: {known}."


def _type(error: Any) -> str:
    wanted = error.validator_value
    return f"Write {TYPES.get(wanted, wanted)}."


SENTENCES: dict[str, Callable[[Any], str]] = {
    "required": _missing,
    "additionalProperties": _stray,
    "type": _type,
    "enum": lambda error: f"Write one of: {', '.join(map(str, error.validator_value))}.",
    "minimum": lambda error: f"Write a number from {error.validator_value}.",
    "maximum": lambda error: f"Write a number up to {error.validator_value}.",
    "minLength": lambda _error: "Write something.",
    "maxLength": lambda error: f"Write at most {error.validator_value} characters.",
    "minProperties": lambda _error: "Name at least one thing to set right.",
    "pattern": lambda _error: "Write one line of printable characters that does not begin with a space.",
    "format": lambda error: FORMATS.get(error.validator_value, "It cannot be read."),
}
