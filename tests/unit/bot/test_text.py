"""Normalising: case, accents, emoji, text-speak, lengthened words, typos of five letters and more."""

import pytest

from bot.text import normalise
from tests.support.understanding import vocabulary


def words(text: str) -> list[str]:
    return list(vocabulary().read(text).words.texts)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("¿Qué PASA?", "que pasa"),
        ("can’t", "cant"),
        ("a​b", "ab"),
        ("  so   MUCH\n", "so much"),
        ("ﬁne", "fine"),
    ],
)
def test_normalise_folds_case_accents_and_marks(text: str, plain: str) -> None:
    assert normalise(text) == plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("u r gr8", ["you", "are", "great"]),
        ("tmrw w/ makeup", ["tomorrow", "with", "makeup"]),
        ("sooooo", ["so"]),
        ("48hrs", ["48", "hours"]),
        ("👍", ["thumbsup"]),
        ("11s", ["elevens"]),
    ],
)
def test_short_forms_and_emoji_become_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("typo", "meant"), [("swalowing", "swallowing"), ("exercize", "exercise"), ("hedache", "headache")]
)
def test_typos_of_long_words_are_mended(typo: str, meant: str) -> None:
    assert words(typo) == [meant]


@pytest.mark.parametrize("word", ["cruise", "fiesta", "weekend", "heard", "shower"])
def test_real_words_are_never_mended_into_ours(word: str) -> None:
    assert words(word) == [word]


def test_sentences_and_clauses_are_counted() -> None:
    read = vocabulary().read("no pain, none. but tired").words

    assert read.sentences == (0, 0, 0, 2, 2)
    assert read.clauses == (0, 0, 1, 3, 3)
