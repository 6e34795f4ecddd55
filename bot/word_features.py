"""What the second opinion weighs in one text: words and their pieces, neighbours, concepts, signs of the rules. Pure.

It must never weigh good manners: a greeting, a thank-you or a smile beside a text must not change what it says.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations, pairwise
from typing import NamedTuple

from bot.clauses import Force
from bot.patterns import Match, Pattern, used_by
from bot.reading import Reading

MOST_CONCEPTS = 12  # pairs of concepts are formed of no more
CACHED_SYMPTOMS = 20_000
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
    return [
        Sign(name, match.start) for match, force in judged for name in _symptom_names(match.pattern, force)
    ]


@lru_cache(maxsize=CACHED_SYMPTOMS)
def _symptom_names(pattern: Pattern, force: Force) -> tuple[str, ...]:
    key = pattern.key if pattern.table == "red_flags" else pattern.table
    live = "" if force is Force.LIVE else "not "
    names = (f"{force.value}", f"{key} {force.value}", f"{live}{pattern.source}")
    return tuple(SYMPTOM_SIGN + name for name in names)


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
        if not polite >> i & 1 and (sentence is None or word.sentence == sentence)
    ]
    words = [reading.words[i].text for i in kept]
    names = {""}
    names.update(map(" ".join, pairwise(words)))
    names.update(map(" _ ".join, zip(words, words[2:], strict=False)))
    names.update(_concepts(reading, kept, denied))
    inside = set(kept)
    names.update(s.name for s in signs if s.place in inside or (s.place is None and sentence is None))
    names.add(length_sign(len(words)))
    if reading.question and sentence is None:
        names.add("@question")
    return Features(frozenset(words), frozenset(names))


def polite_places(reading: Reading) -> int:
    """One bit for each word that is only good manners."""
    return used_by(m for m in reading.table("courtesy") if m.pattern.key == MANNERS)


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
