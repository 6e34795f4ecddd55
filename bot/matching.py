"""Finds patterns in a text: a quick look with one bit a word, then the exact places of what is there. Pure.

It must never judge what a match means, and its work grows with the number of words, not with its square.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.patterns import CLAUSE_END, CLAUSE_START, DEFAULT_GAP, END, START, Element, Match, Part, Pattern
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
        self.sentence_starts = _bits(i for i in range(1, len(words)) if words[i].sentence != words[i - 1].sentence)
        self.at: list[dict[str, list[int]]] = [{} for _ in range(len(words) + 1)]
        last = 1 << len(words)
        self._by_length: dict[str, dict[int, int]] = {
            START: {0: 1}, END: {0: last}, CLAUSE_START: {0: self.clause_starts},
            CLAUSE_END: {0: (self.clause_starts & ~1) | last}}
        self._any: dict[tuple[str, ...], Occurrences] = {}

    def add(self, symbol: str, start: int, end: int) -> None:
        """Record one occurrence."""
        self.at[start].setdefault(symbol, []).append(end)
        lengths = self._by_length.setdefault(symbol, {})
        lengths[end - start] = lengths.get(end - start, 0) | (1 << start)

    def symbols(self) -> Iterable[str]:
        """Every symbol that stands somewhere in the text."""
        return self._by_length.keys()

    def occurrences(self, symbols: tuple[str, ...]) -> Occurrences:
        """Where any of the symbols begins, by length; worked out once for each text."""
        known = self._any.get(symbols)
        if known is None:
            merged: dict[int, int] = {}
            for symbol in symbols:
                for length, mask in self._by_length.get(symbol, {}).items():
                    merged[length] = merged.get(length, 0) | mask
            known = self._any[symbols] = tuple(merged.items())
        return known

    def ends(self, element: Element, position: int) -> Iterator[int]:
        """Ends of what satisfies the element at `position`, longest phrase first."""
        if element.is_edge:
            if any(mask >> position & 1 for _, mask in self.occurrences(element.symbols)):
                yield position
            return
        here = self.at[position]
        for symbol in element.symbols:
            yield from reversed(here.get(symbol, ()))


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
    if element.is_edge:
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


def may_hold(places: Places, part: Part) -> bool:
    """Whether the part stands anywhere: one pass of bit operations over the whole text."""
    ends = starts = places.everywhere
    for index, element in enumerate(part.elements):
        if index:
            starts = _widen(places, ends, element)
        reached = 0
        for length, mask in places.occurrences(element.symbols):
            reached |= (starts & mask) << length
        ends = reached | ends if element.optional else reached
        if not ends:
            return False
    return True


def _match_from(places: Places, elements: tuple[Element, ...], index: int, position: int) -> list[Span] | None:
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


def find_part(places: Places, part: Part) -> list[list[Span]]:
    """Every place the part begins, up to a handful."""
    found: list[list[Span]] = []
    first = 0
    for _, mask in places.occurrences(part.elements[0].symbols):
        first |= mask
    for start in _positions(first):
        spans = _match_from(places, part.elements, 0, start)
        if spans is not None:
            found.append(spans)
            if len(found) == MOST_MATCHES:
                break
    return found


def find_pattern(places: Places, pattern: Pattern) -> list[Match]:
    """All matches of one pattern in one text."""
    if not all(part.absent or may_hold(places, part) for part in pattern.parts):
        return []
    others = [(part, find_part(places, part)) for part in pattern.parts[1:]]
    joined = (_join(places, spans, others) for spans in find_part(places, pattern.parts[0]))
    return [_to_match(pattern, spans) for spans in joined if spans is not None]


def _join(places: Places, spans: list[Span], others: list[tuple[Part, list[list[Span]]]]) -> list[Span] | None:
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
            for symbols in _needed(pattern):
                for symbol in symbols:
                    counts[symbol] = counts.get(symbol, 0) + 1
        self.patterns = tuple(patterns)
        self._by_symbol: dict[str, list[int]] = {}
        for number, pattern in enumerate(patterns):
            for symbol in _anchor(pattern, counts):
                self._by_symbol.setdefault(symbol, []).append(number)

    def find(self, places: Places) -> list[Match]:
        """All matches of all patterns, in the order of the patterns."""
        if not places.words:
            return []
        numbers = {n for symbol in places.symbols() for n in self._by_symbol.get(symbol, ())}
        return [match for n in sorted(numbers) for match in find_pattern(places, self.patterns[n])]


def _needed(pattern: Pattern) -> list[tuple[str, ...]]:
    return [e.symbols for part in pattern.parts if not part.absent for e in part.elements if not e.optional]


def _anchor(pattern: Pattern, counts: Mapping[str, int]) -> tuple[str, ...]:
    """The element with the fewest patterns: the cheapest one to look for first."""
    words = [e.symbols for part in pattern.parts if not part.absent for e in part.elements
             if not e.optional and not e.is_edge]
    return min(words or _needed(pattern), key=lambda symbols: sum(counts[symbol] for symbol in symbols))
