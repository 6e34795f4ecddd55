"""Checks a change of words against the regression table before it is accepted. Pure: no input or output.

A clinic's new phrase, or a staff correction, must never make a red flag, an opt-out or an earlier correction fail.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.decision import Action, Context, Decision
from bot.reading import Vocabulary
from bot.router import decide
from bot.text import normalise

Phrase = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RegressionLine:
    """One text with the decision it must get; `intents` are read only where the action is `answer`."""

    text: str
    action: Action
    intents: tuple[str, ...] = ()
    kind: str = "correction"  # red_flag | optout | correction


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that a change would break: what it must give and what it would give."""

    line: RegressionLine
    action: Action
    intents: tuple[str, ...]

    def describe(self) -> str:
        """One sentence for the person who asked for the change."""
        wanted = _say(self.line.action, self.line.intents)
        return f"{self.line.text!r} ({self.line.kind}) must be {wanted}, would become {_say(self.action, self.intents)}"


def _say(action: Action, intents: tuple[str, ...]) -> str:
    return f"{action.value} {', '.join(intents)}".strip()


def check_lines(
    lines: Iterable[RegressionLine], vocabulary: Vocabulary, phrases: tuple[Phrase, ...] = ()
) -> tuple[Broken, ...]:
    """The lines that fail under this vocabulary with these clinic phrases; none = the change is accepted."""
    context = Context(clinic_phrases=phrases)
    judged = ((line, decide(line.text, context, vocabulary)) for line in lines)
    return tuple(Broken(line, got.action, got.intents) for line, got in judged if not _meets(line, got))


def check_phrases(
    lines: Iterable[RegressionLine],
    vocabulary: Vocabulary,
    *,
    before: tuple[Phrase, ...],
    added: tuple[Phrase, ...],
) -> tuple[Broken, ...]:
    """What adding phrases would break: lines that pass today and would fail, and phrases that never would match."""
    lines = tuple(lines)
    already = {broken.line for broken in check_lines(lines, vocabulary, before)}
    newly = [
        broken for broken in check_lines(lines, vocabulary, before + added) if broken.line not in already
    ]
    useless = check_lines((_wish(phrase) for phrase in added), vocabulary, before + added)
    return (*newly, *useless)


def _wish(phrase: Phrase) -> RegressionLine:
    text, topic = phrase
    return RegressionLine(text, Action.ANSWER, (topic,), "new phrase")


def correction(text: str, action: Action, intents: tuple[str, ...] = ()) -> RegressionLine:
    """A staff correction ("this should have been ...") as a line that must hold from now on."""
    return RegressionLine(text, action, intents)


def without_repeats(lines: Iterable[RegressionLine]) -> tuple[RegressionLine, ...]:
    """One line a text, the last one wins: a newer correction replaces an older one."""
    latest = {normalise(line.text): replace(line) for line in lines}
    return tuple(latest.values())


def _meets(line: RegressionLine, got: Decision) -> bool:
    if line.action is not got.action:
        return False
    return line.action is not Action.ANSWER or set(line.intents) == set(got.intents)
