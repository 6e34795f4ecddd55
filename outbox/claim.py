"""Takes the next due text for one worker, and takes back what a dead worker left. Sends nothing."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from models.attempts import attempts_of
from models.database import Database
from models.installation import installation
from models.message_queue import ClaimTerms, claim_next, expired_claims, lock_free_message
from outbox.closing import release_claim
from outbox.kinds import SCHEDULED
from outbox.outcome import on_unknown
from outbox.timing import Clocks, Spans

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Claimed:
    """One text in one worker's hands. The token is the fence: who does not hold it may not write."""

    message_id: int
    token: str


def claim(database: Database, *, spans: Spans, pace: timedelta, clocks: Clocks) -> Claimed | None:
    """The next due text, leased to the caller; None = nothing may leave now."""
    token = secrets.token_hex(16)
    with database.write() as session:
        us = installation(session)
        if us.sending_stopped_since is not None:
            return None
        machine = clocks.machine(session)
        terms = ClaimTerms(
            now=clocks.clinic(session),
            machine=machine,
            lease_until=machine + spans.lease,
            token=token,
            pace=pace,
            scheduled=[kind.value for kind in SCHEDULED],
            hold_scheduled=us.reminders_wait_since is not None,
        )
        message_id = claim_next(session, terms)
    return None if message_id is None else Claimed(message_id, token)


def recover_expired(database: Database, *, spans: Spans, clocks: Clocks) -> int:
    """Take back texts whose lease is over: without an intent they are queued again, with one they are unknown.

    One that somebody holds at this moment is left for the next look: it must keep no other text waiting.
    """
    with database.read() as session:
        message_ids = expired_claims(session, machine=clocks.machine(session))
    recovered = 0
    for message_id in message_ids:
        try:
            with database.write() as session:
                recovered += _recover(session, message_id, spans, clocks)
        except ValueError:
            log.exception("claim_not_recovered", message_id=message_id)
    return recovered


def _recover(session: Session, message_id: int, spans: Spans, clocks: Clocks) -> bool:
    message = lock_free_message(session, message_id)
    machine: datetime = clocks.machine(session)
    if message is None or message.lease_until is None or message.lease_until >= machine:
        return False
    if message.state not in ("claimed", "in_flight"):
        return False
    begun = [attempt for attempt in attempts_of(session, message_id) if attempt.outcome is None]
    if message.state == "claimed" or not begun:
        release_claim(message, "queued")
        return True
    on_unknown(session, message, begun[-1], now=clocks.clinic(session), machine=machine, spans=spans)
    return True
