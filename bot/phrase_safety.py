"""Which phrases no clinic may add: those that without it are for the emergency words, an opt-out or a person. Pure.

A phrase has the last word on its text, so it must never be asked about what only a person may judge.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.clauses import gather
from bot.decision import Action, Context, Urgency
from bot.off_page import read_off_page
from bot.reading import Vocabulary
from bot.regressions import Phrase, RegressionLine, check_phrases
from bot.router import decide
from bot.text import normalise
from messages.catalogue import Pack
from messages.problems import Problem

SHORTEST_WORDS = 2  # one word alone would catch far more than was meant
LEAVE_IT_OUT = "Leave it out: without it a person answers such a text."
TAKE_IT_OUT = "Take the phrase out of the file."
AT_LEAST_TWO = "Write at least two words, as clients write them."


@dataclass(frozen=True, slots=True)
class Unsafe:
    """A phrase that is refused, why, and what to do about it."""

    phrase: str
    why: str
    cure: str

    def describe(self) -> str:
        """One sentence and its cure, for the person who asked for the phrase."""
        return f"{self.phrase!r} {self.why}. {self.cure}"


def find_unsafe(
    added: Iterable[Phrase], vocabulary: Vocabulary, *, before: tuple[Phrase, ...] = ()
) -> tuple[Unsafe, ...]:
    """The phrases whose text alone is an emergency, an opt-out, a doubted red flag, or not on the clinic's page."""
    context = Context(clinic_phrases=before)
    judged = (_judge(phrase, context, vocabulary) for phrase, _ in added)
    return tuple(unsafe for unsafe in judged if unsafe is not None)


def _judge(phrase: str, context: Context, vocabulary: Vocabulary) -> Unsafe | None:
    decision = decide(phrase, context, vocabulary)
    if decision.action is Action.EMERGENCY:
        return Unsafe(
            phrase, "is an emergency", "Leave it out: without it such a text gets the emergency words."
        )
    if decision.action is Action.OPTOUT:
        return Unsafe(phrase, "asks to stop texts", "Leave it out: without it such a text stops them.")
    kinds = _off_page(phrase, vocabulary)
    if kinds:
        return Unsafe(phrase, f"asks what is not on the clinic's page ({', '.join(kinds)})", LEAVE_IT_OUT)
    if decision.urgency is not Urgency.NORMAL:
        return Unsafe(phrase, "may be a red flag, which a person must see soon", LEAVE_IT_OUT)
    return None


def _off_page(text: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    reading = vocabulary.read(text)
    return tuple(kind.replace("_", " ") for kind in read_off_page(reading, gather(reading)).kinds)


def check_pack_phrases(
    pack: Pack, vocabulary: Vocabulary, lines: Iterable[RegressionLine]
) -> tuple[Problem, ...]:
    """What is wrong with the phrases in the pack's files, by the rules for phrases added at the dashboard."""
    lines = tuple(lines)
    return tuple(
        problem
        for language in pack.languages
        if pack.phrases(language)
        for problem in _check_language(pack, language, vocabulary, lines)
    )


def _check_language(
    pack: Pack, language: str, vocabulary: Vocabulary, lines: tuple[RegressionLine, ...]
) -> Iterator[Problem]:
    """One problem a phrase; of several claims of one phrase the first counts, as in an answer."""
    claims = {normalise(phrase): (phrase, topic) for phrase, topic in reversed(pack.phrases(language))}
    refused = _refuse(tuple(claims.values()), vocabulary, lines)
    for text, (what, cure) in refused.items():
        topic = claims[text][1]
        yield Problem(pack.topics[topic].words[language].where, what, cure)


def _refuse(
    added: tuple[Phrase, ...], vocabulary: Vocabulary, lines: tuple[RegressionLine, ...]
) -> dict[str, tuple[str, str]]:
    """What is wrong and its cure, by the phrase in plain words; the gravest last, which then stands."""
    broken = check_phrases(lines, vocabulary, before=(), added=added)
    short = (phrase for phrase, _ in added if len(normalise(phrase).split()) < SHORTEST_WORDS)
    return {
        **{
            normalise(one.line.text): (f"a phrase breaks a line: {one.describe()}", TAKE_IT_OUT)
            for one in broken
        },
        **{normalise(phrase): (f"the phrase {phrase!r} is one word", AT_LEAST_TWO) for phrase in short},
        **{
            normalise(one.phrase): (f"the phrase {one.phrase!r} {one.why}", one.cure)
            for one in find_unsafe(added, vocabulary)
        },
    }
