"""The values a routing decision is made of: what went in, what came out, and why. Types only, no rules."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

BOOKING = "booking, price or running late"  # note of a hand-over that is told where to book


class Action(StrEnum):
    """What the bot does with a client's text."""

    ANSWER = "answer"
    ESCALATE = "escalate"
    EMERGENCY = "emergency"
    OPTOUT = "optout"
    OPTIN = "optin"
    HELP = "help"
    ACK = "ack"


class Urgency(StrEnum):
    """How soon a person must look."""

    NOW = "now"
    TODAY = "today"
    NORMAL = "normal"


class Rule(StrEnum):
    """The step of the order of decisions that decided."""

    STAFF = "staff"
    RED_FLAG = "red_flag"
    CONSENT = "consent"
    HELP = "help"
    OPEN_QUESTION = "open_question"
    FAQ = "faq"
    COURTESY = "courtesy"
    PERSON = "person"


class QuestionReply(StrEnum):
    """How a client answered the day-14 check-in."""

    HAPPY = "happy"
    UNEVEN = "uneven"
    TOO_MUCH_MOVEMENT = "too_much_movement"
    TOO_LITTLE_MOVEMENT = "too_little_movement"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: stored with the message, printed by `route`, shown to staff."""

    rule: Rule
    note: str
    words: tuple[str, ...] = ()
    negated: tuple[str, ...] = ()
    margin: float | None = None
    scores: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with one text. `intents` holds one or two topic ids and only where action is ANSWER."""

    action: Action
    reason: Reason
    language: str = "en"
    intents: tuple[str, ...] = ()
    handoff: bool = False
    urgency: Urgency = Urgency.NORMAL
    emergency: str | None = None
    question_reply: QuestionReply | None = None
    third_person: bool = False
    stated_elapsed: timedelta | None = None
    also_stop: bool = False
    also_books: bool = False  # beside what is decided it asks about a visit or its price, or somebody is late


@dataclass(frozen=True, slots=True)
class Context:
    """What is known besides the text. `elapsed` and `day` count from the latest injection; None = none on file."""

    elapsed: timedelta | None = None
    day: int | None = None
    refined: bool = False
    open_question: str | None = None
    has_photo: bool = False
    opted_out: bool = False
    language: str | None = None
    previous_text: str | None = None
    clinic_phrases: tuple[tuple[str, str], ...] = field(default=())
