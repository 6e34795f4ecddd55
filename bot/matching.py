"""Finds patterns in a text: a quick look with one bit a word, then the exact places of what is there. Pure.

It must never judge what a match means, and its work grows with the number of words, not with its square.
"""

from collections.abc import Iterable, Sequence, Set

from bot.patterns import (
    CLAUSE_END,
    CLAUSE_START,
    END,
    START,
    Choice,
    Element,
    Link,
    Match,
    Part,
    Pattern,
    span_mask,
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
Standing = tuple[
    int, int, Occurrences
]  # of one choice: places it begins at, places it ends at, both by length


class Places:
    """Where each symbol stands in one text."""

    __slots__ = (
        "_bounds",
        "_by_length",
        "_by_word",
        "_reached",
        "_standing",
        "everywhere",
        "words",
    )

    def __init__(self, words: Sequence[Word]) -> None:
        self.words = words
        self.everywhere = (1 << (len(words) + 1)) - 1
        clauses, sentences = _beginnings(words)
        wide = self.everywhere & ~sentences
        self._bounds = (self.everywhere, wide, wide & ~clauses)  # by Bound
        last = 1 << len(words)
        self._by_word: dict[str, int] = {}  # what single words stand for; most symbols are of no other kind
        self._by_length: dict[str, dict[int, int]] = {  # ends, and what several words stand for
            START: {0: 1},
            END: {0: last},
            CLAUSE_START: {0: clauses},
            CLAUSE_END: {0: (clauses & ~1) | last},
        }
        self._standing: dict[Choice, Standing] = {}
        self._reached: dict[Link, int] = {}

    def add(self, symbol: str, start: int, end: int) -> None:
        """Record what several words stand for."""
        lengths = self._by_length.setdefault(symbol, {})
        lengths[end - start] = lengths.get(end - start, 0) | (1 << start)

    def add_word(self, symbols: Sequence[str], mask: int) -> None:
        """Record what one word stands for, one bit for each place it stands at."""
        by_word = self._by_word
        for symbol in symbols:
            by_word[symbol] = by_word.get(symbol, 0) | mask

    def symbols(self) -> Set[str]:
        """Every symbol that stands somewhere in the text."""
        return self._by_word.keys() | self._by_length.keys()

    def concepts(self) -> dict[str, int]:
        """Where each CONCEPT begins, one bit for each place."""
        found = {symbol: mask for symbol, mask in self._by_word.items() if symbol[0].isupper()}
        for symbol, lengths in self._by_length.items():
            if symbol[0].isupper():
                found[symbol] = found.get(symbol, 0) | _all_bits(lengths.values())
        return found

    def standing(self, choice: Choice) -> Standing:
        """Where any of the symbols stands; worked out once for each text."""
        known = self._standing.get(choice)
        if known is None:
            known = self._standing[choice] = self._merge(choice.symbols)
        return known

    def _merge(self, symbols: frozenset[str]) -> Standing:
        by_word, mask = self._by_word, 0
        for symbol in symbols:
            if symbol in by_word:
                mask |= by_word[symbol]
        if self._by_length.keys().isdisjoint(symbols):
            return mask, mask << 1, ((1, mask),)
        return self._merge_lengths(symbols, mask)

    def _merge_lengths(self, symbols: frozenset[str], words: int) -> Standing:
        merged = {1: words} if words else {}
        for symbol in symbols & self._by_length.keys():
            for length, mask in self._by_length[symbol].items():
                merged[length] = merged.get(length, 0) | mask
        starts = ends = 0
        for length, mask in merged.items():
            starts |= mask
            ends |= mask << length
        return starts, ends, tuple(sorted(merged.items(), reverse=True))

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
        starts = self.standing(link.second.choice)[0]
        return self.widen(self.standing(link.first)[1], link.second) & starts if starts else 0

    def widen(self, ends: int, element: Element) -> int:
        """Places the element may begin at after the one before it ended."""
        allowed = self._bounds[element.bound]
        step = starts = ends & allowed
        for _ in range(element.gap if step else 0):
            step = (step << 1) & allowed
            starts |= step
        return starts

    def next_start(self, end: int, starts: int, element: Element) -> int | None:
        """The first of `starts` the element may begin at after the one before it ended at `end`."""
        window = (2 << element.gap) - 1
        here = starts >> end & window
        nearest = here & -here
        barred = ~self._bounds[element.bound] >> end
        return None if not here or barred & (2 * nearest - 1) else end + nearest.bit_length() - 1

    def narrow(self, starts: int, element: Element) -> int:
        """Places where the element before may end so that this one begins at one of `starts`: widen reversed."""
        allowed = self._bounds[element.bound]
        step = ends = starts & allowed
        for _ in range(element.gap if step else 0):
            step = (step >> 1) & allowed
            ends |= step
        return ends


def _all_bits(masks: Iterable[int]) -> int:
    joined = 0
    for mask in masks:
        joined |= mask
    return joined


def _beginnings(words: Sequence[Word]) -> tuple[int, int]:
    """Where a clause begins, and where a sentence does after another one; one bit for each word."""
    clauses = sentences = 0
    bit, before = 1, None
    for word in words:
        if before is None or word.clause != before.clause:
            clauses |= bit
        if before is not None and word.sentence != before.sentence:
            sentences |= bit
        bit, before = bit << 1, word
    return clauses, sentences


def _fit(places: Places, part: Part) -> list[Fits] | None:
    """For each element where it fits, worked out from the end of the part backwards; None = nowhere."""
    follow = places.everywhere
    fits: list[Fits] = []
    for element in reversed(part.elements):
        starts = 0
        occurrences = places.standing(element.choice)[2]
        for length, mask in occurrences:
            starts |= mask & (follow >> length)
        fits.append((starts, follow, occurrences))
        before = places.narrow(starts, element)
        follow = before | follow if element.optional else before
        if not starts and not element.optional:
            return None
    fits.reverse()
    return fits


def _read_spans(places: Places, part: Part, fits: list[Fits], position: int) -> list[Span]:
    """The spans of the part from `position` on: each step is known to lead to the end, so none is taken back."""
    spans: list[Span] = []
    for index, (element, (starts, follow, occurrences)) in enumerate(zip(part.elements, fits, strict=True)):
        begin = places.next_start(position, starts, element) if index else position
        if begin is None:
            continue  # an optional element that is not there
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
        return _single_spans(places.standing(part.elements[0].choice)[2])
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
        return Match(pattern, start, max(end, start + 1), span_mask(start, end))
    used = 0
    for start, end in spans:
        used |= span_mask(start, end)
    return Match(pattern, max(_lowest(used), 0), max(used.bit_length(), 1), used)
