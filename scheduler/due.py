"""Hands planned steps that are due to the gate, planned anew first, so that nothing stale leaves.

It sends nothing itself and writes no word of its own.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from messages.catalogue import MissingValue, Pack, Words
from messages.clinic_edits import load_edits
from models.clinic import ClinicNumber
from models.installation import installation
from models.message import Message
from models.planning import (
    conversation_of_reminder,
    due_reminders,
    find_reminder,
    held_too_long,
    numbers_held_by,
)
from models.reminder import Reminder
from outbox.gate import Draft, enqueue
from outbox.kinds import Kind
from scheduler.alert_holds import hold_under_alerts, settle_closed_alerts
from scheduler.corrections import is_correction
from scheduler.number_plan import NumberPlan, read_number_plan
from scheduler.plan import exercise_ends
from scheduler.reminders import replan_number
from scheduler.row_changes import close
from scheduler.telling_staff import tell_staff
from scheduler.words import sharing_visits, write_words

log = structlog.get_logger(__name__)

HELD_FOR_WORDS = "words"  # held_by of a step whose words nobody has approved or that lack a value
HELD_BY_ERROR = "error"  # of one that our own code could not write: a person may free it for another try
TELLS_THE_TIME = ("aftercare_now", "correction")
QUESTIONS = ("check_in",)  # steps whose reply is understood as an answer to them


class Speech(Protocol):
    """The words reminders are written with. `all_approved`: in simulation every text counts as approved."""

    @property
    def pack(self) -> Pack:
        """The clinic's words and plan."""
        ...

    @property
    def all_approved(self) -> bool:
        """Whether nothing waits for an approval."""
        ...


@dataclass(slots=True)
class Tick:
    """What one round did: for the log, and for a clock that moves by steps until nothing more happens."""

    enqueued: list[int] = field(default_factory=list)
    held: int = 0
    expired: int = 0
    released: int = 0
    not_sent: int = 0  # due, but planned anew to a later moment, skipped or held
    failed: list[int] = field(default_factory=list)

    @property
    def did_anything(self) -> bool:
        """Whether another round may find more to do."""
        return bool(self.enqueued or self.held or self.expired or self.released or self.not_sent)


def enqueue_due(session: Session, now: datetime, *, voice: Speech, limit: int = 100) -> Tick:
    """One round: hold and free what alerts hold, close what was held too long, hand over what is due.

    `now` is clinic time.

    A step that cannot be written is held and shown to staff; it never stops the others.
    """
    tick = Tick(held=hold_under_alerts(session), expired=_close_held_too_long(session, now))
    tick.released = settle_closed_alerts(session, rules=voice.pack.plan, now=now)
    us = installation(session)
    if us.reminders_wait_since is not None or us.sending_stopped_since is not None:
        return tick
    for reminder_id in due_reminders(session, now, limit=limit):
        try:
            with session.begin_nested():
                message = enqueue_step(session, reminder_id, voice, now=now)
        except OperationalError:  # the database's trouble is no step's fault: the round is taken back whole
            raise
        except Exception as error:
            # what failed is told by its type only: a message may hold a name or a number
            log.error("reminder_failed", reminder_id=reminder_id, error=type(error).__name__)
            _hold_failed(session, reminder_id, now)
            tick.failed.append(reminder_id)
            continue
        if message is None:
            tick.not_sent += 1
        else:
            tick.enqueued.append(message.id)
    return tick


def enqueue_step(session: Session, reminder_id: int, voice: Speech, *, now: datetime) -> Message | None:
    """Plan one due step's number anew and hand the step to the gate; None where it is not due any more."""
    conversation_id = conversation_of_reminder(session, reminder_id)
    replan_number(session, conversation_id, rules=voice.pack.plan, now=now)
    row = find_reminder(session, reminder_id)
    number = read_number_plan(session, conversation_id, now)
    if row.status != "planned" or row.due_at > now:
        return None
    if not _is_on_file(number, row):
        close(row, "cancelled", "the visit or the client is not on file any more", now)
        return None
    words = _words_or_why_not(session, number, row, voice, now)
    if isinstance(words, str):
        _hold_for_words(number, row, words, now)
        return None
    message = enqueue(session, _draft(number, row, words), now=now)
    _note_handed_over(number, row, message, now)
    return message


def _is_on_file(number: NumberPlan, row: Reminder) -> bool:
    return row.client_id in number.clients and row.visit_id in {visit.id for visit in number.visits}


def release_held_words(session: Session, clinic_id: int, voice: Speech, *, now: datetime) -> int:
    """Words were approved or changed: steps that waited for them are planned again; returns how many.

    Call it in the transaction that changes them.
    """
    waiting = numbers_held_by(session, clinic_id=clinic_id, holder=HELD_FOR_WORDS)
    return sum(release_words_of(session, conversation_id, voice, now=now) for conversation_id in waiting)


def release_words_of(session: Session, conversation_id: int, voice: Speech, *, now: datetime) -> int:
    """The same for one number. What still could not go out stays held: nobody is told of it a second time."""
    number = read_number_plan(session, conversation_id, now)
    held = [row for row in number.reminders if (row.status, row.held_by) == ("held", HELD_FOR_WORDS)]
    mended = [
        row
        for row in held
        if _is_on_file(number, row)
        and not isinstance(_words_or_why_not(session, number, row, voice, now), str)
    ]
    for row in mended:
        row.status, row.held_by, row.reason = "planned", None, None
    session.flush()
    if mended:
        replan_number(session, conversation_id, rules=voice.pack.plan, now=now)
    return len(mended)


def _words_or_why_not(
    session: Session, number: NumberPlan, row: Reminder, voice: Speech, now: datetime
) -> Words | str:
    """The text, or why the step cannot or must not go out as it is."""
    edits = load_edits(session, number.clinic.id, all_approved=voice.all_approved)
    our_number = session.get_one(ClinicNumber, number.conversation.clinic_number_id).number
    try:
        words = write_words(number, row, voice.pack, edits, our_number=our_number, now=now)
    except MissingValue as missing:
        return f"its text needs {missing.field}"
    if not words.approved:
        return f"its words ({words.topic}, {words.language}) are not approved yet"
    return words


def _hold_for_words(number: NumberPlan, row: Reminder, why: str, now: datetime) -> None:
    row.status, row.held_by, row.reason = "held", HELD_FOR_WORDS, f"held: {why}"
    name = number.clients[row.client_id].name
    tell_staff(number.conversation, why=f"{row.step} for {name} is held: {why}", now=now)


def _draft(number: NumberPlan, row: Reminder, words: Words) -> Draft:
    return Draft(
        clinic_id=number.clinic.id,
        conversation_id=number.conversation.id,
        clinic_number_id=number.conversation.clinic_number_id,
        their_number=number.conversation.number,
        client_id=row.client_id,
        kind=Kind.CORRECTION if is_correction(row.step) else Kind.REMINDER,
        purpose=row.purpose,
        body=words.text,
        topic=words.topic,
        template_version=words.version,
        reason={"note": row.reason or "as planned", "step": row.step},
        reminder_id=row.id,
        dedupe_key=f"reminder:{row.id}",
        useful_until=row.latest_at,
    )


def _note_handed_over(number: NumberPlan, row: Reminder, message: Message, now: datetime) -> None:
    """What follows from a text on its way: the time it tells, the question it asks. A refused one tells nothing."""
    if message.state != "queued":
        return
    if row.step.startswith(TELLS_THE_TIME):
        for visit in sharing_visits(number, row):
            # of two that share a text the earlier one was told a later time on purpose: nothing to correct
            visit.told_exercise_ends_at = exercise_ends(visit.injected_at)
    if row.step in QUESTIONS:
        conversation = number.conversation
        conversation.open_question, conversation.open_question_visit_id = row.step, row.visit_id
        conversation.open_question_asked_at = now


def _close_held_too_long(session: Session, now: datetime) -> int:
    rows = held_too_long(session, now, limit=100)
    for row in rows:
        close(row, "skipped", f"{row.reason or 'held'}, until its last useful moment had passed", now)
    session.flush()
    return len(rows)


def _hold_failed(session: Session, reminder_id: int, now: datetime) -> None:
    row = find_reminder(session, reminder_id)
    row.status, row.held_by = "held", HELD_BY_ERROR
    row.reason = "held: its text could not be written; look at the log"
    number = read_number_plan(session, row.conversation_id, now)
    tell_staff(number.conversation, why=f"{row.step} could not be written", now=now)
    session.flush()
