"""The pattern language: gaps, alternatives, nearness, absence, edges; and what it refuses."""

import pytest

from bot.lexicon import Lexicon
from bot.pattern_index import PatternIndex
from bot.patterns import EDGES, Match, PatternError, is_concept, parse_pattern, positions, span_mask, used_by
from bot.places import Chart, ChoicesOf
from bot.text import Words


def is_found(source: str, text: str) -> bool:
    return bool(found_in(source, text))


def found_in(source: str, text: str) -> list[Match]:
    pattern = parse_pattern(source, table="t", key="k")
    literals = {s for part in pattern.parts for e in part.elements for s in e.choice.symbols}
    lexicon = Lexicon(
        {"PAIN": ["pain", "hurt*", "sore spot"]},
        [s for s in literals if not is_concept(s) and s not in EDGES],
        [],
    )
    return list(PatternIndex([pattern]).find(Chart(lexicon.place(read(text)), ChoicesOf([pattern]))))


def read(text: str) -> Words:
    rows, sentence, clause = [], 0, 0
    for piece in text.split():
        rows.append((piece.rstrip(".,"), piece, sentence, clause, False))
        sentence, clause = sentence + piece.endswith("."), clause + piece.endswith((".", ","))
    return Words(*zip(*rows, strict=True))


@pytest.mark.parametrize(
    ("source", "text", "found"),
    [
        ("a b", "x a b", True),
        ("a b", "a x b", False),
        ("a ~ b", "a x x x b", True),
        ("a ~ b", "a x x x x b", False),
        ("a ~1 b", "a, x b", False),
        ("a ~ b", "a. b", False),
        ("a b? c", "a c", True),
        ("a|b_c d", "b c d", True),
        ("PAIN", "it hurts", True),
        ("PAIN x", "sore spot x", True),
        ("a & b", "b x a", True),
        ("a & b", "a. b", False),
        ("a && b", "a. b", True),
        ("a && !b", "a. b", False),
        ("a & !b", "a. b", True),
        ("^ a", "a b", True),
        ("^ a", "b a", False),
        ("a $", "b a", True),
        ("< a >", "x, a, y", True),
        ("< a >", "x a, y", False),
    ],
)
def test_patterns(source: str, text: str, found: bool) -> None:
    assert is_found(source, text) is found


@pytest.mark.parametrize("source", ["", "a? b", "!a && b", "a & ", "?", "^ $", "< a? >", "^ && !a"])
def test_a_pattern_without_a_first_word_is_refused(source: str) -> None:
    with pytest.raises(PatternError):
        parse_pattern(source, table="t", key="k")


@pytest.mark.parametrize(
    ("source", "text", "used"),
    [
        ("a ~ b", "a x b", [[0, 2]]),
        ("a ~ b", "a x b b", [[0, 2]]),
        ("a ~ b", "a x. b a b", [[3, 4]]),
        ("a ~1 b", "a, b a b", [[2, 3]]),
        ("a b? ~ c", "a x c a b c", [[0, 2], [3, 4, 5]]),
        ("PAIN ~ a", "sore spot x a", [[0, 1, 3]]),
        ("a & b", "x b y a", [[1, 3]]),
        ("^ a", "a a", [[0]]),
        ("a ~ b ~ c", "a b x c a b c", [[0, 1, 3], [4, 5, 6]]),
    ],
)
def test_a_match_knows_which_words_it_used(source: str, text: str, used: list[list[int]]) -> None:
    found = found_in(source, text)
    assert [list(positions(match.used)) for match in found] == used
    assert [(match.start, match.end) for match in found] == [(at[0], at[-1] + 1) for at in used]
    assert list(positions(used_by(found))) == sorted({place for places in used for place in places})


@pytest.mark.parametrize(("start", "end", "places"), [(2, 5, [2, 3, 4]), (3, 3, []), (4, 2, [])])
def test_a_span_is_one_bit_for_each_of_its_words(start: int, end: int, places: list[int]) -> None:
    assert list(positions(span_mask(start, end))) == places
