"""After a restore: what left since the backup was taken is read from the carrier's list before reminders go on (R7).

A step that may have left already, due or not, is held for a person. It is never sent on a guess, nor dropped on one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

import structlog
from sqlalchemy.orm import Session

from carriers.base import Carrier, Listing, ListingFailed
from models.attempts import sids_we_know
from models.clinic import list_clinic_numbers
from models.conversation import Conversation, lock_conversation
from models.database import Database
from models.installation import installation, simulated_ahead
from models.message import Message
from models.message_queue import not_begun
from models.reminder import Reminder
from models.thread_facts import steps_that_could_have_left
from outbox.closing import close_cancelled, close_for_review, release_claim
from outbox.kinds import Kind
from outbox.matching import CLOCKS_APART
from outbox.timing import Clocks

log = structlog.get_logger()

HOLDER = "restore"
LONGEST_REASON = 300  # characters, as in the table
SLACK = timedelta(minutes=10)
LIST_LIMIT = 1000
LEFT_NOTE = (
    "it waited in the queue when the backup was taken and may have left since: look at the carrier's log"
)
NOT_HELD = {Kind.RED_FLAG, Kind.ALERT, Kind.REMINDER}  # may go twice; or are compared step by step
HELD_NOTE = "a text left after the backup was taken and may have been this one: look at the carrier's log"


@dataclass(frozen=True, slots=True)
class Due:
    """The open steps of one number. `since` is the earliest moment at which one can have left (machine time)."""

    conversation_id: int
    number: str
    since: datetime


def begin_wait(session: Session, *, now: datetime, machine: datetime) -> None:
    """An older state was put back: reminders wait; what had not begun to leave then goes before a person.

    What was under way is looked up in the carrier's list, as after any lost reply. New answers, alerts and STOP
    confirmations leave as always. An emergency text may go twice, never be lost.
    """
    us = installation(session)
    us.reminders_wait_since = us.reminders_wait_since or machine
    for message in not_begun(session):
        if Kind(message.kind) in NOT_HELD:
            release_claim(message, "queued")
        else:
            close_for_review(session, message, code="restore", note=LEFT_NOTE, now=now)


def compare_after_restore(database: Database, carrier: Carrier, *, clocks: Clocks | None = None) -> bool:
    """Compare every step that could have left with the carrier's list and let reminders go on. False = not (yet).

    Due ones, and those that may since have been moved forward or freed from a hold: what counts is their earliest.
    Missed texts (STOP above all) are to be taken in before. Where one list fails everything goes on waiting.
    """
    clocks = clocks or Clocks()
    with database.read() as session:
        if installation(session).reminders_wait_since is None:
            return False
        waiting = _waiting(session, clocks)
    for due in waiting:
        try:
            listing = carrier.list_sent_to(due.number, since=due.since - CLOCKS_APART, limit=LIST_LIMIT)
        except ListingFailed:
            log.warning("restore_not_compared_yet", conversation_id=due.conversation_id)
            return False
        _compare(database, due, listing, clocks)
    with database.write() as session:
        installation(session).reminders_wait_since = None
    return True


def _waiting(session: Session, clocks: Clocks) -> list[Due]:
    ahead = simulated_ahead(session)
    steps = steps_that_could_have_left(session, clocks.clinic(session))
    return [
        Due(
            conversation_id=conversation_id,
            number=session.get_one(Conversation, conversation_id).number,
            since=min(step.earliest_at for step in group) - ahead - SLACK,
        )
        for conversation_id, group in groupby(steps, key=lambda step: step.conversation_id)
    ]


def _compare(database: Database, due: Due, listing: Listing, clocks: Clocks) -> None:
    """Hold each step after whose earliest moment a text of ours left that is not on file."""
    with database.write() as session:
        lock_conversation(session, due.conversation_id)
        unknown = _unknown_texts(session, listing, clocks.machine(session))
        ahead, now = simulated_ahead(session), clocks.clinic(session)
        for step in steps_that_could_have_left(session, now):
            if step.conversation_id != due.conversation_id:
                continue
            if any(left_at >= step.earliest_at - ahead - SLACK for left_at in unknown):
                _hold(session, step, now)


def _unknown_texts(session: Session, listing: Listing, machine: datetime) -> list[datetime]:
    """When texts of ours left (machine time) that are not on file."""
    numbers = list_clinic_numbers(session)
    ours = {number.number for number in numbers}
    services = {number.messaging_service_sid for number in numbers if number.messaging_service_sid}
    known = sids_we_know(session, [message.sid for message in listing.messages])
    offset = listing.offset(machine)
    return [
        message.created_at - offset
        for message in listing.messages
        if message.sid not in known
        and message.direction == "outbound-api"
        and (message.from_number in ours or message.messaging_service_sid in services)
    ]


def _hold(session: Session, step: Reminder, now: datetime) -> None:
    """A text already written for it is taken back; freeing the step writes a new one."""
    text = session.get_one(Message, step.message_id) if step.message_id is not None else None
    before = f" (it was {step.reason})" if step.status == "held" and step.reason else ""
    step.status, step.held_by, step.reason = "held", HOLDER, f"{HELD_NOTE}{before}"[:LONGEST_REASON]
    session.flush()
    if text is not None and text.state == "queued":
        close_cancelled(session, text, code="restore", note=HELD_NOTE, now=now)
        text.dedupe_key = None
        step.message_id = None
