"""The table of word weights behind the second opinion, and what one word counts in it. Pure; built once, never changed.

It must never decide: bot.second_opinion adds the weights up, bot.combining says what they may change.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

STEM_LETTERS = 5
PIECES = (4, 5)  # letters in a piece of a word: what a typo leaves whole
CACHED_WORDS = 20_000

Danger = tuple[float, float]  # how much a feature speaks for an emergency, and for opting out
TopicRow = tuple[tuple[int, float], ...]  # number of the class, weight
DANGERS = ("emergency", "stop")


def stem_of(word: str) -> str | None:
    """`tomor*` of tomorrow; none of a short word."""
    return word[:STEM_LETTERS] + "*" if len(word) > STEM_LETTERS else None


def pieces_of(word: str) -> tuple[str, ...]:
    """A word, its stem, and its pieces of four and five letters with the ends marked: `#<wor`, `#word`, `#ord>`."""
    stem = stem_of(word)
    marked = f"<{word}>"
    pieces = {f"#{marked[i : i + size]}" for size in PIECES for i in range(len(marked) - size + 1)}
    return (word, *((stem,) if stem else ()), *sorted(pieces))


class WordWeights:
    """What tools/learn_words.py learnt: `danger` for every feature, `topics` for words, pairs, concepts and signs."""

    def __init__(
        self,
        classes: tuple[str, ...] = (),
        danger: Mapping[str, Danger] = MappingProxyType({}),
        topics: Mapping[str, TopicRow] = MappingProxyType({}),
        damping: float = 0.25,
    ) -> None:
        self.classes = classes
        self.danger = danger
        self.topics = topics
        self.damping = damping
        self.danger_of_word = lru_cache(maxsize=CACHED_WORDS)(self._danger_of_word)

    def _danger_of_word(self, word: str) -> Danger:
        """A word, its stem and its pieces together."""
        known = [self.danger[piece] for piece in pieces_of(word) if piece in self.danger]
        return sum(row[0] for row in known), sum(row[1] for row in known)


NO_WEIGHTS = WordWeights()
