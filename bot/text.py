"""Reads a client's text as plain words: case, accents, emoji, text-speak, breaks. Pure: no input or output.

It must never judge what the words mean, and must accept any Unicode text.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, chain, compress

MAX_CHARACTERS = 1600
CACHED_PIECES = 20_000
# What a pattern begins with is looked for quickly where that is a set of characters, not what must stand before it.
_APOSTROPHES = re.compile(r"['’‘ʼ`´](?<=\w.)(?=\w)")
_BETWEEN_WORDS = re.compile(r"[^a-z0-9 ]")
_SPLIT_NUMBERS = re.compile(r"\d+|[a-z]+")
_DECIMAL = re.compile(r"[.:,](?<=\d.)(?=\d)")
_RUNS = re.compile(r"([a-z])\1{2,}")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_SENTENCE_MARKS = frozenset(".!?;")
_SIGNS = {"&": "and", "+": "and", "@": "at"}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one text, column by column; an object for each took a tenth of the time of a long text."""

    texts: tuple[str, ...] = ()  # after spelling
    written: tuple[str, ...] = ()  # by the client
    sentences: tuple[int, ...] = ()  # numbered from 0
    clauses: tuple[int, ...] = ()
    corrected: tuple[bool, ...] = ()  # by edit distance

    def __len__(self) -> int:
        return len(self.texts)


# What one piece of a text adds: a word (empty: only a break), as written, how many sentences and clauses begin with
# it, and whether it was corrected.
Piece = tuple[str, str, int, int, bool]


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


class Spelling:
    """What normalising needs to know: emoji and text-speak as data, and who knows a word."""

    def __init__(
        self,
        *,
        emoji: Mapping[str, str],
        short_forms: Mapping[str, str],
        sentence_words: Collection[str],
        correct: Callable[[str], str | None],
        knows: Callable[[str], bool],
    ) -> None:
        self._emoji = emoji
        self._short_forms = short_forms
        self._sentence_words = sentence_words
        self._correct = correct
        self._knows = knows
        self.read_piece = lru_cache(maxsize=CACHED_PIECES)(self._read_piece)

    def replace_emoji(self, text: str) -> str:
        """Emoji as words."""
        return text if text.isascii() else _NOT_ASCII.sub(self._as_word, text)

    def _as_word(self, found: re.Match[str]) -> str:
        word = self._emoji.get(found[0])
        return found[0] if word is None else f" {word} "

    def _read_piece(self, piece: str) -> tuple[Piece, ...]:
        """The words of one piece, or the break it makes."""
        if piece in _SENTENCE_MARKS:
            return (("", piece, 1, 1, False),)
        if piece == ",":
            return (("", piece, 0, 1, False),)
        if not piece[0].isalnum() and piece not in _SIGNS:
            return ()
        words = [
            (*word, int(word[0] in self._sentence_words)) for word in self._respell(_SIGNS.get(piece, piece))
        ]
        return tuple([(word, piece, begins, begins, corrected) for word, corrected, begins in words])

    def _respell(self, piece: str) -> tuple[tuple[str, bool], ...]:
        """The words of one piece, each with whether it was corrected by edit distance."""
        short = self._short_forms.get(piece)
        if short is not None:
            return tuple((word, False) for word in short.split())
        if not piece.isalpha() and not piece.isdigit():
            parts = _SPLIT_NUMBERS.findall(piece)
            return tuple(word for part in parts for word in self._respell(part))
        shortened = self._shorten_runs(piece)  # first: of "swallowww" we know the stem
        if shortened is not None:
            return tuple((word, False) for word in self._short_forms.get(shortened, shortened).split())
        if self._knows(piece):
            return ((piece, False),)
        corrected = self._correct(piece)
        return ((piece, False),) if corrected is None else ((corrected, True),)

    def _shorten_runs(self, piece: str) -> str | None:
        """`sooo` -> `so`, `goood` -> `good`: runs of three and more letters, shortened to a word we know."""
        if _RUNS.search(piece) is None:
            return None
        for replacement in (r"\1", r"\1\1"):
            candidate = _RUNS.sub(replacement, piece)
            if candidate in self._short_forms or self._knows(candidate):
                return candidate
        return _RUNS.sub(r"\1", piece)


def read_words(text: str, spelling: Spelling) -> Words:
    """The words of `text` in order, numbered by sentence and by clause."""
    folded = fold_text(spelling.replace_emoji(text[:MAX_CHARACTERS]))
    folded = _DECIMAL.sub(" ", folded.replace("w/o", " without ").replace("w/", " with "))
    apart = _BETWEEN_WORDS.sub(r" \g<0> ", folded.replace("\n", ".")).split()
    pieces = list(chain.from_iterable(map(spelling.read_piece, apart)))
    if not pieces:
        return Words()
    texts, written, sentences, clauses, corrected = zip(*pieces, strict=True)
    columns = (texts, written, accumulate(sentences), accumulate(clauses), corrected)
    return Words(*(tuple(compress(column, texts)) for column in columns))


def asks_question(text: str) -> bool:
    """Whether the client typed a question mark."""
    return "?" in text or "¿" in text
