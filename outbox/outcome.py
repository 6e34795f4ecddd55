"""What each answer of the carrier leads to, by kind of text. Every function works on locked rows."""

import random
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from carriers.base import Outcome, SendResult
from carriers.error_codes import explain as rule_of
from carriers.error_codes import next_try_at
from models.attempts import attempts_of, count_attempts, lock_attempt
from models.clinic import ClinicNumber
from models.message import Attempt, Message
from models.message_queue import lock_message
from outbox.alarm import note_instruction
from outbox.closing import close_failed, close_for_review, release_claim
from outbox.kinds import Kind, Priority, WhenUnknown, when_unknown
from outbox.settle import settle_accepted
from outbox.status import hurry_next_page, learn_from_error
from outbox.stop import credentials_note, stop_sending
from outbox.timing import Spans

MOST_RESENDS = 3  # emergency words and alerts (RULES 7)
LOST_REPLY = "the carrier's answer was lost: it may or may not have been sent"


def record_result(
    session: Session,
    *,
    message_id: int,
    attempt_id: int,
    token: str,
    result: SendResult,
    now: datetime,
    machine: datetime,
    spans: Spans,
) -> None:
    """Write down what came of one try. Without the token only the knowledge that it was accepted is kept."""
    message, attempt = lock_message(session, message_id), lock_attempt(session, attempt_id)
    if result.carrier_clock_offset is not None:
        attempt.carrier_clock_offset_s = result.carrier_clock_offset.total_seconds()
    if attempt.outcome == Outcome.ACCEPTED:
        return
    if result.outcome is Outcome.ACCEPTED and result.sid is not None:
        settle_accepted(
            session, message, attempt, sid=result.sid, status=result.status, now=now, machine=machine
        )
        return
    if message.claim_token != token or attempt.outcome is not None:
        return
    attempt.finished_at, attempt.error_code = machine, result.error_code
    _not_accepted(session, message, attempt, result, now, machine, spans)


def _not_accepted(
    session: Session,
    message: Message,
    attempt: Attempt,
    result: SendResult,
    now: datetime,
    machine: datetime,
    spans: Spans,
) -> None:
    if result.outcome is Outcome.REJECTED_RETRY:
        _on_rejected_retry(session, message, attempt, result, machine, spans)
    elif result.outcome is Outcome.REJECTED_FINAL:
        _on_rejected_final(session, message, attempt, now, machine)
    elif result.outcome is Outcome.CREDENTIALS:
        _on_credentials(session, message, attempt, now, machine)
    else:
        on_unknown(session, message, attempt, now=now, machine=machine, spans=spans)


def on_unknown(
    session: Session, message: Message, attempt: Attempt, *, now: datetime, machine: datetime, spans: Spans
) -> None:
    """The reply was lost. By kind: resent soon, looked up after the grace, or put before a person at once.

    Lost a second time it is before a person at once too: R2 allows five minutes, and most of them are gone. The
    look-ups go on and still settle it.
    """
    attempt.outcome, attempt.next_lookup_at = Outcome.UNKNOWN, attempt.intent_at + spans.grace
    taken = [other for other in attempts_of(session, message.id) if other.outcome == Outcome.ACCEPTED]
    release_claim(message, "unknown")
    if taken:
        sid = taken[-1].carrier_sid or ""
        settle_accepted(session, message, taken[-1], sid=sid, status=message.status, now=now, machine=machine)
        return
    policy = when_unknown(Kind(message.kind), has_media=bool(message.media_urls))
    if policy is WhenUnknown.REVIEW or (policy is WhenUnknown.LOOK_UP and message.resent):
        close_for_review(session, message, code="unknown", note=LOST_REPLY, now=now)
    elif policy is WhenUnknown.RESEND and message.resent < MOST_RESENDS:
        _resend(message, at=max(machine, attempt.intent_at + spans.emergency_resend))
    note_instruction(session, message, was_sent=False)


def _taken_meanwhile(session: Session, message: Message) -> Attempt | None:
    """An earlier try of which we learnt, while this one was on the wire, that it had been accepted."""
    tries = attempts_of(session, message.id)
    taken = (
        row for row in tries if row.outcome == Outcome.ACCEPTED and row.carrier_sid != message.carrier_sid
    )
    return next(taken, None)


def _resend(message: Message, *, at: datetime) -> None:
    message.resent += 1
    message.state, message.retry_at = "queued", at


def _on_rejected_retry(
    session: Session,
    message: Message,
    attempt: Attempt,
    result: SendResult,
    machine: datetime,
    spans: Spans,
) -> None:
    """Certainly not sent. It waits, and so does everything else on this number that is not urgent."""
    attempt.outcome = Outcome.REJECTED_RETRY
    session.flush()
    tries = count_attempts(session, message.id, Outcome.REJECTED_RETRY)
    wait = max(result.retry_after or _backoff(tries, spans), _cap_wait(result.error_code, tries, machine))
    if message.priority == Priority.URGENT and result.retry_after is None:
        wait = min(wait, spans.emergency_resend)
    release_claim(message, "queued")
    message.retry_at = machine + wait
    number = session.get_one(ClinicNumber, message.clinic_number_id)
    number.next_send_at = max(number.next_send_at or machine, machine + wait)
    note_instruction(session, message, was_sent=False)


def _cap_wait(code: int | None, tries: int, machine: datetime) -> timedelta:
    """A daily limit is lifted at a known moment: asking before it is pointless."""
    rule = rule_of(code)
    if code is None or rule.resets is None:
        return timedelta()
    lifted_at = next_try_at(rule, tries_after_error=min(tries - 1, rule.retries - 1), now=machine)
    return timedelta() if lifted_at is None else lifted_at - machine


def _backoff(tries: int, spans: Spans) -> timedelta:
    """Doubles from the first wait to the longest, spread by half to either side so that workers do not march."""
    wait: timedelta = min(spans.retry_first * 2 ** min(tries - 1, 16), spans.retry_longest)
    return wait * random.uniform(0.5, 1.5)  # noqa: S311 - spreads retries, hides nothing


def _on_rejected_final(
    session: Session, message: Message, attempt: Attempt, now: datetime, machine: datetime
) -> None:
    """The carrier refuses this text: the error table says whether it is ever worth another try."""
    rule = rule_of(attempt.error_code)
    attempt.outcome = Outcome.REJECTED_FINAL
    session.flush()
    learn_from_error(session, message, rule, now=now, machine=machine)
    refusals = count_attempts(session, message.id, Outcome.REJECTED_FINAL)
    retry_at = next_try_at(rule, tries_after_error=refusals - 1, now=machine)
    if rule.stops_all or retry_at is not None:
        release_claim(message, "queued")
        message.retry_at = retry_at
        note_instruction(session, message, was_sent=False)
        return
    message.status, message.status_at, message.error_code = "failed", now, attempt.error_code
    hurry_next_page(session, message, machine)
    close_failed(session, message, code="carrier_refused", note=rule.plain, now=now)


def _on_credentials(
    session: Session, message: Message, attempt: Attempt, now: datetime, machine: datetime
) -> None:
    """The carrier does not know us any more: nothing is sent, nothing is marked failed."""
    attempt.outcome = Outcome.CREDENTIALS
    release_claim(message, "queued")
    message.retry_at = None
    note_instruction(session, message, was_sent=False)
    rule = rule_of(attempt.error_code)
    why = rule.plain if rule.stops_all else credentials_note()
    stop_sending(session, why=why, now=now, machine=machine)
