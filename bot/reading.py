"""One text as understood, and the frozen vocabulary that understands it. Pure: bot.vocabulary reads the files."""

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import TypeVar

from bot.lexicon import Lexicon
from bot.pattern_index import PatternIndex
from bot.patterns import Match, positions, used_by
from bot.places import Chart, ChoicesOf
from bot.text import Spelling, Words, asks_question, normalise, read_words
from bot.word_weights import NO_WEIGHTS, WordWeights

Name = TypeVar("Name")
LONGEST_QUESTION = (
    120  # words; a longer story is not answered from the page: red flags, opting out, then a person
)
RED_FLAGS = "red_flags"
GRAVITY = ("self_harm", "emergency", "urgent_today")  # whose words are sent where a text names several
LEFT_OUT_OF_STORIES = frozenset({"topics", "check_in", "courtesy", "booking", "time", RED_FLAGS})


@dataclass(frozen=True, slots=True)
class TopicRule:
    """How one FAQ topic behaves beside others; days are local days after treatment as stated in a text."""

    topic: str
    yields_to: tuple[str, ...]
    to_days: int | None


@dataclass(frozen=True, slots=True)
class FlagFamily:
    """One family of red flags: `words` names the emergency text (emergency | self_harm | urgent_today)."""

    family: str
    title: str
    words: str
    source: str
    examples: tuple[str, ...]

    @property
    def gravity(self) -> int:
        """The smaller, the graver: 0 is the gravest."""
        return GRAVITY.index(self.words)


def is_story(words: Words) -> bool:
    """Whether these words are more than one question."""
    return len(words) > LONGEST_QUESTION


@dataclass(frozen=True, slots=True)
class Reading:
    """One text as understood: its words and every pattern found, by table."""

    words: Words
    plain: str  # to be compared with whole texts; empty of a story, which is none of them
    question: bool
    found: Mapping[str, tuple[Match, ...]]
    kinds: Mapping[tuple[str, str], tuple[Match, ...]] = field(default_factory=dict)  # by table and key
    concepts: Mapping[str, int] = field(default_factory=dict)  # where each CONCEPT begins, one bit a word
    find_symptoms: Callable[[Set[str]], Iterable[Match]] | None = None  # of a story: looked for only as asked

    @property
    def is_story(self) -> bool:
        """Too long to be answered from the page."""
        return is_story(self.words)

    def table(self, name: str) -> tuple[Match, ...]:
        """All matches of one table, in the order of its patterns."""
        return self.found.get(name, ())

    def kind(self, table: str, *keys: str) -> tuple[Match, ...]:
        """The matches of one table under these keys, one key after the other."""
        return tuple(chain.from_iterable(self.kinds.get((table, key), ()) for key in keys))

    def written(self, matches: Iterable[Match]) -> tuple[str, ...]:
        """The words these matches consumed, as the client wrote them, each once."""
        return tuple(dict.fromkeys(self.words.written[i] for i in positions(used_by(matches))))

    def symptoms(self, known: Set[str]) -> Iterable[Match]:
        """The red flags; of a very long text the gravest first, without families that are `known` by then."""
        return self.table(RED_FLAGS) if self.find_symptoms is None else self.find_symptoms(known)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything the router knows about words."""

    spelling: Spelling
    lexicon: Lexicon
    choices: ChoicesOf
    choices_of_stories: ChoicesOf
    index: PatternIndex
    index_of_stories: PatternIndex  # without what only answers would need, and without red flags
    red_flags: PatternIndex  # of stories; the gravest first
    whole: Mapping[str, frozenset[str]]
    topics: Mapping[str, TopicRule]
    families: Mapping[str, FlagFamily]
    language_words: Mapping[str, frozenset[str]]
    weights: WordWeights = NO_WEIGHTS

    def read(self, text: str) -> Reading:
        """Read one text: words, then every pattern; in a very long one, not what only answers would need."""
        words = read_words(text, self.spelling)
        places = self.lexicon.place(words)
        is_long = is_story(words)
        chart = Chart(places, self.choices_of_stories if is_long else self.choices)
        found = list((self.index_of_stories if is_long else self.index).find(chart))
        return Reading(
            words,
            "" if is_long else normalise(text),
            asks_question(text),
            _grouped((match.pattern.table, match) for match in found),
            _grouped(((match.pattern.table, match.pattern.key), match) for match in found),
            self.lexicon.concepts(places),
            partial(self.red_flags.find, chart) if is_long else None,
        )


def _grouped(pairs: Iterable[tuple[Name, Match]]) -> Mapping[Name, tuple[Match, ...]]:
    found: dict[Name, list[Match]] = {}
    for name, match in pairs:
        found.setdefault(name, []).append(match)
    return {name: tuple(rows) for name, rows in found.items()}
