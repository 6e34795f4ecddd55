"""A small pattern language over words and concepts, compiled once. Pure: it matches, it never judges.

A pattern is a row of elements: `word`, `stem*`, `CONCEPT`, alternatives `a|b_c|CONCEPT`
(the underscore joins words), optional `word?`, a gap
`~` (up to 3 words) or `~6`, `^` and `$` for the ends of the text, `<` and `>` for the ends of a clause. ` & ` joins parts that must stand in one
sentence, ` && ` parts anywhere in the text; a part with `!` in front must be absent.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.text import Word, normalise

DEFAULT_GAP = 3
MOST_MATCHES = 6
START, END = "^", "$"
CLAUSE_START, CLAUSE_END = "<", ">"
EDGES = frozenset({START, END, CLAUSE_START, CLAUSE_END})
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a part: the symbols that satisfy it and the gap allowed before it."""

    symbols: tuple[str, ...]
    gap: int = 0
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Elements that must follow one another."""

    elements: tuple[Element, ...]
    absent: bool = False
    same_sentence: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """One compiled pattern: what table it belongs to, under which key, with which weight."""

    table: str
    key: str
    weight: float
    source: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern was found. `used` are the word positions it consumed."""

    pattern: Pattern
    start: int
    end: int
    used: frozenset[int]


class PatternError(ValueError):
    """A pattern that cannot be read; the message names it."""


def is_concept(symbol: str) -> bool:
    """Concepts are written in capitals."""
    return symbol[:1].isupper()


def _symbol(raw: str) -> str:
    if raw in EDGES or raw[:1].isupper():
        return raw
    stem = raw.endswith("*")
    words = normalise(raw.rstrip("*").replace("_", " "))
    if not words:
        raise PatternError(f"not a word: {raw!r}")
    return words + "*" if stem else words


def _parse_part(source: str, *, same_sentence: bool) -> Part:
    absent = source.startswith("!")
    elements: list[Element] = []
    gap = 0
    for raw in source.lstrip("!").split():
        if raw[0] == "~":
            gap = int(raw[1:] or DEFAULT_GAP)
            continue
        optional = raw.endswith("?")
        symbols = tuple(_symbol(one) for one in raw.rstrip("?").split("|"))
        elements.append(Element(symbols, gap, optional))
        gap = 0
    if not elements or elements[0].optional:
        raise PatternError(f"empty pattern part: {source!r}")
    return Part(tuple(elements), absent, same_sentence)


def parse_pattern(source: str, *, table: str, key: str, weight: float = 1.0) -> Pattern:
    """Compile one pattern. Raises PatternError."""
    pieces = re.split(r"\s(&&?)\s", f" {source} ")
    parts = [_parse_part(pieces[0].strip(), same_sentence=False)]
    for sign, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        parts.append(_parse_part(piece.strip(), same_sentence=sign == "&"))
    if parts[0].absent:
        raise PatternError(f"a pattern cannot begin with an absent part: {source!r}")
    return Pattern(table, key, weight, source, tuple(parts))


class Places:
    """Where each symbol stands in one text."""

    __slots__ = ("at", "present", "starts", "words")

    def __init__(self, words: Sequence[Word]) -> None:
        self.words = words
        self.at: list[dict[str, list[int]]] = [{} for _ in range(len(words) + 1)]
        self.starts: dict[str, list[int]] = {START: [0], CLAUSE_START: [i for i in range(len(words)) if _opens(words, i)]}
        self.present: set[str] = set(EDGES)

    def add(self, symbol: str, start: int, end: int) -> None:
        self.at[start].setdefault(symbol, []).append(end)
        self.starts.setdefault(symbol, []).append(start)
        self.present.add(symbol)

    def ends(self, symbol: str, position: int) -> Iterable[int]:
        """Ends of the occurrences of `symbol` that begin at `position`."""
        if symbol not in EDGES:
            return reversed(self.at[position].get(symbol, ()))
        last = len(self.words)
        stands = {START: position == 0, END: position == last,
                  CLAUSE_START: position < last and _opens(self.words, position),
                  CLAUSE_END: position == last or (position > 0 and _opens(self.words, position))}
        return (position,) if stands[symbol] else ()


def _opens(words: Sequence[Word], position: int) -> bool:
    """Whether a clause begins at this word."""
    return position == 0 or words[position].clause != words[position - 1].clause


def _reach(places: Places, position: int, gap: int, sentence: int) -> Iterator[int]:
    """Positions an element may begin at: adjacent, or up to `gap` words on, inside the sentence.

    A narrow gap stays inside the clause: "not weak, breathing fine" is not "not breathing".
    """
    words = places.words
    for candidate in range(position, min(position + gap, len(words)) + 1):
        if 0 < candidate < len(words):
            if words[candidate].sentence != sentence:
                return
            if gap < DEFAULT_GAP and words[candidate].clause != words[candidate - 1].clause:
                return
        yield candidate


def _match_from(
    places: Places, elements: tuple[Element, ...], index: int, position: int, sentence: int
) -> list[Span] | None:
    """Spans of elements[index:] from `position` on, or None."""
    if index == len(elements):
        return []
    element = elements[index]
    for start in _reach(places, position, element.gap, sentence) if index else (position,):
        for symbol in element.symbols:
            for end in places.ends(symbol, start):
                rest = _match_from(places, elements, index + 1, end, sentence)
                if rest is not None:
                    return [(start, end), *rest]
    if element.optional:
        return _match_from(places, elements, index + 1, position, sentence)
    return None


def find_part(places: Places, part: Part) -> list[list[Span]]:
    """Every place the part begins, up to a handful."""
    if not all(e.optional or not places.present.isdisjoint(e.symbols) for e in part.elements):
        return []
    found: list[list[Span]] = []
    for start in _first_places(places, part.elements[0]):
        sentence = places.words[start].sentence if start < len(places.words) else 0
        spans = _match_from(places, part.elements, 0, start, sentence)
        if spans is not None:
            found.append(spans)
            if len(found) == MOST_MATCHES:
                break
    return found


def _first_places(places: Places, first: Element) -> Iterable[int]:
    """Where a part may begin, in order."""
    if len(first.symbols) == 1:
        return places.starts.get(first.symbols[0], ())
    return sorted({start for symbol in first.symbols for start in places.starts.get(symbol, ())})


def _sentence_of(places: Places, spans: list[Span]) -> int:
    position = min(spans[0][0], len(places.words) - 1)
    return places.words[position].sentence


def find_pattern(places: Places, pattern: Pattern) -> list[Match]:
    """All matches of one pattern in one text."""
    matches = []
    for spans in find_part(places, pattern.parts[0]):
        joined = _join_parts(places, pattern, spans)
        if joined is not None:
            used = frozenset(i for start, end in joined for i in range(start, end))
            matches.append(Match(pattern, min(used, default=0), max(used, default=0) + 1, used))
    return matches


def _join_parts(places: Places, pattern: Pattern, spans: list[Span]) -> list[Span] | None:
    sentence = _sentence_of(places, spans)
    joined = list(spans)
    for part in pattern.parts[1:]:
        found = find_part(places, part)
        if part.same_sentence:
            found = [other for other in found if _sentence_of(places, other) == sentence]
        if bool(found) == part.absent:
            return None
        if found:
            joined.extend(found[0])
    return joined


class PatternIndex:
    """All patterns, indexed by the rarest symbol each one needs. Built once, never changed."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        counts: dict[str, int] = {}
        for pattern in patterns:
            for symbol in _required(pattern):
                counts[symbol] = counts.get(symbol, 0) + 1
        self._by_symbol: dict[str, list[int]] = {}
        self._patterns = tuple(patterns)
        for number, pattern in enumerate(patterns):
            for symbol in _anchor(pattern, counts):
                self._by_symbol.setdefault(symbol, []).append(number)

    def find(self, places: Places) -> list[Match]:
        """All matches of all patterns, in the order of the patterns."""
        numbers = {n for symbol in places.present for n in self._by_symbol.get(symbol, ())}
        return [match for n in sorted(numbers) for match in find_pattern(places, self._patterns[n])]


def _required(pattern: Pattern) -> Iterator[str]:
    for part in pattern.parts:
        for element in part.elements:
            if not part.absent and not element.optional:
                yield from element.symbols


def _anchor(pattern: Pattern, counts: Mapping[str, int]) -> tuple[str, ...]:
    """The element with the fewest patterns: the cheapest one to look for first."""
    needed = [e.symbols for part in pattern.parts if not part.absent for e in part.elements if not e.optional]
    plain = [symbols for symbols in needed if EDGES.isdisjoint(symbols)] or needed
    return min(plain, key=lambda symbols: sum(counts[symbol] for symbol in symbols))
