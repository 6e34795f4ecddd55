"""What the second opinion weighs in one text: words and their pieces, neighbours, concepts, signs of the rules. Pure.

It must never weigh good manners: a greeting, a thank-you or a smile beside a text must not change what it says.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, combinations, pairwise
from typing import NamedTuple

from bot.clauses import Force
from bot.patterns import Match, Pattern, positions, span_mask, used_by
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
UNSURE_SIGN, QUESTION_SIGN = f"{SYMPTOM_SIGN}unsure", "@question"


class Features(NamedTuple):
    """What is weighed in a text or a sentence: its words, and the names of everything else."""

    words: frozenset[str]
    names: frozenset[str]

    def __len__(self) -> int:
        return len(self.words) + len(self.names)


@lru_cache(maxsize=CACHED_SYMPTOMS)
def symptom_signs(pattern: Pattern, force: Force) -> tuple[str, ...]:
    """A symptom the rules found, by family and by pattern, with what takes its force away."""
    key = pattern.key if pattern.table == "red_flags" else pattern.table
    live = "" if force is Force.LIVE else "not "
    names = (f"{force.value}", f"{key} {force.value}", f"{live}{pattern.source}")
    return tuple(SYMPTOM_SIGN + name for name in names)


def topic_signs(scores: Iterable[tuple[str, float]], chosen: Sequence[str], action: str) -> list[str]:
    """The topics the rules saw points for, those they would answer, and what they would do."""
    seen = [f"{TOPIC_SIGN}{topic}" for topic, points in scores if points > 0]
    return [*seen, *(f"{TOPIC_SIGN}{topic}!" for topic in chosen), f"{TOPIC_SIGN}{action}"]


def clearing_words(reading: Reading) -> Iterator[Match]:
    """Clearing words, words of the present, words off the page, bookings: each is weighed by its kind."""
    found = chain.from_iterable(map(reading.table, SIGN_TABLES))
    return (match for match in found if match.pattern.key not in UNTOLD)


def features_of(reading: Reading, kept: int, signs: Iterable[str], denied: int) -> Features:
    """What is weighed in these words of a text; `denied` = places after a negator; both one bit each."""
    words = _texts(reading, kept)
    names = {"", length_sign(len(words)), *signs}
    names.update(map(" ".join, pairwise(words)))
    names.update(map(" _ ".join, zip(words, words[2:], strict=False)))
    names.update(_concepts(reading, kept, denied))
    return Features(frozenset(words), frozenset(names))


def _texts(reading: Reading, kept: int) -> Sequence[str]:
    first, end = max(0, (kept & -kept).bit_length() - 1), kept.bit_length()
    if kept == span_mask(first, end):
        return reading.words.texts[first:end]
    return [reading.words.texts[place] for place in positions(kept)]


def polite_places(reading: Reading) -> int:
    """One bit for each word that is only good manners."""
    return used_by(reading.kind("courtesy", MANNERS))


def length_sign(words: int) -> str:
    """How long a text is, in steps."""
    return f"{LENGTH_SIGN}{min(LONGEST_STEP, words // LENGTH_STEP)}"


def _concepts(reading: Reading, kept: int, denied: int) -> Iterable[str]:
    """Concepts and pairs of them; one that stands only after a negator is another one: `~S_FITS`."""
    concepts, said, unsaid = reading.concepts.items(), kept & ~denied, kept & denied
    names = sorted([name for name, places in concepts if places & said])
    yield from names
    if unsaid:
        yield from [DENIED + name for name, places in concepts if places & unsaid]
    yield from map("&".join, combinations(names[:MOST_CONCEPTS], 2))
