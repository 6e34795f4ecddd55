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
    """Learnt by tools/learn_words.py: `danger` of every feature, `topics` of all but pairs of concepts and symptoms."""

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
        self.topics_of_word = lru_cache(maxsize=CACHED_WORDS)(self._topics_of_word)

    def _danger_of_word(self, word: str) -> Danger:
        """A word, its stem and its pieces together."""
        known = [self.danger[piece] for piece in pieces_of(word) if piece in self.danger]
        return sum(row[0] for row in known), sum(row[1] for row in known)

    def _topics_of_word(self, word: str) -> TopicRow:
        """The same for each class."""
        totals: dict[int, float] = {}
        for piece in pieces_of(word):
            for number, weight in self.topics.get(piece, ()):
                totals[number] = totals.get(number, 0.0) + weight
        return tuple(totals.items())

    def of_word(self, word: str, name: str) -> float:
        """How much a word speaks for one class or danger."""
        return self._for(name, self.danger_of_word(word), self.topics_of_word(word))

    def of_name(self, feature: str, name: str) -> float:
        """How much any other feature does."""
        return self._for(name, self.danger.get(feature, (0.0, 0.0)), self.topics.get(feature, ()))

    def _for(self, name: str, danger: Danger, topics: TopicRow) -> float:
        if name in DANGERS:
            return danger[DANGERS.index(name)]
        return dict(topics).get(self.classes.index(name), 0.0)


NO_WEIGHTS = WordWeights()
