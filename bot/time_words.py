"""How long ago the treatment was, as the text itself says it, and whether that fits the record. Pure.

It must never read a plan ("in 3 days") or a habit ("every 3 months") as time that has passed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from bot.lexicon import NUMBERS
from bot.patterns import positions, used_by
from bot.reading import Reading

UNITS = {
    "minute": 1 / 1440,
    "minutes": 1 / 1440,
    "minuto": 1 / 1440,
    "minutos": 1 / 1440,
    "hour": 1 / 24,
    "hours": 1 / 24,
    "hora": 1 / 24,
    "horas": 1 / 24,
    "day": 1.0,
    "days": 1.0,
    "dia": 1.0,
    "dias": 1.0,
    "week": 7.0,
    "weeks": 7.0,
    "semana": 7.0,
    "semanas": 7.0,
    "month": 30.0,
    "months": 30.0,
    "mes": 30.0,
    "meses": 30.0,
}
EXERCISE_FREE = timedelta(hours=16)  # clinic page, guideline 1: no strenuous exercise for 16 hours
TREATMENT_WORDS = frozenset(
    (
        "treated",
        "injected",
        "botox",
        "tox",
        "dysport",
        "xeomin",
        "jeuveau",
        "daxxify",
        "injections",
        "shots",
        "appointment",
        "treatment",
        "done",
        "inyecciones",
        "inyectaron",
        "puse",
        "pusieron",
        "tratamiento",
        "toxina",
        "cita",
    )
)
HALF_MORE: tuple[tuple[str, ...], ...] = (("and", "a", "half"), ("y", "media"), ("y", "medio"))
HALF_OF_ONE: tuple[tuple[str, ...], ...] = (("half", "an"), ("half", "a"), ("media",), ("medio",))
REACH = 3  # words before the amount in which a cue ("ago") makes it time that has passed; one fewer behind it
DAYS_AGO = timedelta(days=2)  # what was "last week" was not sooner
LEEWAY_DAYS = 1.0  # the record and the text may differ by one day


@dataclass(frozen=True, slots=True)
class StatedTime:
    """Time since treatment as stated, with the precision of its unit (hours or days)."""

    elapsed: timedelta
    exact_hours: bool


def read_stated_time(reading: Reading) -> StatedTime | None:
    """The first time since treatment that the text states, or None; of a story, which is not answered, None."""
    if reading.is_story:
        return None
    blocked = _starts(reading, "not_elapsed")
    cues = _starts(reading, "elapsed_cue")
    words = list(reading.words.texts)
    for position, word in enumerate(words):
        stated = _number_with_unit(words, position, blocked, cues) if word in UNITS else None
        if stated is not None:
            return stated
    if _starts(reading, "yesterday") and _speaks_of_treatment(words):
        return StatedTime(timedelta(days=1), exact_hours=False)
    return StatedTime(timedelta(0), exact_hours=False) if _starts(reading, "today") else None


def says_days_ago(reading: Reading) -> bool:
    """Whether the treatment was some days ago, as the text says it without a number ("got botox last week")."""
    return bool(_starts(reading, "days_ago")) and _speaks_of_treatment(reading.words.texts)


def _starts(reading: Reading, key: str) -> frozenset[int]:
    return frozenset(positions(used_by(reading.kind("time", key))))


def _number_with_unit(
    words: list[str], position: int, blocked: frozenset[int], cues: frozenset[int]
) -> StatedTime | None:
    after = words[position + 1] if position + 1 < len(words) else ""
    unit = UNITS[words[position]]
    if unit == 1.0 and _value(after) is not None and words[position] in ("day", "dia"):
        return StatedTime(timedelta(days=_value(after) or 0), exact_hours=False)
    amount = _amount(words, position)
    if amount is None or not blocked.isdisjoint(range(amount.begin, position)):
        return None
    near = {*range(amount.begin - REACH, amount.begin), *range(amount.end, amount.end + REACH - 1)}
    if cues.isdisjoint(near):
        return None
    return StatedTime(timedelta(days=amount.value * unit), exact_hours=unit < 1.0)


class Amount(NamedTuple):
    """How many of a unit, and the words from `begin` up to, not including, `end` that say so."""

    value: float
    begin: int
    end: int


def _amount(words: list[str], position: int) -> Amount | None:
    """Of the unit at this place: "3 hours", "an hour and a half", "half an hour", "dos horas y media"; never "1.5"."""
    before, end = words[:position], position + 1
    for half in HALF_MORE:
        if tuple(words[end : end + len(half)]) == half:
            whole = _whole(before) or (Amount(1, position, end) if half[0] == "y" else None)
            return whole and Amount(whole.value + 0.5, whole.begin, end + len(half))
        if tuple(before[-len(half) :]) == half:
            whole = _whole(before[: -len(half)])
            return whole and Amount(whole.value + 0.5, whole.begin, end)
    for half in HALF_OF_ONE:
        if tuple(before[-len(half) :]) == half:
            return Amount(0.5, position - len(half), end)
    whole = _whole(before)
    return whole and Amount(whole.value, whole.begin, end)


def _whole(before: list[str]) -> Amount | None:
    """The number at the end of these words; two figures in a row ("1.5", "3:30 2") are none that is sure."""
    value = _value(before[-1]) if before else None
    if value is None or (before[-1].isdigit() and before[-2:-1] and before[-2].isdigit()):
        return None
    return Amount(value, len(before) - 1, len(before))


def _value(word: str) -> float | None:
    if word.isdigit() and len(word) < 4:
        return float(word)
    value = NUMBERS.get(word)
    return None if value is None else float(value)


def _speaks_of_treatment(words: Sequence[str]) -> bool:
    return any(word in TREATMENT_WORDS for word in words)


def disagrees(stated: StatedTime | None, elapsed: timedelta | None, day: int | None) -> bool:
    """Over a day apart, or on different sides of the 16 hours (RULES: a person decides)."""
    if stated is None or elapsed is None:
        return False
    apart = abs(stated.elapsed - elapsed)
    if stated.exact_hours:
        return apart > timedelta(days=LEEWAY_DAYS) or _crosses(stated.elapsed, elapsed)
    days_apart = abs(stated.elapsed.days - (elapsed.days if day is None else day))
    too_far = days_apart > max(LEEWAY_DAYS, stated.elapsed.days * 0.25 if stated.elapsed.days >= 7 else 0)
    return too_far or (days_apart >= 1 and _crosses(stated.elapsed, elapsed))


def _crosses(stated: timedelta, elapsed: timedelta) -> bool:
    return (stated < EXERCISE_FREE) != (elapsed < EXERCISE_FREE)
