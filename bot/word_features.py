"""What the second opinion weighs in one text: words and their pieces, neighbours, concepts, signs of the rules. Pure.

It must never weigh good manners: a greeting, a thank-you or a smile beside a text must not change what it says.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

from bot.clauses import Force
from bot.patterns import Match
from bot.reading import Reading

MOST_CONCEPTS = 12  # pairs of concepts are formed of no more
LENGTH_STEP, LONGEST_STEP = 6, 6
SIGN_TABLES = ("clearing", "present", "off_page", "booking", "courtesy", "consent")
LENGTH_SIGN = "@long"
DENIED = "~"
MANNERS = "manners"
UNTOLD = frozenset({"courtesy", "filler", MANNERS})
SYMPTOM_SIGN, TOPIC_SIGN = "!", "?"  # what the rules made of the text, as the first letter of a name


class Sign(NamedTuple):
    """Something the rules saw: its name and the word it begins at (None = the text as a whole)."""

    name: str
    place: int | None = None


class Features(NamedTuple):
    """What is weighed in a text or a sentence: its words, and the names of everything else."""

    words: frozenset[str]
    names: frozenset[str]

    def __len__(self) -> int:
        return len(self.words) + len(self.names)


def symptom_signs(judged: Iterable[tuple[Match, Force]]) -> list[Sign]:
    """Each symptom the rules found, by family and by pattern, with what takes its force away."""
    signs: list[Sign] = []
    for match, force in judged:
        key = match.pattern.key if match.pattern.table == "red_flags" else match.pattern.table
        live = "" if force is Force.LIVE else "not "
        names = (f"{force.value}", f"{key} {force.value}", f"{live}{match.pattern.source}")
        signs.extend(Sign(SYMPTOM_SIGN + name, match.start) for name in names)
    return signs


def topic_signs(scores: Iterable[tuple[str, float]], chosen: Sequence[str], action: str) -> list[Sign]:
    """The topics the rules saw points for, those they would answer, and what they would do."""
    seen = [Sign(f"{TOPIC_SIGN}{topic}") for topic, points in scores if points > 0]
    return [*seen, *(Sign(f"{TOPIC_SIGN}{topic}!") for topic in chosen), Sign(f"{TOPIC_SIGN}{action}")]


def clearing_signs(reading: Reading) -> list[Sign]:
    """Clearing words, words of the present, words off the page, bookings."""
    return [
        Sign(f"@{match.pattern.key}", match.start)
        for table in SIGN_TABLES
        for match in reading.table(table)
        if match.pattern.key not in UNTOLD
    ]


def features_of(
    reading: Reading, signs: Iterable[Sign], sentence: int | None = None, *, denied: int = 0
) -> Features:
    """What is weighed in the whole text, or in one of its sentences; `denied` = places after a negator, as bits."""
    polite = polite_places(reading)
    kept = [
        i
        for i, word in enumerate(reading.words)
        if i not in polite and (sentence is None or word.sentence == sentence)
    ]
    words = [reading.words[i].text for i in kept]
    names = {""}
    names.update(map(" ".join, pairwise(words)))
    names.update(f"{one} _ {other}" for one, other in zip(words, words[2:], strict=False))
    names.update(_concepts(reading, kept, denied))
    inside = set(kept)
    names.update(s.name for s in signs if s.place in inside or (s.place is None and sentence is None))
    names.add(length_sign(len(words)))
    if reading.question and sentence is None:
        names.add("@question")
    return Features(frozenset(words), frozenset(names))


def polite_places(reading: Reading) -> set[int]:
    """The words that are only good manners."""
    return {i for m in reading.table("courtesy") if m.pattern.key == MANNERS for i in m.used}


def length_sign(words: int) -> str:
    """How long a text is, in steps."""
    return f"{LENGTH_SIGN}{min(LONGEST_STEP, words // LENGTH_STEP)}"


def _concepts(reading: Reading, kept: Sequence[int], denied: int) -> Iterable[str]:
    """Concepts and pairs of them; one that stands only after a negator is another one: `~S_FITS`."""
    mask = 0
    for place in kept:
        mask |= 1 << place
    said = sorted(name for name, places in reading.concepts.items() if places & mask & ~denied)
    yield from said
    yield from (DENIED + name for name, places in reading.concepts.items() if places & mask & denied)
    yield from map("&".join, combinations(said[:MOST_CONCEPTS], 2))
