"""What must stay right when a clinic adds a phrase: red flags, opt-outs, and everything staff ever corrected. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.decision import Action, Context, Decision
from bot.router import decide
from bot.vocabulary import Vocabulary

Phrases = tuple[tuple[str, str], ...]  # (phrase, topic id)

# The words a carrier itself takes for STOP, START and HELP (https://www.twilio.com/docs/messaging, opt-out keywords).
OPT_OUTS = (
    "stop",
    "stopall",
    "unsubscribe",
    "cancel",
    "end",
    "quit",
    "stop texting me",
    "take me off your list",
)
OTHERS = (("start", "optin"), ("unstop", "optin"), ("help", "help"), ("info", "help"))
PERSON, COURTESY = "person", "ack"
WANTED_ACTION = {
    "emergency": Action.EMERGENCY,
    "optout": Action.OPTOUT,
    "optin": Action.OPTIN,
    "help": Action.HELP,
    PERSON: Action.ESCALATE,
    COURTESY: Action.ACK,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A text and what must come of it: topic ids joined by "+", or a key of WANTED_ACTION."""

    text: str
    wanted: str
    source: str  # where it comes from, for people


def standing_lines(vocabulary: Vocabulary) -> Iterator[Line]:
    """The lines every clinic has: an example of each red flag, and the words that stop and start texts."""
    for family in vocabulary.families.values():
        for example in family.examples:
            yield Line(example, "emergency", f"red flag: {family.title}")
    for text in OPT_OUTS:
        yield Line(text, "optout", "opt-out")
    for text, wanted in OTHERS:
        yield Line(text, wanted, "keyword")


def broken_by(
    added: Phrases, standing: Phrases, lines: Iterable[Line], vocabulary: Vocabulary
) -> tuple[Line, ...]:
    """The lines that hold now and would not hold any more with the added phrases."""
    return tuple(
        line
        for line in lines
        if holds(line, standing, vocabulary) and not holds(line, (*added, *standing), vocabulary)
    )


def holds(line: Line, phrases: Phrases, vocabulary: Vocabulary) -> bool:
    """Whether the line's text gets what it must get."""
    return is_wanted(decide(line.text, Context(clinic_phrases=phrases), vocabulary), line.wanted)


def is_wanted(decision: Decision, wanted: str) -> bool:
    """Whether a decision is what was wanted."""
    if wanted in WANTED_ACTION:
        return decision.action is WANTED_ACTION[wanted]
    return decision.action is Action.ANSWER and set(decision.intents) == set(wanted.split("+"))
