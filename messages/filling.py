"""Fill a wording with values. A required value that is missing is an error: a half-filled text must never exist."""

from collections.abc import Mapping

from messages.fields import FIELDS, PLACEHOLDER, Need, clean_value, placeholders
from messages.problems import MissingValue
from messages.segments import fold


def fill(topic_id: str, unrendered: str, values: Mapping[str, str], *, without_dates: bool = False) -> str:
    """The text to send. Sentences (lines) whose optional value is missing are left out.

    `without_dates` also leaves out the sentences that hold a clock time or date of this client.
    Raises MissingValue where a required value is missing or nothing is left to say.
    """
    clean = {name: clean_value(values[name]) for name in placeholders(unrendered) if values.get(name)}
    kept = [
        sentence
        for sentence in unrendered.splitlines()
        if sentence.strip() and _is_said(topic_id, sentence, clean, without_dates=without_dates)
    ]
    if not kept:
        raise MissingValue(topic_id, placeholders(unrendered)[0] if placeholders(unrendered) else "text")
    text = " ".join(fold(sentence).strip() for sentence in kept)
    return PLACEHOLDER.sub(lambda match: clean[match.group(1)], text)


def _is_said(topic_id: str, sentence: str, clean: Mapping[str, str], *, without_dates: bool) -> bool:
    names = placeholders(sentence)
    if without_dates and any(_need(name) is Need.DATED for name in names):
        return False
    missing = [name for name in names if not clean.get(name)]
    for name in missing:
        if _need(name) is not Need.OPTIONAL:
            raise MissingValue(topic_id, name)
    return not missing


def _need(name: str) -> Need:
    field = FIELDS.get(name)
    return field.need if field else Need.REQUIRED
