"""Finds the exact places of a pattern of which every element is known to stand in the text. Pure.

It must never judge what a match means, and its work grows with the number of words, not with its square.
"""

from collections.abc import Sequence

from bot.patterns import Choice, Element, Match, Part, Pattern, all_bits
from bot.places import Chart, Lengths

MOST_MATCHES = 6  # of one part in one text
NEAR = 20  # words between the parts of one sentence: people write run-on texts


# Of one element so that the rest of its part follows: places it may begin at, places it may end at, and its lengths
# (None: always one word). A bare tuple, as the next one: making named ones took a tenth of the time of a long text.
Fit = tuple[int, int, Lengths | None]
# A part, found once: the bit of the place it begins at, one bit for each word it used.
Found = tuple[int, int]


def find_pattern(chart: Chart, pattern: Pattern) -> list[Match]:
    """All matches of one pattern in one text."""
    parts = pattern.parts
    begun = find_part(chart, parts[0])
    if begun and len(parts) > 1:
        begun = _join(chart, begun, parts[1:])
    return [
        Match(pattern, (used & -used).bit_length() - 1, used.bit_length(), used) for _begin, used in begun
    ]


def find_part(chart: Chart, part: Part) -> list[Found]:
    """Every place the part is read from, up to a handful."""
    elements = part.elements
    if len(elements) == 1:
        return _find_single(chart, elements[0].choice)
    fits = _fit(chart, elements)
    return [_read(chart, elements, fits, begin) for begin in _first_bits(fits[0][0])] if fits else []


def _find_single(chart: Chart, choice: Choice) -> list[Found]:
    """A part of one element stands wherever its longest symbol does: nothing has to be fitted."""
    begins = _first_bits(chart.starts[choice.number])
    if choice.number not in chart.longer:
        return [(begin, begin) for begin in begins]
    lengths = chart.lengths(choice)
    return [
        (begin, (begin << next(length for length, mask in lengths if mask & begin)) - begin)
        for begin in begins
    ]


def _first_bits(mask: int) -> list[int]:
    first: list[int] = []
    while mask and len(first) < MOST_MATCHES:
        lowest = mask & -mask
        first.append(lowest)
        mask ^= lowest
    return first


def _fit(chart: Chart, elements: Sequence[Element]) -> list[Fit] | None:
    """For each element where it fits, worked out from the end of the part backwards; None = nowhere."""
    follow = chart.everywhere
    fits: list[Fit] = []
    for element in reversed(elements):
        choice = element.choice
        starts, lengths = chart.starts[choice.number], None
        if choice.number not in chart.longer:
            starts &= follow >> 1
        else:
            lengths = chart.lengths(choice)
            starts = all_bits(mask & follow >> length for length, mask in lengths)
        if not starts and not element.optional:
            return None
        fits.append((starts, follow, lengths))
        before = chart.narrow(starts, element) if element.gap else starts & chart.bounds[element.bound]
        follow = before | follow if element.optional else before
    fits.reverse()
    return fits


def _read(chart: Chart, elements: Sequence[Element], fits: Sequence[Fit], first: int) -> Found:
    """The part from `first` on: each step is known to lead to the end, so none is taken back."""
    end, used = first, 0
    for element, (starts, follow, lengths) in zip(elements, fits, strict=True):
        begin = _next_start(chart, starts, element, end) if element.gap else starts & end
        if not begin & chart.bounds[element.bound]:
            continue  # an optional element that is not there
        if lengths is None:
            end = begin << 1
        else:
            end = next(
                begin << length for length, mask in lengths if mask & begin and follow & begin << length
            )
        used |= end - begin
    return first, used


def _next_start(chart: Chart, starts: int, element: Element, end: int) -> int:
    """The first of `starts` at which the element may begin after the one before it ended at `end`; 0: there is none."""
    here = starts & ((end << element.gap + 1) - end)
    begin = here & -here
    barred = ((begin << 1) - end) & ~chart.bounds[element.bound]
    return 0 if barred else begin


def _join(chart: Chart, begun: Sequence[Found], parts: Sequence[Part]) -> list[Found]:
    """The first part with those of the other parts, where none is missing and none is there that must be absent."""
    others: list[tuple[Part, list[Found]]] = []
    for part in parts:
        found = find_part(chart, part)
        if not found and not part.absent:
            return []
        others.append((part, found))
    joined = (_with_others(chart, one, others) for one in begun)
    return [one for one in joined if one is not None]


def _with_others(chart: Chart, first: Found, others: Sequence[tuple[Part, list[Found]]]) -> Found | None:
    begin, used = first
    for part, found in others:
        near = next((one for one in found if not part.same_sentence or _is_near(chart, first, one)), None)
        if (near is None) != part.absent:
            return None
        used |= near[1] if near else 0
    return begin, used


def _is_near(chart: Chart, one: Found, other: Found) -> bool:
    sentences = chart.places.words.sentences
    last = len(sentences) - 1
    here, there = (min(begin.bit_length() - 1, last) for begin, _used in (one, other))
    return sentences[here] == sentences[there] and abs(here - there) <= NEAR
