"""A second opinion on a text from the weight each of its words was found to have in labelled texts. Pure.

It must never answer by itself: bot.combining says when its opinion counts against the rules.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.reading import Reading, WordWeights

STEM_LETTERS = 5
TOLD_WORDS = 3
SIGNS_OF = frozenset(
    {"clearing", "present", "off_page", "booking", "courtesy", "check_in"}
)  # tables of patterns


@dataclass(frozen=True, slots=True)
class Opinion:
    """The probability of each class (they add up to 1) and the words that weighed most for the likeliest."""

    probabilities: Mapping[str, float]
    likeliest: str
    words: tuple[str, ...]

    def of(self, *names: str) -> float:
        """The probability that the text is one of these."""
        return sum(self.probabilities.get(name, 0.0) for name in names)


def features_of(reading: Reading) -> set[str]:
    """What is weighed: words, pairs of neighbours, stems of longer words, CONCEPTS, @signs and the bare text."""
    words = [word.text for word in reading.words]
    found = {"", *words, *reading.concepts}
    found.update(map(" ".join, pairwise(words)))
    found.update(word[:STEM_LETTERS] + "*" for word in words if len(word) > STEM_LETTERS)
    found.update(
        f"@{match.pattern.key}" for table in SIGNS_OF & reading.found.keys() for match in reading.found[table]
    )
    if reading.question:
        found.add("@question")
    return found


def strength(count: int, damping: float) -> float:
    """How much each of `count` features counts: a long text must not be surer merely for being long."""
    return float(count**-damping)


def soften(totals: Sequence[float]) -> list[float]:
    """Totals as probabilities."""
    top = max(totals)
    powers = [math.exp(total - top) for total in totals]
    whole = sum(powers)
    return [power / whole for power in powers]


def weigh(reading: Reading, weights: WordWeights) -> Opinion:
    """The opinion on one text."""
    found = features_of(reading)
    unit = strength(len(found), weights.damping)
    totals = [0.0] * len(weights.classes)
    known = [(name, weights.features[name]) for name in sorted(found) if name in weights.features]
    for _, row in known:
        for number, weight in row:
            totals[number] += weight * unit
    shares = soften(totals)
    best = max(range(len(shares)), key=shares.__getitem__)
    return Opinion(
        dict(zip(weights.classes, shares, strict=True)), weights.classes[best], _heaviest(known, best)
    )


def _heaviest(known: list[tuple[str, tuple[tuple[int, float], ...]]], best: int) -> tuple[str, ...]:
    """The words that spoke most for the likeliest class; concepts and signs are left out: nobody wrote those."""
    told = [(dict(row).get(best, 0.0), name) for name, row in known if name[:1].islower()]
    heaviest = sorted((pair for pair in told if pair[0] > 0), key=lambda pair: (-pair[0], pair[1]))
    return tuple(name for _, name in heaviest[:TOLD_WORDS])
