"""The pattern language: gaps, alternatives, nearness, absence, edges; and what it refuses."""

import pytest

from bot.lexicon import Lexicon
from bot.matching import find_pattern
from bot.patterns import EDGES, PatternError, is_concept, parse_pattern
from bot.text import Word


def is_found(source: str, text: str) -> bool:
    pattern = parse_pattern(source, table="t", key="k")
    literals = {s for part in pattern.parts for e in part.elements for s in e.choice.symbols}
    lexicon = Lexicon(
        {"PAIN": ["pain", "hurt*", "sore spot"]},
        [s for s in literals if not is_concept(s) and s not in EDGES],
        [],
    )
    return bool(find_pattern(lexicon.place(read(text)), pattern))


def read(text: str) -> tuple[Word, ...]:
    words, sentence, clause = [], 0, 0
    for piece in text.split():
        words.append(Word(piece.rstrip(".,"), piece, sentence, clause))
        sentence, clause = sentence + piece.endswith("."), clause + piece.endswith((".", ","))
    return tuple(words)


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


@pytest.mark.parametrize("source", ["", "a? b", "!a && b", "a & ", "?"])
def test_a_pattern_without_a_first_word_is_refused(source: str) -> None:
    with pytest.raises(PatternError):
        parse_pattern(source, table="t", key="k")
