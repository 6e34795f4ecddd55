"""Which of some thousand patterns may stand in a text: those whose elements are all there, each in reach. Pure.

It must never try a pattern that cannot be there: the work grows with what a text says, not with what we know.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import chain, pairwise

from bot.matching import find_pattern
from bot.patterns import Choice, Link, Match, Pattern, link_to
from bot.places import Chart, Places


class PatternIndex:
    """All patterns, indexed by the rarest element each one needs. Built once, never changed."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        needed = [_needed(pattern) for pattern in patterns]
        counts = Counter(chain.from_iterable(needed))
        self.patterns = tuple(patterns)
        self._links = [_links(pattern) for pattern in patterns]
        self._others: list[tuple[int, ...]] = []  # the choices each pattern needs besides its rarest one
        self._by_symbol: dict[str, list[int]] = {}
        for number, choices in enumerate(needed):
            rarest = min(choices, key=lambda choice: (choice.is_edge, _weight(choice, counts)))
            self._others.append(tuple(choice.number for choice in choices if choice is not rarest))
            for symbol in rarest.symbols:
                self._by_symbol.setdefault(symbol, []).append(number)

    def find(self, chart: Chart, known: Set[str] = frozenset()) -> Iterator[Match]:
        """All matches of all patterns, in the order of the patterns; without those whose key is `known` by then."""
        for pattern in self.possible(chart, known):
            yield from find_pattern(chart, pattern)

    def possible(self, chart: Chart, known: Set[str] = frozenset()) -> Iterator[Pattern]:
        """The patterns whose elements all stand in the text, each within reach of the one before."""
        links, are_linked, patterns = self._links, chart.are_linked, self.patterns
        others, starts = self._others, chart.starts
        for n in sorted(self._with_their_rarest(chart.places)):
            for choice in others[n]:
                if not starts[choice]:
                    break
            else:
                if patterns[n].key not in known and are_linked(links[n]):
                    yield patterns[n]

    def _with_their_rarest(self, places: Places) -> Set[int]:
        """The numbers of patterns of which the rarest element stands in the text; none where there is no word."""
        by_symbol = self._by_symbol
        if not len(places.words):
            return frozenset()
        rows = [by_symbol[symbol] for symbol in places.by_word if symbol in by_symbol]
        rows += [by_symbol[symbol] for symbol in places.by_length if symbol in by_symbol]
        return set().union(*rows)


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
