"""Finds patterns in a text: a quick look with one bit a word, then the exact places of what is there. Pure.

It must never judge what a match means, and its work grows with the number of words, not with its square.
"""

from collections.abc import Iterable, Sequence, Set

from bot.patterns import (
    CLAUSE_END,
    CLAUSE_START,
    DEFAULT_GAP,
    END,
    START,
    Choice,
    Element,
    Link,
    Match,
    Part,
    Pattern,
)
from bot.text import Word

MOST_MATCHES = 6  # of one part in one text
NEAR = 20  # words between the parts of one sentence: people write run-on texts
Span = tuple[int, int]
Occurrences = tuple[
    tuple[int, int], ...
]  # (length in words, one bit for each place it begins), longest first
Fits = tuple[
    int, int, Occurrences
]  # of one element: places it may begin at, places it may end at, so that the rest follows


class Places:
    """Where each symbol stands in one text."""

    __slots__ = (
        "_any",
        "_by_length",
        "_reached",
        "_starts",
        "_symbols",
        "everywhere",
        "narrow",
        "wide",
        "words",
    )

    def __init__(self, words: Sequence[Word]) -> None:
        self.words = words
        self.everywhere = (1 << (len(words) + 1)) - 1
        clauses = _bits(i for i in range(len(words)) if _opens(words, i))
        sentences = _bits(i for i in range(1, len(words)) if words[i].sentence != words[i - 1].sentence)
        self.wide = self.everywhere & ~sentences
        self.narrow = self.wide & ~clauses
        last = 1 << len(words)
        self._by_length: dict[str, dict[int, int]] = {
            START: {0: 1},
            END: {0: last},
            CLAUSE_START: {0: clauses},
            CLAUSE_END: {0: (clauses & ~1) | last},
        }
        self._symbols = set(self._by_length)
        self._any: dict[Choice, Occurrences] = {}
        self._starts: dict[Choice, int] = {}
        self._reached: dict[Link, int] = {}

    def add(self, symbol: str, start: int, end: int) -> None:
        """Record one occurrence."""
        lengths = self._by_length.setdefault(symbol, {})
        lengths[end - start] = lengths.get(end - start, 0) | (1 << start)
        self._symbols.add(symbol)

    def add_all(self, symbol: str, mask: int) -> None:
        """Record occurrences of one word, one bit for each place."""
        lengths = self._by_length.setdefault(symbol, {})
        lengths[1] = lengths.get(1, 0) | mask
        self._symbols.add(symbol)

    def symbols(self) -> Set[str]:
        """Every symbol that stands somewhere in the text."""
        return self._symbols

    def concepts(self) -> dict[str, int]:
        """Where each CONCEPT begins, one bit for each place."""
        named = ((s, lengths) for s, lengths in self._by_length.items() if s[0].isupper())
        return {
            symbol: lengths[1] if len(lengths) == 1 and 1 in lengths else _all_bits(lengths.values())
            for symbol, lengths in named
        }

    def occurrences(self, choice: Choice) -> Occurrences:
        """Where any of the symbols begins, by length; worked out once for each text."""
        known = self._any.get(choice)
        if known is None:
            known = self._any[choice] = self._merge(choice.symbols & self._symbols)
        return known

    def _merge(self, symbols: frozenset[str]) -> Occurrences:
        if len(symbols) == 1:
            (symbol,) = symbols
            lengths = self._by_length[symbol]
            return (
                tuple(lengths.items()) if len(lengths) == 1 else tuple(sorted(lengths.items(), reverse=True))
            )
        merged: dict[int, int] = {}
        for symbol in symbols:
            for length, mask in self._by_length[symbol].items():
                merged[length] = merged.get(length, 0) | mask
        return tuple(sorted(merged.items(), reverse=True))

    def starts(self, choice: Choice) -> int:
        """One bit for each place any of the symbols begins at."""
        known = self._starts.get(choice)
        if known is None:
            known = 0
            for _, mask in self.occurrences(choice):
                known |= mask
            self._starts[choice] = known
        return known

    def are_linked(self, links: Iterable[Link]) -> bool:
        """Whether each of these pairs of neighbouring elements stands in reach of one another somewhere."""
        reached = self._reached
        for link in links:
            places = reached.get(link)
            if places is None:
                places = reached[link] = self._reach(link)
            if not places:
                return False
        return True

    def _reach(self, link: Link) -> int:
        """Where the second element begins in reach of the first."""
        ends = 0
        for length, mask in self.occurrences(link.first):
            ends |= mask << length
        return _widen(self, ends, link.second) & self.starts(link.second.choice) if ends else 0

    def allowed(self, element: Element) -> int:
        """Where the element may begin after another: not behind the sentence, nor, with a narrow gap, the clause.

        "not weak, breathing fine" is not "not breathing".
        """
        if element.choice.is_edge or element.after_edge:
            return self.everywhere
        return self.narrow if element.gap < DEFAULT_GAP else self.wide


def _all_bits(masks: Iterable[int]) -> int:
    joined = 0
    for mask in masks:
        joined |= mask
    return joined


def _bits(positions: Iterable[int]) -> int:
    mask = 0
    for position in positions:
        mask |= 1 << position
    return mask


def _opens(words: Sequence[Word], position: int) -> bool:
    """Whether a clause begins at this word."""
    return position == 0 or words[position].clause != words[position - 1].clause


def _widen(places: Places, ends: int, element: Element) -> int:
    """Places the element may begin at after the previous one ended."""
    allowed = places.allowed(element)
    step = starts = ends & allowed
    for _ in range(element.gap if step else 0):
        step = (step << 1) & allowed
        starts |= step
    return starts


def _narrow(places: Places, starts: int, element: Element) -> int:
    """Places where the previous element may end so that this one begins at one of `starts`: _widen reversed."""
    allowed = places.allowed(element)
    step = ends = starts & allowed
    for _ in range(element.gap):
        step = (step >> 1) & allowed
        ends |= step
    return ends


def _fit(places: Places, part: Part) -> list[Fits] | None:
    """For each element where it fits, worked out from the end of the part backwards; None = nowhere."""
    follow = places.everywhere
    fits: list[Fits] = []
    for element in reversed(part.elements):
        starts = 0
        occurrences = places.occurrences(element.choice)
        for length, mask in occurrences:
            starts |= mask & (follow >> length)
        fits.append((starts, follow, occurrences))
        before = _narrow(places, starts, element)
        follow = before | follow if element.optional else before
        if not starts and not element.optional:
            return None
    fits.reverse()
    return fits


def _read_spans(places: Places, part: Part, fits: list[Fits], position: int) -> list[Span]:
    """The spans of the part from `position` on: each step is known to lead to the end, so none is taken back."""
    spans: list[Span] = []
    for index, (element, (starts, follow, occurrences)) in enumerate(zip(part.elements, fits, strict=True)):
        here = starts & (_widen(places, 1 << position, element) if index else 1 << position)
        if not here:
            continue  # an optional element that is not there
        begin = _lowest(here)
        for length, mask in occurrences:
            if mask >> begin & 1 and follow >> (begin + length) & 1:
                position = begin + length
                break
        spans.append((begin, position))
    return spans


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


def find_part(places: Places, part: Part) -> list[list[Span]]:
    """Every place the part is read from, up to a handful."""
    if len(part.elements) == 1:
        return _single_spans(places.occurrences(part.elements[0].choice))
    fits = _fit(places, part)
    return [_read_spans(places, part, fits, start) for start in _first_bits(fits[0][0])] if fits else []


def _single_spans(occurrences: Occurrences) -> list[list[Span]]:
    """A part of one element stands wherever its longest symbol does: nothing has to be fitted."""
    if len(occurrences) == 1:
        ((length, mask),) = occurrences
        return [[(start, start + length)] for start in _first_bits(mask)]
    longest: dict[int, int] = {}
    for length, mask in occurrences:
        for start in _first_bits(mask):
            longest.setdefault(start, length)
    return [[(start, start + longest[start])] for start in sorted(longest)[:MOST_MATCHES]]


def _first_bits(mask: int) -> list[int]:
    first: list[int] = []
    while mask and len(first) < MOST_MATCHES:
        first.append(_lowest(mask))
        mask &= mask - 1
    return first


def find_pattern(places: Places, pattern: Pattern) -> list[Match]:
    """All matches of one pattern in one text."""
    first, *others = pattern.parts
    begun = find_part(places, first)
    if not others:
        return [_to_match(pattern, spans) for spans in begun]
    found: list[tuple[Part, list[list[Span]]]] = []
    for part in others if begun else ():
        found.append((part, find_part(places, part)))
        if not found[-1][1] and not part.absent:
            return []
    joined = (_join(places, spans, found) for spans in begun)
    return [_to_match(pattern, spans) for spans in joined if spans is not None]


def _join(
    places: Places, spans: list[Span], others: list[tuple[Part, list[list[Span]]]]
) -> list[Span] | None:
    """The first part's spans with those of the other parts, or None where one is missing or must be absent."""
    joined = list(spans)
    for part, found in others:
        near = [other for other in found if not part.same_sentence or _is_near(places, spans, other)]
        if bool(near) == part.absent:
            return None
        joined.extend(near[0] if near else ())
    return joined


def _is_near(places: Places, spans: list[Span], other: list[Span]) -> bool:
    last = len(places.words) - 1
    here, there = min(spans[0][0], last), min(other[0][0], last)
    return places.words[here].sentence == places.words[there].sentence and abs(here - there) <= NEAR


def _to_match(pattern: Pattern, spans: list[Span]) -> Match:
    if len(spans) == 1:
        ((start, end),) = spans
        return Match(pattern, start, max(end, start + 1), frozenset(range(start, end)))
    used = frozenset(i for start, end in spans for i in range(start, end))
    return Match(pattern, min(used, default=0), max(used, default=0) + 1, used)
