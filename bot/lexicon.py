"""Which words we know, which concepts they carry, and which known word a typo meant. Pure; built once.

It must never correct a real word: `known_words.txt` lists those that only look like a typo of ours.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import compress, count, pairwise
from types import MappingProxyType

from rapidfuzz.distance import OSA

from bot.patterns import all_bits
from bot.places import Places
from bot.text import Words

SHORTEST_TYPO = 5
TWO_EDITS_FROM = 9
SHORTEST_STEM = 3
CACHED_WORDS = 20_000
NUMBER = "NUMBER"  # the concept of figures and of these words
NUMBERS: Mapping[str, int] = MappingProxyType({
    "one": 1, "a": 1, "an": 1, "uno": 1, "un": 1, "una": 1, "two": 2, "couple": 2, "dos": 2, "three": 3, "few": 3,
    "tres": 3, "four": 4, "cuatro": 4, "five": 5, "cinco": 5, "six": 6, "seis": 6, "seven": 7, "siete": 7,
    "eight": 8, "ocho": 8, "nine": 9, "nueve": 9, "ten": 10, "diez": 10, "eleven": 11, "twelve": 12, "doce": 12,
    "thirteen": 13, "trece": 13, "fourteen": 14, "catorce": 14, "fifteen": 15, "quince": 15, "sixteen": 16,
})  # fmt: skip


def _deletions(word: str) -> set[str]:
    return {word[:i] + word[i + 1 :] for i in range(len(word))} | {word}


class Lexicon:
    """Words, stems and phrases of all concepts and patterns, with a delete index for typos."""

    def __init__(
        self, concepts: Mapping[str, Sequence[str]], literals: Iterable[str], known: Iterable[str]
    ) -> None:
        self._words: dict[str, set[str]] = {}
        self._stems: dict[str, set[str]] = {}
        self._phrases: dict[tuple[str, str], list[tuple[tuple[str, ...], str]]] = {}  # by the first two words
        for name, entries in concepts.items():
            for entry in entries:
                self._add_entry(name, entry)
        for literal in literals:
            self._add_entry(literal, literal)
        self._known = frozenset(known)
        self._concepts = frozenset((*concepts, NUMBER))
        self._typos = self._index_typos()
        self.symbols_of = lru_cache(maxsize=CACHED_WORDS)(self._symbols_of)

    def _add_entry(self, symbol: str, entry: str) -> None:
        if " " in entry:
            first, second, *_ = words = tuple(entry.split())
            self._phrases.setdefault((first, second), []).append((words, symbol))
            for word in words:
                self._words.setdefault(word, set())
        elif entry.endswith("*"):
            self._stems.setdefault(entry[:-1], set()).add(symbol)
        else:
            self._words.setdefault(entry, set()).add(symbol)

    def _index_typos(self) -> dict[str, tuple[str, ...]]:
        index: dict[str, list[str]] = {}
        for word in sorted(self._words):
            if len(word) >= SHORTEST_TYPO and word.isalpha():
                for deletion in _deletions(word):
                    index.setdefault(deletion, []).append(word)
        return {deletion: tuple(words) for deletion, words in index.items()}

    def knows(self, word: str) -> bool:
        """Whether the word is ours or a real word we leave alone."""
        return word in self._words or word in self._known or word.isdigit() or self._stem_of(word) is not None

    def _stem_of(self, word: str) -> str | None:
        for length in range(len(word), SHORTEST_STEM - 1, -1):
            if word[:length] in self._stems:
                return word[:length]
        return None

    def correct(self, word: str) -> str | None:
        """The known word one slip away (two in long words), or None. Never for words under 5 letters.

        Of two as near the longer one: letters are left out more often than put in ("usubscribe", "seing").
        """
        if len(word) < SHORTEST_TYPO or len(word) > 30 or not word.isalpha():
            return None
        candidates = {known for piece in _deletions(word) for known in self._typos.get(piece, ())}
        allowed = 2 if len(word) >= TWO_EDITS_FROM else 1
        scored = sorted((OSA.distance(word, known), -len(known), known) for known in candidates)
        return scored[0][2] if scored and scored[0][0] <= allowed else None

    def _symbols_of(self, word: str) -> tuple[str, ...]:
        found = [NUMBER] if word.isdigit() or word in NUMBERS else []
        found.extend(self._words.get(word, ()))
        for length in range(SHORTEST_STEM, len(word) + 1):
            found.extend(self._stems.get(word[:length], ()))
        return tuple(found)

    def place(self, words: Words) -> Places:
        """Where each symbol stands."""
        places = Places(words)
        texts, sentences = words.texts, words.sentences
        by_word, symbols_of = places.by_word, self.symbols_of
        for text, mask in _where(texts).items():
            for symbol in symbols_of(text):
                by_word[symbol] = by_word.get(symbol, 0) | mask
        for position in compress(count(), map(self._phrases.__contains__, pairwise(texts))):
            for phrase, symbol in self._phrases[texts[position], texts[position + 1]]:
                end = position + len(phrase)
                same = len(phrase) == 2 or texts[position:end] == phrase
                if same and sentences[position] == sentences[end - 1]:
                    places.add_phrase(symbol, position, end)
        return places

    def concepts(self, places: Places) -> dict[str, int]:
        """Where each CONCEPT begins, one bit for each place."""
        by_word, by_length = places.by_word, places.by_length
        found = {name: by_word[name] for name in by_word.keys() & self._concepts}
        for name in by_length.keys() & self._concepts:
            found[name] = found.get(name, 0) | all_bits(by_length[name].values())
        return found


def _where(texts: Sequence[str]) -> dict[str, int]:
    """One bit for each place a word stands at."""
    masks: dict[str, int] = {}
    bit = 1
    for text in texts:
        masks[text] = masks.get(text, 0) | bit
        bit <<= 1
    return masks
