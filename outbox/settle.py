"""A try turned out to have been accepted: by the carrier's reply, a report or its list, early or late."""

from datetime import datetime

from sqlalchemy.orm import Session

from carriers.base import Outcome
from models.attempts import waiting_events
from models.message import Attempt, Message
from outbox.closing import close_sent
from outbox.status import apply_status


def settle_accepted(
    session: Session,
    message: Message,
    attempt: Attempt,
    *,
    sid: str,
    status: str | None,
    now: datetime,
    machine: datetime,
) -> None:
    """The carrier has this try under `sid`. Message and attempt are locked. Safe to repeat."""
    if attempt.outcome == Outcome.ACCEPTED and message.carrier_sid == sid:
        return
    attempt.outcome, attempt.carrier_sid, attempt.next_lookup_at = Outcome.ACCEPTED, sid, None
    attempt.finished_at = attempt.finished_at or machine
    if not _speaks_for(message, attempt, sid):
        return
    message.carrier_sid, message.status, message.status_at = sid, status or "queued", now
    message.error_code = None
    message.reason = {key: value for key, value in message.reason.items() if key not in ("refused", "note")}
    close_sent(session, message, now=now)
    session.flush()
    apply_waiting_reports(session, message, sid=sid, now=now, machine=machine)


def apply_waiting_reports(
    session: Session, message: Message, *, sid: str, now: datetime, machine: datetime
) -> None:
    """Reports that came before we knew this carrier id."""
    for event in waiting_events(session, sid=sid):
        event.applied_at = machine
        apply_status(
            session, message, status=event.status, error_code=event.error_code, now=now, machine=machine
        )


def _speaks_for(message: Message, attempt: Attempt, sid: str) -> bool:
    """Whether the message takes its state from this try: not while a newer one is on the wire, nor from a twin."""
    if message.state == "in_flight" and message.claim_token != attempt.claim_token:
        return False
    return message.state != "sent" or message.carrier_sid in (None, sid)
