"""The kinds of text and how each is sent. A table, so that adding a kind is adding a row."""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum


class Kind(StrEnum):
    """What a text is for. Stored with the message and printed by `messages list`."""

    RED_FLAG = "red_flag"  # the emergency instruction
    ALERT = "alert"  # to an on-call phone
    OPT_OUT = "opt_out"  # the one STOP confirmation
    OPT_IN = "opt_in"  # the answer to START
    HELP = "help"
    FAQ = "faq"
    QUESTION = "question"  # the answer to a reply to our own question
    HANDOVER = "handover"
    GREETING = "greeting"
    PHOTO = "photo"  # photo received
    LATE = "late"  # the note after down time
    CONSENT = "consent"  # opt-in confirmation at enrolment
    STAFF_ACK = "staff_ack"  # to a staff phone that acknowledged or enrolled
    STAFF = "staff"  # written by a person
    REMINDER = "reminder"
    CORRECTION = "correction"
    COURTESY = "courtesy"  # inbound only: recorded, not answered


class Priority(IntEnum):
    """Claimed in this order."""

    URGENT = 0
    REPLY = 1
    STAFF = 2
    REMINDER = 3


class WhenUnknown(StrEnum):
    """What to do where the carrier's reply was lost."""

    RESEND = "resend"  # up to 3 times, 20 s apart: a duplicate is harmless, a loss is not
    NEVER = "never"
    LOOK_UP = "look_up"  # twice; absent both times and still useful: resent once
    REVIEW = "review"  # a person decides


@dataclass(frozen=True, slots=True)
class Policy:
    """How a kind is sent. `validity` None = until the end of its own window."""

    priority: Priority
    when_unknown: WhenUnknown
    validity: timedelta | None
    needs_consent: bool = True
    in_send_window: bool = False
    automatic: bool = True
    counts_to_reply_caps: bool = False


ANSWER = timedelta(seconds=600)
URGENT = timedelta(seconds=36000)
_reply = Policy(Priority.REPLY, WhenUnknown.LOOK_UP, ANSWER, counts_to_reply_caps=True)
_exempt_reply = Policy(Priority.REPLY, WhenUnknown.LOOK_UP, ANSWER, needs_consent=False)
_reminder = Policy(Priority.REMINDER, WhenUnknown.LOOK_UP, None, in_send_window=True)

POLICIES: dict[Kind, Policy] = {
    Kind.RED_FLAG: Policy(Priority.URGENT, WhenUnknown.RESEND, URGENT, needs_consent=False),
    Kind.ALERT: Policy(Priority.URGENT, WhenUnknown.RESEND, URGENT, needs_consent=False),
    Kind.OPT_OUT: Policy(Priority.URGENT, WhenUnknown.NEVER, timedelta(minutes=5), needs_consent=False),
    Kind.OPT_IN: _exempt_reply,
    Kind.HELP: _exempt_reply,
    Kind.FAQ: _reply,
    Kind.QUESTION: Policy(Priority.REPLY, WhenUnknown.LOOK_UP, ANSWER),
    Kind.HANDOVER: _reply,
    Kind.GREETING: _reply,
    Kind.PHOTO: _reply,
    Kind.LATE: _reply,
    Kind.CONSENT: Policy(Priority.REPLY, WhenUnknown.LOOK_UP, ANSWER),
    Kind.STAFF_ACK: _exempt_reply,
    Kind.STAFF: Policy(Priority.STAFF, WhenUnknown.REVIEW, ANSWER, automatic=False),
    Kind.REMINDER: _reminder,
    Kind.CORRECTION: _reminder,
}
