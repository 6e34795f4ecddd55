"""Where each word, stem and CONCEPT stands in one text, and so each choice of a pattern: one bit a word. Pure.

It must never judge what a word means, and its work grows with the number of words, not with its square.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress, count
from operator import ne

from bot.patterns import CLAUSE_END, CLAUSE_START, END, START, Choice, Element, Link, Pattern, all_bits
from bot.text import Words

Lengths = tuple[tuple[int, int], ...]  # (length in words, one bit for each place it begins), longest first


class Places:
    """Where each symbol stands in one text."""

    __slots__ = ("bounds", "by_length", "by_word", "everywhere", "words")

    def __init__(self, words: Words) -> None:
        self.words = words
        self.everywhere = (1 << (len(words) + 1)) - 1
        clauses = _changes(words.clauses)
        wide = self.everywhere & ~_changes(words.sentences)
        self.bounds = (self.everywhere, wide, wide & ~(clauses | 1))  # by Bound
        last = 1 << len(words)
        self.by_word: dict[str, int] = {}  # what single words stand for; most symbols are of no other kind
        self.by_length: dict[str, dict[int, int]] = {  # ends, and what several words stand for
            START: {0: 1},
            END: {0: last},
            CLAUSE_START: {0: clauses | bool(len(words))},
            CLAUSE_END: {0: clauses | last},
        }

    def add_phrase(self, symbol: str, start: int, end: int) -> None:
        """Record what several words stand for."""
        lengths = self.by_length.setdefault(symbol, {})
        lengths[end - start] = lengths.get(end - start, 0) | (1 << start)


class Chart:
    """Where each choice stands in one text, and which neighbouring elements stand in reach of one another."""

    __slots__ = ("_lengths", "_reached", "bounds", "everywhere", "longer", "places", "starts")

    def __init__(self, places: Places, choices_of: "ChoicesOf") -> None:
        self.places, self.bounds, self.everywhere = places, places.bounds, places.everywhere
        self.starts = starts = [0] * choices_of.count  # by the number of the choice, one bit for each place
        by_symbol = choices_of.by_symbol
        for symbol, mask in places.by_word.items():
            for number in by_symbol.get(symbol, ()):
                starts[number] |= mask
        self.longer: set[int] = set()  # the numbers of choices that may be other than one word long
        for symbol, lengths in places.by_length.items():
            mask = all_bits(lengths.values())
            for number in by_symbol.get(symbol, ()):
                starts[number] |= mask
            self.longer.update(by_symbol.get(symbol, ()))
        self._lengths: dict[int, Lengths] = {}
        self._reached: dict[Link, bool] = {}

    def lengths(self, choice: Choice) -> Lengths:
        """Of one that may be other than one word long; worked out once for each text."""
        return self._lengths.get(choice.number) or self._merge(choice)

    def _merge(self, choice: Choice) -> Lengths:
        by_word, by_length = self.places.by_word, self.places.by_length
        words = all_bits(by_word.get(symbol, 0) for symbol in choice.symbols)
        merged = {1: words} if words else {}
        for symbol in by_length.keys() & choice.symbols:
            for length, mask in by_length[symbol].items():
                merged[length] = merged.get(length, 0) | mask
        self._lengths[choice.number] = lengths = tuple(sorted(merged.items(), reverse=True))
        return lengths

    def are_linked(self, links: Iterable[Link]) -> bool:
        """Whether each of these pairs of neighbouring elements stands in reach of one another somewhere."""
        reached = self._reached
        for link in links:
            is_reached = reached.get(link)
            if is_reached is None:
                is_reached = reached[link] = self._reaches(link)
            if not is_reached:
                return False
        return True

    def _reaches(self, link: Link) -> bool:
        """Whether the second element begins somewhere in reach of the first."""
        element = link.second
        starts, allowed = self.starts[element.choice.number], self.bounds[element.bound]
        step = self._ends(link.first) & allowed
        for _ in range(element.gap):
            if step & starts:
                return True
            step = (step << 1) & allowed
        return step & starts != 0

    def _ends(self, choice: Choice) -> int:
        """One bit for each place the choice ends at."""
        if choice.number not in self.longer:
            return self.starts[choice.number] << 1
        return all_bits(mask << length for length, mask in self.lengths(choice))

    def narrow(self, starts: int, element: Element) -> int:
        """Places where the element before may end so that this one begins at one of `starts`."""
        allowed = self.bounds[element.bound]
        step = ends = starts & allowed
        for _ in range(element.gap if step else 0):
            step = (step >> 1) & allowed
            ends |= step
        return ends


class ChoicesOf:
    """The choices some patterns are made of: which of them each symbol satisfies, by number. Built once."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        known = {e.choice for pattern in patterns for part in pattern.parts for e in part.elements}
        self.count = 1 + max((choice.number for choice in known), default=0)
        by_symbol: dict[str, list[int]] = {}
        for choice in sorted(known, key=lambda choice: choice.number):
            for symbol in choice.symbols:
                by_symbol.setdefault(symbol, []).append(choice.number)
        self.by_symbol: Mapping[str, Sequence[int]] = by_symbol


def _changes(numbers: Sequence[int]) -> int:
    """Where another number begins than the one before; one bit for each place."""
    return all_bits(1 << place for place in compress(count(1), map(ne, numbers, numbers[1:])))
