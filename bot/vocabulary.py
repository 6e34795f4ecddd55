"""Reads the words the router knows: TOML in bot/understanding, once, into one frozen value (bot.reading).

It must never judge a text.
"""

import gc
import json
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.lexicon import NUMBER, NUMBERS, Lexicon
from bot.pattern_index import PatternIndex
from bot.patterns import EDGES, Pattern, PatternError, is_concept, parse_pattern
from bot.places import ChoicesOf
from bot.reading import LEFT_OUT_OF_STORIES, RED_FLAGS, FlagFamily, TopicRule, Vocabulary
from bot.text import Spelling, normalise
from bot.word_weights import NO_WEIGHTS, WordWeights

DEFAULT_FOLDER = Path(__file__).parent / "understanding"
LANGUAGES = ("en", "es")
CONCEPT_FILES = ("concepts.toml", "senses.toml")
WEIGHTS = MappingProxyType(
    {"patterns": 1.0, "urgent": 2.0, "sure": 3.0, "likely": 2.0, "hint": 1.0, "against": -3.0}
)
__all__ = ["DEFAULT_FOLDER", "Vocabulary", "VocabularyError", "load_vocabulary", "shipped_vocabulary"]

Sections = dict[str, dict[str, list[str]]]


class VocabularyError(ValueError):
    """The understanding folder cannot be read; the message names the file and the entry."""


def _read_toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise VocabularyError(f"{path.name}: {error}") from error


def _read_concepts(folder: Path) -> dict[str, list[str]]:
    concepts: dict[str, list[str]] = {}
    for language in LANGUAGES:
        for path in (folder / language / file for file in CONCEPT_FILES):
            rows = _read_toml(path) if path.exists() or path.name == CONCEPT_FILES[0] else {}
            for name, entries in rows.items():
                concepts.setdefault(name, []).extend(_entries(str(entries)))
    return concepts


def _entries(source: str) -> Iterator[str]:
    for raw in source.split(","):
        star = "*" if raw.strip().endswith("*") else ""
        if word := normalise(raw):
            yield word + star


def _pattern_files(folder: Path) -> Iterator[tuple[Path, Sections]]:
    for language in LANGUAGES:
        for path in sorted((folder / language).glob("*.toml")):
            if path.name not in CONCEPT_FILES:
                yield path, _read_toml(path)  # type: ignore[misc]


def _compile(path: Path, sections: Sections, concepts: Mapping[str, object]) -> Iterator[Pattern]:
    for key, lists in sections.items():
        for name, sources in lists.items():
            if name == "whole":
                continue
            for source in sources:
                yield _compile_one(path, key, WEIGHTS[name], source, concepts)


def _compile_one(path: Path, key: str, weight: float, source: str, concepts: Mapping[str, object]) -> Pattern:
    try:
        pattern = parse_pattern(source, table=path.stem.split("-")[0], key=key, weight=weight)
    except (PatternError, ValueError) as error:
        raise VocabularyError(f"{path.parent.name}/{path.name} [{key}]: {error}") from error
    for symbol in _symbols(pattern):
        if is_concept(symbol) and symbol not in concepts and symbol != NUMBER:
            raise VocabularyError(
                f"{path.parent.name}/{path.name} [{key}]: no concept {symbol} in {source!r}"
            )
    return pattern


def _symbols(pattern: Pattern) -> Iterator[str]:
    for part in pattern.parts:
        for element in part.elements:
            yield from element.choice.symbols


@cache
def shipped_vocabulary() -> Vocabulary:
    """The words as shipped: read once a process, never changed. Raises VocabularyError."""
    vocabulary = load_vocabulary()
    gc.freeze()  # it stays for good: a look for garbage in it held every thread up for a tenth of a second
    return vocabulary


def load_vocabulary(folder: Path = DEFAULT_FOLDER) -> Vocabulary:
    """Read and compile the understanding folder. Raises VocabularyError naming the file and the entry."""
    with _nothing_collected():
        return _load_vocabulary(folder)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """A million values are made that all stay; looking for garbage among them took two fifths of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _load_vocabulary(folder: Path) -> Vocabulary:
    concepts = _read_concepts(folder)
    files = list(_pattern_files(folder))
    patterns = [p for path, sections in files for p in _compile(path, sections, concepts)]
    literals = {s for p in patterns for s in _symbols(p) if not is_concept(s) and s not in EDGES}
    known = frozenset((folder / "known_words.txt").read_text(encoding="utf-8").split())
    lexicon = Lexicon(concepts, literals, known)
    families = _load_families(folder)
    flags = [p for p in patterns if p.table == RED_FLAGS]
    of_stories = [p for p in patterns if p.table not in LEFT_OUT_OF_STORIES]
    return Vocabulary(
        spelling=_load_spelling(folder, lexicon),
        lexicon=lexicon,
        choices=ChoicesOf(patterns),
        choices_of_stories=ChoicesOf([*of_stories, *flags]),
        index=PatternIndex(patterns),
        index_of_stories=PatternIndex(of_stories),
        red_flags=PatternIndex(sorted(flags, key=lambda flag: families[flag.key].gravity)),
        whole=_load_whole(files),
        topics=_load_topics(folder),
        families=families,
        language_words=_load_language_words(folder),
        weights=_load_weights(folder / "weights.json"),
    )


def _load_weights(path: Path) -> WordWeights:
    """The weights of the second opinion; without the file the rules decide alone."""
    if not path.exists():
        return NO_WEIGHTS
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        danger = {name: (float(alarm), float(stop)) for name, (alarm, stop) in data["danger"].items()}
        topics = {name: tuple((int(n), float(w)) for n, w in row) for name, row in data["topics"].items()}
        return WordWeights(tuple(data["classes"]), danger, topics, float(data["damping"]))
    except (ValueError, KeyError, TypeError) as error:
        raise VocabularyError(f"{path.name}: {error}") from error


def _load_spelling(folder: Path, lexicon: Lexicon) -> Spelling:
    data = _read_toml(folder / "spelling.toml")
    emoji, short_forms, breaks = data["emoji"], data["short_forms"], data["breaks"]
    if not isinstance(emoji, dict) or not isinstance(short_forms, dict) or not isinstance(breaks, list):
        raise VocabularyError("spelling.toml: needs breaks, [emoji] and [short_forms]")
    return Spelling(
        emoji=MappingProxyType(dict(emoji)),
        short_forms=MappingProxyType({normalise(short): long for short, long in short_forms.items()}),
        sentence_words=frozenset(breaks),
        correct=lexicon.correct,
        knows=partial(_knows, lexicon),
    )


def _knows(lexicon: Lexicon, word: str) -> bool:
    return word in NUMBERS or lexicon.knows(word)


def _load_whole(files: list[tuple[Path, Sections]]) -> Mapping[str, frozenset[str]]:
    whole: dict[str, set[str]] = {}
    for _, sections in files:
        for key, lists in sections.items():
            whole.setdefault(key, set()).update(normalise(text) for text in lists.get("whole", ()))
    return MappingProxyType({key: frozenset(texts) for key, texts in whole.items() if texts})


def _read_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The named tables of one file."""
    for name, row in _read_toml(path).items():
        if not isinstance(row, dict):
            raise VocabularyError(f"{path.name}: [{name}] is not a table")
        yield name, row


def _load_topics(folder: Path) -> Mapping[str, TopicRule]:
    rows = _read_rows(folder / "topics.toml")
    return MappingProxyType(
        {topic: TopicRule(topic, tuple(row["yields_to"]), row.get("to_days")) for topic, row in rows}
    )


def _load_families(folder: Path) -> Mapping[str, FlagFamily]:
    rows = _read_rows(folder / "red_flags.toml")
    return MappingProxyType(
        {
            name: FlagFamily(name, row["title"], row["words"], row["source"], tuple(row["examples"]))
            for name, row in rows
        }
    )


def _load_language_words(folder: Path) -> Mapping[str, frozenset[str]]:
    rows = _read_toml(folder / "languages.toml")
    return MappingProxyType({name: frozenset(str(words).split()) for name, words in rows.items()})
