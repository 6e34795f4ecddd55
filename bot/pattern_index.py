"""Which of some thousand patterns may stand in a text: those whose elements are all there, each in reach. Pure.

It must never try a pattern that cannot be there: the work grows with what a text says, not with what we know.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from bot.matching import Places, find_pattern
from bot.patterns import Choice, Link, Match, Pattern, link_to

NO_TABLES: frozenset[str] = frozenset()


class PatternIndex:
    """All patterns, indexed by the rarest element each one needs. Built once, never changed."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        counts = Counter(choice for pattern in patterns for choice in _needed(pattern))
        choices: dict[str, set[Choice]] = {}
        for choice in counts:
            for symbol in choice.symbols:
                choices.setdefault(symbol, set()).add(choice)
        self.patterns = tuple(patterns)
        self._needed = [frozenset(_needed(pattern)) for pattern in patterns]
        self._links = [_links(pattern) for pattern in patterns]
        self._choices_of = {symbol: frozenset(found) for symbol, found in choices.items()}
        self._by_choice: dict[Choice, list[int]] = {}
        for number, pattern in enumerate(patterns):
            rarest = min(_needed(pattern), key=lambda choice: (choice.is_edge, _weight(choice, counts)))
            self._by_choice.setdefault(rarest, []).append(number)

    def find(self, places: Places, skipped: frozenset[str] = NO_TABLES) -> list[Match]:
        """All matches of all patterns, in the order of the patterns; tables that are `skipped` are not looked for."""
        if not places.words:
            return []
        possible = self.possible(places, skipped)
        return [match for pattern in possible for match in find_pattern(places, pattern)]

    def possible(self, places: Places, skipped: frozenset[str] = NO_TABLES) -> Iterable[Pattern]:
        """The patterns whose elements all stand in the text, each within reach of the one before."""
        known, by_choice, needed = self._choices_of, self._by_choice, self._needed
        present = frozenset[Choice]().union(*(known[s] for s in places.symbols() if s in known))
        numbers = (n for choice in present if choice in by_choice for n in by_choice[choice])
        for number in sorted(n for n in numbers if needed[n] <= present):
            pattern = self.patterns[number]
            if pattern.table not in skipped and places.are_linked(self._links[number]):
                yield pattern


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
