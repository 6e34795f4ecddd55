"""The table of word weights behind the second opinion, and what one word counts in it. Pure; built once, never changed.

It must never decide: bot.second_opinion adds the weights up, bot.combining says what they may change.
"""

from collections.abc import Iterable, Mapping
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

    def speaking_for(self, name: str, words: Iterable[str], others: Iterable[str]) -> list[tuple[float, str]]:
        """How much each of these words and other features speaks for one class or danger, as far as it is known."""
        if name in DANGERS:
            column = DANGERS.index(name)
            told = [(self.danger_of_word(word)[column], word) for word in words]
            return told + [(self.danger[other][column], other) for other in others if other in self.danger]
        number = self.classes.index(name)
        rows = [(self.topics_of_word(word), word) for word in words]
        rows += [(self.topics[other], other) for other in others if other in self.topics]
        return [(weight, word) for row, word in rows for known, weight in row if known == number]


NO_WEIGHTS = WordWeights()
