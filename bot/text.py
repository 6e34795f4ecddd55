"""Reads a client's text as plain words: case, accents, emoji, text-speak, breaks. Pure: no input or output.

It must never judge what the words mean, and must accept any Unicode text.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

MAX_CHARACTERS = 1600
CACHED_PIECES = 20_000
_APOSTROPHES = re.compile(r"(?<=\w)['’‘ʼ`´](?=\w)")
_PIECES = re.compile(r"[a-z0-9]+|[.!?;\n]|,|[^\w\s]", re.ASCII)
_SPLIT_NUMBERS = re.compile(r"\d+|[a-z]+")
_DECIMAL = re.compile(r"(?<=\d)[.:,](?=\d)")
_RUNS = re.compile(r"([a-z])\1{2,}")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_SENTENCE_MARKS = frozenset(".!?;\n")
_SIGNS = {"&": "and", "+": "and", "@": "at"}


class Word(NamedTuple):
    """One word as read: `written` by the client, `text` after spelling; breaks are numbered from 0."""

    text: str
    written: str
    sentence: int
    clause: int
    corrected: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Spelling:
    """What normalising needs to know: emoji and text-speak as data, and who knows a word."""

    emoji: Mapping[str, str]
    short_forms: Mapping[str, str]
    sentence_words: frozenset[str]
    correct: Callable[[str], str | None]
    knows: Callable[[str], bool]


def fold_text(text: str) -> str:
    """Lower case, no accents, no zero-width characters, straight apostrophes dropped inside words."""
    if text.isascii():
        return _APOSTROPHES.sub("", text[:MAX_CHARACTERS].lower())
    shortened = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).casefold()[: 2 * MAX_CHARACTERS]
    decomposed = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", shortened))
    return _NOT_ASCII.sub(_keep_letter, decomposed[: 2 * MAX_CHARACTERS])


def _keep_letter(found: re.Match[str]) -> str:
    return "" if unicodedata.category(found[0]) in ("Mn", "Cf", "Me") else found[0]


def normalise(text: str) -> str:
    """A phrase for exact comparison: folded words with single spaces, no punctuation."""
    return " ".join(re.findall(r"[a-z0-9]+", fold_text(text)))


def _replace_emoji(text: str, emoji: Mapping[str, str]) -> str:
    if text.isascii():
        return text
    return "".join([f" {emoji[char]} " if char in emoji else char for char in text])


@lru_cache(maxsize=CACHED_PIECES)
def _respell(piece: str, spelling: Spelling) -> tuple[tuple[str, bool], ...]:
    """The words of one piece, each with whether it was corrected by edit distance."""
    short = spelling.short_forms.get(piece)
    if short is not None:
        return tuple((word, False) for word in short.split())
    if not piece.isalpha() and not piece.isdigit():
        parts = _SPLIT_NUMBERS.findall(piece)
        return tuple(word for part in parts for word in _respell(part, spelling))
    shortened = _shorten_runs(piece, spelling)  # first: of "swallowww" we know the stem
    if shortened is not None:
        return tuple((word, False) for word in spelling.short_forms.get(shortened, shortened).split())
    if spelling.knows(piece):
        return ((piece, False),)
    corrected = spelling.correct(piece)
    return ((piece, False),) if corrected is None else ((corrected, True),)


def _shorten_runs(piece: str, spelling: Spelling) -> str | None:
    """`sooo` -> `so`, `goood` -> `good`: runs of three and more letters, shortened to a word we know."""
    if _RUNS.search(piece) is None:
        return None
    for replacement in (r"\1", r"\1\1"):
        candidate = _RUNS.sub(replacement, piece)
        if candidate in spelling.short_forms or spelling.knows(candidate):
            return candidate
    return _RUNS.sub(r"\1", piece)


def read_words(text: str, spelling: Spelling) -> tuple[Word, ...]:
    """The words of `text` in order, numbered by sentence and by clause."""
    folded = fold_text(_replace_emoji(text[:MAX_CHARACTERS], spelling.emoji))
    folded = _DECIMAL.sub(" ", folded.replace("w/o", " without ").replace("w/", " with "))
    words: list[Word] = []
    breaks = spelling.sentence_words
    sentence = clause = 0
    for piece in _PIECES.findall(folded):
        if piece[0].isalnum() or piece in _SIGNS:
            for word, corrected in _respell(_SIGNS.get(piece, piece), spelling):
                if word in breaks:
                    sentence, clause = sentence + 1, clause + 1
                words.append(Word(word, piece, sentence, clause, corrected))
        elif piece in _SENTENCE_MARKS:
            sentence, clause = sentence + 1, clause + 1
        elif piece == ",":
            clause += 1
    return tuple(words)


def asks_question(text: str) -> bool:
    """Whether the client typed a question mark."""
    return "?" in text or "¿" in text
