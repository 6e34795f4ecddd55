"""The kinds of text and how each is sent. A table, so that adding a kind is adding a row."""

from dataclasses import dataclass, replace
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
    """How a kind is sent. `validity` None = until the end of its own window; `useful` None = for ever.

    needs_consent: refused after STOP, and without care consent unless it answers the client's own text.
    answers: the kind of the client's own text whose answer goes out even after STOP.
    pausable: held back where staff paused this conversation's automatic texts.
    scheduled: leaves by itself, not as an answer; waits for the mass-send brake and after a restore.
    """

    priority: Priority
    when_unknown: WhenUnknown
    validity: timedelta | None
    needs_consent: bool = True
    in_send_window: bool = False
    automatic: bool = True
    counts_to_reply_caps: bool = False
    answers: str | None = None
    pausable: bool = True
    scheduled: bool = False
    useful: timedelta | None = None


ANSWER = timedelta(seconds=600)
URGENT = timedelta(seconds=36000)
WITH_PICTURE = timedelta(seconds=3000)  # the link to the picture lives two hours
STOP_ANSWER = timedelta(minutes=5)  # 47 CFR 64.1200(a)(12): one confirmation, within five minutes
ANSWER_USEFUL = timedelta(hours=2)  # later than this a person answers, as for a text that was found late
STAFF_USEFUL = timedelta(hours=24)

_reply = Policy(Priority.REPLY, WhenUnknown.LOOK_UP, ANSWER, counts_to_reply_caps=True, useful=ANSWER_USEFUL)
_question = Policy(Priority.REPLY, WhenUnknown.LOOK_UP, ANSWER, useful=ANSWER_USEFUL)
_urgent = Policy(Priority.URGENT, WhenUnknown.RESEND, URGENT, needs_consent=False, pausable=False)
_exempt_reply = Policy(
    Priority.REPLY,
    WhenUnknown.LOOK_UP,
    ANSWER,
    needs_consent=False,
    pausable=False,
    useful=ANSWER_USEFUL,
)
_reminder = Policy(Priority.REMINDER, WhenUnknown.LOOK_UP, None, in_send_window=True, scheduled=True)

POLICIES: dict[Kind, Policy] = {
    Kind.RED_FLAG: replace(_urgent, answers=Kind.RED_FLAG),
    Kind.ALERT: _urgent,
    Kind.OPT_OUT: replace(
        _urgent,
        when_unknown=WhenUnknown.NEVER,
        validity=STOP_ANSWER,
        answers=Kind.OPT_OUT,
        useful=STOP_ANSWER,
    ),
    Kind.OPT_IN: replace(_exempt_reply, answers=Kind.OPT_IN),
    Kind.HELP: replace(_exempt_reply, answers=Kind.HELP),
    Kind.FAQ: _reply,
    Kind.QUESTION: _question,
    Kind.HANDOVER: _reply,
    Kind.GREETING: _reply,
    Kind.PHOTO: _reply,
    Kind.LATE: _reply,
    Kind.CONSENT: replace(_question, scheduled=True, useful=timedelta(hours=24)),
    Kind.STAFF_ACK: _exempt_reply,
    Kind.STAFF: Policy(
        Priority.STAFF,
        WhenUnknown.REVIEW,
        ANSWER,
        automatic=False,
        pausable=False,
        useful=STAFF_USEFUL,
    ),
    Kind.REMINDER: _reminder,
    Kind.CORRECTION: _reminder,
}
SCHEDULED = tuple(kind for kind, policy in POLICIES.items() if policy.scheduled)
CAPPED_REPLIES = tuple(kind for kind, policy in POLICIES.items() if policy.counts_to_reply_caps)


def when_unknown(kind: Kind, *, has_media: bool) -> WhenUnknown:
    """What to do where the carrier's reply was lost; anything with a picture goes to a person."""
    policy = POLICIES[kind].when_unknown
    return WhenUnknown.REVIEW if has_media and policy is not WhenUnknown.NEVER else policy
