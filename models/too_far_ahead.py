"""Moments of machine time that lie further ahead than any wait is long: written before the clock was set back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, true, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.alert import Alert
from models.attempts import latest_intent
from models.clinic import ClinicNumber
from models.installation import Heartbeat
from models.lease import Lease
from models.message import Attempt, Message
from models.photo import Photo

EVERY: ColumnElement[bool] = true()
NO_WAIT = timedelta()
SLACK = timedelta(
    seconds=10
)  # others write on while this waits for a row: what they write is not from the wrong hour


@dataclass(frozen=True, slots=True)
class Longest:
    """How long each kind of work waits at the most, whoever asks for it.

    claim: a worker's lease on a text. lease: on any other work. look_up: before an unknown send is looked up.
    page: before the next on-call phone. photo: before a picture is fetched again. retry, pace: of a text that the
    carrier put off for no stated time, of a number between two texts.
    """

    claim: timedelta
    lease: timedelta
    look_up: timedelta
    page: timedelta
    photo: timedelta
    retry: timedelta
    pace: timedelta


@dataclass(frozen=True, slots=True)
class Wait:
    """A moment and how far ahead it may be where `among` holds."""

    moment: InstrumentedAttribute[Any]
    longest: timedelta
    among: ColumnElement[bool] = EVERY


def bring_near(session: Session, machine: datetime, longest: Longest) -> int:
    """Nothing waits longer from `machine` on than it could if it began to wait now. Returns how many moments moved.

    An open try that seems to have begun later than now began now at the latest: its look-ups count from there.
    Safe to repeat; where the clock was not set back by more than SLACK it changes nothing.
    """
    latest = latest_intent(session)
    waits = _always(machine, longest)
    if latest is not None and latest > machine + SLACK:
        waits += _put_off(longest)
    return sum(_bring_near(session, wait, machine) for wait in waits)


def _bring_near(session: Session, wait: Wait, machine: datetime) -> int:
    nearest = machine + wait.longest
    too_far = update(wait.moment.class_).where(wait.moment > nearest + SLACK, wait.among)
    moved = too_far.values({wait.moment: nearest}).execution_options(synchronize_session=False)
    return int(session.connection().execute(moved).rowcount)


def _always(machine: datetime, longest: Longest) -> list[Wait]:
    """A try's look-up comes before the try itself, by which it is known."""
    is_unknown = Attempt.outcome == "unknown"
    return [
        Wait(Message.lease_until, longest.claim, Message.state.in_(("claimed", "in_flight"))),
        Wait(Lease.until, longest.lease),
        Wait(Attempt.next_lookup_at, longest.look_up, is_unknown & (Attempt.intent_at > machine + SLACK)),
        Wait(Attempt.intent_at, NO_WAIT, Attempt.outcome.is_(None) | is_unknown),
        Wait(Alert.next_page_at, longest.page, Alert.closed_at.is_(None)),
        Wait(Photo.next_try_at, longest.photo, Photo.state == "at_carrier"),
        Wait(Heartbeat.beat_at, NO_WAIT),
    ]


def _put_off(longest: Longest) -> list[Wait]:
    """A carrier may put texts off for a day: such a wait is cut short only where the clock is known to be set back."""
    return [
        Wait(Message.retry_at, longest.retry, Message.state == "queued"),
        Wait(ClinicNumber.next_send_at, longest.pace),
    ]
