"""Finds patterns in a text: a quick look with one bit a word, then the exact places of what is there. Pure.

It must never judge what a match means, and its work grows with the number of words, not with its square.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.patterns import (
    CLAUSE_END,
    CLAUSE_START,
    DEFAULT_GAP,
    EDGES,
    END,
    START,
    Choice,
    Element,
    Match,
    Part,
    Pattern,
)
from bot.text import Word

MOST_MATCHES = 6  # of one part in one text
NEAR = 20  # words between the parts of one sentence: people write run-on texts
Span = tuple[int, int]
Occurrences = tuple[tuple[int, int], ...]  # (length in words, one bit for each place it begins)


class Places:
    """Where each symbol stands in one text."""

    __slots__ = ("_any", "_by_length", "at", "clause_starts", "everywhere", "sentence_starts", "words")

    def __init__(self, words: Sequence[Word]) -> None:
        self.words = words
        self.everywhere = (1 << (len(words) + 1)) - 1
        self.clause_starts = _bits(i for i in range(len(words)) if _opens(words, i))
        self.sentence_starts = _bits(
            i for i in range(1, len(words)) if words[i].sentence != words[i - 1].sentence
        )
        self.at: list[dict[str, list[int]]] = [{} for _ in range(len(words) + 1)]
        last = 1 << len(words)
        self._by_length: dict[str, dict[int, int]] = {
            START: {0: 1},
            END: {0: last},
            CLAUSE_START: {0: self.clause_starts},
            CLAUSE_END: {0: (self.clause_starts & ~1) | last},
        }
        self._any: dict[Choice, Occurrences] = {}

    def add(self, symbol: str, start: int, end: int) -> None:
        """Record one occurrence."""
        self.at[start].setdefault(symbol, []).append(end)
        lengths = self._by_length.setdefault(symbol, {})
        lengths[end - start] = lengths.get(end - start, 0) | (1 << start)

    def symbols(self) -> Iterable[str]:
        """Every symbol that stands somewhere in the text."""
        return self._by_length.keys()

    def occurrences(self, choice: Choice) -> Occurrences:
        """Where any of the symbols begins, by length; worked out once for each text."""
        known = self._any.get(choice)
        if known is None:
            merged: dict[int, int] = {}
            for symbol in choice.symbols & self._by_length.keys():
                for length, mask in self._by_length[symbol].items():
                    merged[length] = merged.get(length, 0) | mask
            known = self._any[choice] = tuple(merged.items())
        return known

    def ends(self, element: Element, position: int) -> Iterator[int]:
        """Ends of what satisfies the element at `position`, longest phrase first."""
        if element.is_edge:
            if any(mask >> position & 1 for _, mask in self.occurrences(element.choice)):
                yield position
            return
        here = self.at[position]
        ends = {end for symbol in element.choice.symbols & here.keys() for end in here[symbol]}
        yield from sorted(ends, reverse=True)


def _bits(positions: Iterable[int]) -> int:
    mask = 0
    for position in positions:
        mask |= 1 << position
    return mask


def _opens(words: Sequence[Word], position: int) -> bool:
    """Whether a clause begins at this word."""
    return position == 0 or words[position].clause != words[position - 1].clause


def _barrier(places: Places, element: Element) -> int:
    """Where the element must not begin: behind the sentence, and with a narrow gap behind the clause.

    "not weak, breathing fine" is not "not breathing".
    """
    if element.is_edge or element.after_edge:
        return 0
    return places.sentence_starts | (places.clause_starts if element.gap < DEFAULT_GAP else 0)


def _widen(places: Places, ends: int, element: Element) -> int:
    """Places the element may begin at after the previous one ended."""
    allowed = places.everywhere & ~_barrier(places, element)
    step = starts = ends & allowed
    for _ in range(element.gap):
        step = (step << 1) & allowed
        starts |= step
    return starts


def _match_from(
    places: Places, elements: tuple[Element, ...], index: int, position: int
) -> list[Span] | None:
    """Spans of elements[index:] from `position` on, or None."""
    if index == len(elements):
        return []
    element = elements[index]
    starts = _widen(places, 1 << position, element) if index else 1 << position
    for start in _positions(starts):
        for end in places.ends(element, start):
            rest = _match_from(places, elements, index + 1, end)
            if rest is not None:
                return [(start, end), *rest]
    return _match_from(places, elements, index + 1, position) if element.optional else None


def _positions(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _narrow(places: Places, starts: int, element: Element) -> int:
    """Places where the previous element may end so that the element begins at one of `starts`: _widen reversed."""
    allowed = places.everywhere & ~_barrier(places, element)
    step = ends = starts & allowed
    for _ in range(element.gap):
        step = (step >> 1) & allowed
        ends |= step
    return ends


def _fitting_starts(places: Places, part: Part) -> int:
    """The places from which the whole part can be read, found from its end backwards."""
    follow = places.everywhere
    for index in range(len(part.elements) - 1, -1, -1):
        element = part.elements[index]
        starts = 0
        for length, mask in places.occurrences(element.choice):
            starts |= mask & (follow >> length)
        if index == 0:
            return starts
        before = _narrow(places, starts, element)
        follow = before | follow if element.optional else before
        if not follow:
            return 0
    return 0


def find_part(places: Places, part: Part, starts: int) -> list[list[Span]]:
    """Every place of `starts` the part is read from, up to a handful."""
    found: list[list[Span]] = []
    for start in _positions(starts):
        spans = _match_from(places, part.elements, 0, start)
        if spans is not None:
            found.append(spans)
            if len(found) == MOST_MATCHES:
                break
    return found


def find_pattern(places: Places, pattern: Pattern) -> list[Match]:
    """All matches of one pattern in one text."""
    starts = []
    for part in pattern.parts:
        starts.append(_fitting_starts(places, part))
        if not starts[-1] and not part.absent:
            return []
    first, *others = [
        (part, find_part(places, part, fit)) for part, fit in zip(pattern.parts, starts, strict=True)
    ]
    joined = (_join(places, spans, others) for spans in first[1])
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
    used = frozenset(i for start, end in spans for i in range(start, end))
    return Match(pattern, min(used, default=0), max(used, default=0) + 1, used)


class PatternIndex:
    """All patterns, indexed by the rarest symbol each one needs. Built once, never changed."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        counts: dict[str, int] = {}
        for pattern in patterns:
            for choice in _needed(pattern):
                for symbol in choice.symbols:
                    counts[symbol] = counts.get(symbol, 0) + 1
        self.patterns = tuple(patterns)
        self._needed = [_needed(pattern) for pattern in patterns]
        self._by_symbol: dict[str, list[int]] = {}
        for number, pattern in enumerate(patterns):
            for symbol in _anchor(pattern, counts):
                self._by_symbol.setdefault(symbol, []).append(number)

    def find(self, places: Places) -> list[Match]:
        """All matches of all patterns, in the order of the patterns."""
        if not places.words:
            return []
        numbers = {n for symbol in places.symbols() for n in self._by_symbol.get(symbol, ())}
        possible = (n for n in sorted(numbers) if all(map(places.occurrences, self._needed[n])))
        return [match for n in possible for match in find_pattern(places, self.patterns[n])]


def _needed(pattern: Pattern) -> list[Choice]:
    return [e.choice for part in pattern.parts if not part.absent for e in part.elements if not e.optional]


def _anchor(pattern: Pattern, counts: Mapping[str, int]) -> frozenset[str]:
    """The element with the fewest patterns: the cheapest one to look for first."""
    words = [choice.symbols for choice in _needed(pattern) if EDGES.isdisjoint(choice.symbols)]
    everything = words or [choice.symbols for choice in _needed(pattern)]
    return min(everything, key=lambda symbols: sum(counts[symbol] for symbol in symbols))
