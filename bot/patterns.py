"""A small pattern language over words and concepts. Pure: it says what a pattern is, bot.matching looks for it.

A pattern is a row of elements: `word`, `stem*`, `CONCEPT`, alternatives `a|b_c|CONCEPT` (the underscore joins
words), optional `word?`, a gap `~` (up to 3 words) or `~6`, `^` and `$` for the ends of the text, `<` and `>` for
the ends of a clause. ` & ` joins parts that must stand near one another in one sentence, ` && ` parts anywhere in
the text; a part with `!` in front must be absent.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from itertools import count

from bot.text import normalise

DEFAULT_GAP = 3
START, END = "^", "$"
CLAUSE_START, CLAUSE_END = "<", ">"
EDGES = frozenset({START, END, CLAUSE_START, CLAUSE_END})


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The symbols any of which satisfies an element; equal ones are one object, so that looking up is quick."""

    symbols: frozenset[str]
    is_edge: bool  # stands for the end of a text or clause instead of a word
    number: int  # in the order in which choices were first met


_numbers = count()


@cache
def choose(symbols: frozenset[str]) -> Choice:
    """The one Choice of these symbols."""
    return Choice(symbols, not EDGES.isdisjoint(symbols), next(_numbers))


class Bound(IntEnum):
    """What an element may not be parted by from the one before it."""

    NONE = 0
    SENTENCE = 1
    CLAUSE = 2


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a part: what satisfies it, the gap allowed before it and what must not lie in that gap."""

    choice: Choice
    gap: int = 0
    optional: bool = False
    bound: Bound = Bound.NONE


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """Two elements that follow one another; equal ones are one object, so that each is looked up once in a text."""

    first: Choice
    second: Element


@cache
def link_to(first: Choice, second: Element) -> Link:
    """The one Link of these."""
    return Link(first, second)


@dataclass(frozen=True, slots=True)
class Part:
    """Elements that must follow one another."""

    elements: tuple[Element, ...]
    absent: bool = False
    same_sentence: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """One compiled pattern: what table it belongs to, under which key, with which weight."""

    table: str
    key: str
    weight: float
    source: str
    parts: tuple[Part, ...]
    sign: str  # what the second opinion weighs where it is found


@dataclass(slots=True, eq=False)
class Match:
    """Where a pattern was found; never changed. `used` has one bit for each word it consumed."""

    pattern: Pattern
    start: int
    end: int
    used: int


def positions(mask: int) -> Iterator[int]:
    """The positions of words that a mask of one bit a word stands for, in order."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def span_mask(start: int, end: int) -> int:
    """One bit for each word from `start` up to, not including, `end`."""
    return (1 << end) - (1 << start) if start < end else 0


def used_by(matches: Iterable[Match]) -> int:
    """One bit for each word that any of these matches consumed."""
    return all_bits(match.used for match in matches)


def all_bits(masks: Iterable[int]) -> int:
    """Every bit that is set in one of them."""
    joined = 0
    for mask in masks:
        joined |= mask
    return joined


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


def _bound_of(gap: int) -> Bound:
    """A narrow gap keeps within the clause: "not weak, breathing fine" is not "not breathing"."""
    return Bound.CLAUSE if gap < DEFAULT_GAP else Bound.SENTENCE


def _parse_part(source: str, *, same_sentence: bool) -> Part:
    elements: list[Element] = []
    gap = 0
    after_edge = False
    for raw in source.lstrip("!").split():
        if raw[0] == "~":
            gap = int(raw[1:] or DEFAULT_GAP)
            continue
        choice = choose(frozenset(_symbol(one) for one in raw.rstrip("?").split("|")))
        optional = raw.endswith("?")
        is_free = choice.is_edge or after_edge or not elements
        bound = Bound.NONE if is_free else _bound_of(gap)
        elements.append(Element(choice, gap, optional, bound))
        after_edge = choice.is_edge or (optional and after_edge)
        gap = 0
    if not elements or elements[0].optional:
        raise PatternError(f"a part needs a first element that is not optional: {source!r}")
    return Part(tuple(elements), source.startswith("!"), same_sentence)


def _is_word(element: Element) -> bool:
    return not (element.optional or element.choice.is_edge)


def parse_pattern(source: str, *, table: str, key: str, weight: float = 1.0) -> Pattern:
    """Compile one pattern. Raises PatternError."""
    pieces = re.split(r"\s(&&?)\s", f" {source} ")
    parts = [_parse_part(pieces[0].strip(), same_sentence=False)]
    for sign, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        parts.append(_parse_part(piece.strip(), same_sentence=sign == "&"))
    if parts[0].absent:
        raise PatternError(f"a pattern cannot begin with an absent part: {source!r}")
    if not any(_is_word(element) for part in parts if not part.absent for element in part.elements):
        raise PatternError(f"a pattern needs a word that must be there: {source!r}")
    return Pattern(table, key, weight, source, tuple(parts), f"@{key}")
