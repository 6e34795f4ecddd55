"""Which of some thousand patterns may stand in a text: those whose elements are all there, each in reach. Pure.

It must never try a pattern that cannot be there: the work grows with what a text says, not with what we know.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import reduce
from itertools import chain, pairwise
from operator import or_

from bot.matching import Places, find_pattern
from bot.patterns import Choice, Link, Match, Pattern, link_to


class PatternIndex:
    """All patterns, indexed by the rarest element each one needs. Built once, never changed."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        counts = Counter(choice for pattern in patterns for choice in _needed(pattern))
        choices: dict[str, set[Choice]] = {}
        for choice in counts:
            for symbol in choice.symbols:
                choices.setdefault(symbol, set()).add(choice)
        self.patterns = tuple(patterns)
        bits = {choice: 1 << number for number, choice in enumerate(counts)}
        self._needed = [_joined(bits[choice] for choice in _needed(pattern)) for pattern in patterns]
        self._links = [_links(pattern) for pattern in patterns]
        self._present = {symbol: _joined(map(bits.__getitem__, found)) for symbol, found in choices.items()}
        self._by_symbol: dict[str, list[int]] = {}
        for number, pattern in enumerate(patterns):
            rarest = min(_needed(pattern), key=lambda choice: (choice.is_edge, _weight(choice, counts)))
            for symbol in rarest.symbols:
                self._by_symbol.setdefault(symbol, []).append(number)

    def find(self, places: Places, known: Set[str] = frozenset()) -> Iterator[Match]:
        """All matches of all patterns, in the order of the patterns; without those whose key is `known` by then."""
        if not places.words:
            return
        for pattern in self.possible(places, known):
            yield from find_pattern(places, pattern)

    def possible(self, places: Places, known: Set[str] = frozenset()) -> Iterator[Pattern]:
        """The patterns whose elements all stand in the text, each within reach of the one before."""
        symbols, needed = self._present.keys() & places.symbols(), self._needed
        missing = ~_joined(map(self._present.__getitem__, symbols))
        numbers = set(chain.from_iterable(self._by_symbol.get(symbol, ()) for symbol in symbols))
        links, are_linked, patterns = self._links, places.are_linked, self.patterns
        for n in sorted(numbers):
            if not needed[n] & missing and patterns[n].key not in known and are_linked(links[n]):
                yield patterns[n]


def _joined(bits: Iterable[int]) -> int:
    return reduce(or_, bits, 0)


def _weight(choice: Choice, counts: Mapping[Choice, int]) -> int:
    """How common an element is: in many patterns, or satisfied by many words."""
    return counts[choice] * len(choice.symbols)


def _needed(pattern: Pattern) -> list[Choice]:
    return [e.choice for part in pattern.parts if not part.absent for e in part.elements if not e.optional]


def _links(pattern: Pattern) -> tuple[Link, ...]:
    """The pairs of neighbouring elements of which neither may be missing."""
    return tuple(
        link_to(one.choice, other)
        for part in pattern.parts
        if not part.absent
        for one, other in pairwise(part.elements)
        if not (one.optional or other.optional)
    )
