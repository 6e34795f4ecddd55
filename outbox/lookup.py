"""Settles sends whose answer was lost by asking the carrier's list. Absent is believed only of a list that answered.

Never sends: what is to be resent goes back into the queue and past the gate again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.orm import Session

from carriers.base import Carrier, CarrierMessage, Listing, ListingFailed, Outcome
from models.attempts import (
    attempts_to_look_up,
    lock_attempt,
    messages_unknown_since,
    sids_of_other_attempts,
)
from models.clinic import list_clinic_numbers
from models.database import Database
from models.message import Attempt, Message
from models.message_queue import lock_message
from outbox.closing import close_cancelled, close_for_review, release_claim
from outbox.kinds import Kind, WhenUnknown, when_unknown
from outbox.matching import CLOCKS_APART, Sought, matching
from outbox.outcome import LOST_REPLY
from outbox.settle import settle_accepted
from outbox.timing import Clocks, Spans

log = structlog.get_logger()

LIST_LIMIT = 100
LOOKS_NEEDED = 2
SLOW_LOOKS = timedelta(minutes=10)  # once a person was asked, the list may still settle it
GIVE_UP_AFTER = timedelta(days=1)
ABSENT = "absent"
ABSENT_NOTE = "the carrier's list does not have it"
SEVERAL_NOTE = "the carrier's list has several texts that could be this one"
OLDER_NOTE = "the carrier's answer was lost; its list has such a text from before, which may be this one"
LIST_FAILS_NOTE = "the carrier's answer was lost, and its list cannot be read"


@dataclass(frozen=True, slots=True)
class Question:
    """One look-up to make. `lookups`: how many had counted when it was due."""

    attempt_id: int
    message_id: int
    sought: Sought
    lookups: int


def look_up_unknown(
    database: Database, carrier: Carrier, *, spans: Spans, clocks: Clocks | None = None, limit: int = 50
) -> int:
    """Look up every unknown send that is due; what is overdue is shown after each look, for a list may stall.

    Returns how many were looked up.
    """
    clocks = clocks or Clocks()
    with database.read() as session:
        machine = clocks.machine(session)
        questions = [_question(session, attempt) for attempt in _due(session, machine, limit)]
    for question in questions:
        _answer(database, carrier, question, spans, clocks)
        show_overdue(database, spans=spans, clocks=clocks)
    if not questions:
        show_overdue(database, spans=spans, clocks=clocks)
    return len(questions)


def show_overdue(database: Database, *, spans: Spans, clocks: Clocks | None = None) -> None:
    """What the look-ups have not settled in time goes before a person. Asks nobody, so no slow list delays it."""
    clocks = clocks or Clocks()
    with database.read() as session:
        overdue = messages_unknown_since(session, clocks.machine(session) - spans.longest_unknown)
    for message_id in overdue:
        with database.write() as session:
            message = lock_message(session, message_id)
            if message.state == "unknown":
                close_for_review(
                    session, message, code="unknown", note=LOST_REPLY, now=clocks.clinic(session)
                )


def _due(session: Session, machine: datetime, limit: int) -> list[Attempt]:
    return attempts_to_look_up(session, machine=machine, limit=limit)


def _question(session: Session, attempt: Attempt) -> Question:
    numbers = list_clinic_numbers(session)
    sought = Sought(
        to_number=attempt.to_number,
        body_hash=attempt.body_hash,
        segments=attempt.segments,
        intent_at=attempt.intent_at,
        our_numbers=frozenset(number.number for number in numbers),
        our_services=frozenset(
            number.messaging_service_sid for number in numbers if number.messaging_service_sid
        ),
    )
    return Question(attempt.id, attempt.message_id, sought, attempt.lookups)


def _answer(database: Database, carrier: Carrier, question: Question, spans: Spans, clocks: Clocks) -> None:
    """Ask with no transaction open, then write down what it means, unless another one has meanwhile."""
    listing = _ask(carrier, question, spans)
    with database.write() as session:
        message = lock_message(session, question.message_id)
        attempt = lock_attempt(session, question.attempt_id)
        if attempt.outcome != Outcome.UNKNOWN or attempt.lookups != question.lookups:
            return
        now, machine = clocks.clinic(session), clocks.machine(session)
        if listing is None:
            _on_list_failed(session, message, attempt, now, machine, spans)
            return
        within = partial(
            matching,
            question.sought,
            listing.messages,
            taken=sids_of_other_attempts(session, attempt, [row.sid for row in listing.messages]),
            machine=machine,
            offset=listing.offset(machine),
        )
        if found := within(look_back=spans.lookup_back):
            _on_found(session, message, attempt, found, now, machine)
        elif within(look_back=CLOCKS_APART) and _policy(message) is WhenUnknown.LOOK_UP:
            _on_older_one(session, message, attempt, now)
        else:
            _on_absent(session, message, attempt, now, machine, spans)


def _ask(carrier: Carrier, question: Question, spans: Spans) -> Listing | None:
    """The carrier's list; None where it could not be read whole."""
    since = question.sought.intent_at - spans.lookup_back - CLOCKS_APART
    try:
        return carrier.list_sent_to(question.sought.to_number, since=since, limit=LIST_LIMIT)
    except ListingFailed:
        return None


def _on_found(
    session: Session,
    message: Message,
    attempt: Attempt,
    found: tuple[CarrierMessage, ...],
    now: datetime,
    machine: datetime,
) -> None:
    """One match is it. Of several only a kind whose doubles are harmless takes the first."""
    if len(found) > 1 and _policy(message) is not WhenUnknown.RESEND:
        attempt.next_lookup_at = None
        if message.state == "unknown":
            close_for_review(session, message, code="unknown", note=SEVERAL_NOTE, now=now)
        return
    first = found[0]
    settle_accepted(session, message, attempt, sid=first.sid, status=first.status, now=now, machine=machine)


def _on_older_one(session: Session, message: Message, attempt: Attempt, now: datetime) -> None:
    """Too early to be it, unless our clock was set back since: a person looks."""
    attempt.next_lookup_at = None
    if message.state == "unknown":
        close_for_review(session, message, code="unknown", note=OLDER_NOTE, now=now)


def _on_absent(
    session: Session, message: Message, attempt: Attempt, now: datetime, machine: datetime, spans: Spans
) -> None:
    attempt.lookups += 1
    if attempt.lookups < LOOKS_NEEDED:
        attempt.next_lookup_at = machine + spans.lookup_spacing
        return
    attempt.outcome, attempt.next_lookup_at = ABSENT, None
    if message.state != "unknown":
        return
    policy = _policy(message)
    if policy is WhenUnknown.NEVER:
        close_cancelled(session, message, code="unknown", note=f"{ABSENT_NOTE}; never sent twice", now=now)
    elif (
        policy is WhenUnknown.LOOK_UP
        and message.resent == 0
        and spans.may_try_again(machine - attempt.intent_at)
    ):
        message.resent = 1
        release_claim(message, "queued")
        message.retry_at = None
    else:
        close_for_review(session, message, code="unknown", note=f"{LOST_REPLY}; {ABSENT_NOTE}", now=now)


def _on_list_failed(
    session: Session, message: Message, attempt: Attempt, now: datetime, machine: datetime, spans: Spans
) -> None:
    """Says nothing about the text. It is never resent on an error; in time a person is shown it."""
    age = machine - attempt.intent_at
    attempt.next_lookup_at = machine + spans.lookup_spacing
    if age >= GIVE_UP_AFTER:
        attempt.next_lookup_at = None
    elif message.state != "unknown":
        attempt.next_lookup_at = machine + SLOW_LOOKS
    if message.state == "unknown" and age >= spans.show_after:
        log.warning("unknown_send_before_a_person", message_id=message.id)
        close_for_review(session, message, code="unknown", note=LIST_FAILS_NOTE, now=now)


def _policy(message: Message) -> WhenUnknown:
    return when_unknown(Kind(message.kind), has_media=bool(message.media_urls))
