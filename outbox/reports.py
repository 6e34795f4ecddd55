"""Delivery reports: kept as they came, applied forward only. They may be late, repeated, shuffled, early or missing."""

from datetime import datetime

from sqlalchemy.orm import Session

from carriers.base import StatusReport
from models.attempts import (
    find_attempt_by_callback,
    find_attempt_by_sid,
    lock_attempt,
    record_status_event,
)
from models.installation import simulated_ahead
from models.message import Attempt, StatusEvent
from models.message_queue import find_by_carrier_sid, lock_message
from outbox.settle import settle_accepted
from outbox.status import apply_status


def record_status(session: Session, report: StatusReport, machine: datetime) -> bool:
    """Take one verified report in, in the caller's transaction. False = this very report is on file already.

    A report whose message is not known yet is kept and applied when it is. `machine` is machine time.
    """
    event = record_status_event(
        session,
        sid=report.sid,
        status=report.status,
        error_code=report.error_code,
        callback_id=report.callback_id,
        received_at=machine,
    )
    if event is None:
        return False
    now = machine + simulated_ahead(session)
    attempt = _attempt_of(session, report)
    if attempt is not None:
        _apply_to_attempt(session, attempt, event, now, machine)
    else:
        _apply_by_sid(session, event, now, machine)
    return True


def _attempt_of(session: Session, report: StatusReport) -> Attempt | None:
    """The try this report is about: by the carrier's id, else by our own id in the callback's URL."""
    attempt = find_attempt_by_sid(session, report.sid)
    if attempt is not None or report.callback_id is None:
        return attempt
    attempt = find_attempt_by_callback(session, report.callback_id)
    if attempt is None or attempt.carrier_sid is not None:
        return None  # our id with somebody else's sid: kept, believed of nothing
    return attempt


def _apply_to_attempt(
    session: Session, attempt: Attempt, event: StatusEvent, now: datetime, machine: datetime
) -> None:
    message, attempt = lock_message(session, attempt.message_id), lock_attempt(session, attempt.id)
    settle_accepted(
        session,
        message,
        attempt,
        sid=event.carrier_sid,
        status=message.status if message.carrier_sid == event.carrier_sid else None,
        now=now,
        machine=machine,
    )
    if message.carrier_sid == event.carrier_sid and event.applied_at is None:
        _apply(session, message.id, event, now, machine)
    event.applied_at = machine


def _apply_by_sid(session: Session, event: StatusEvent, now: datetime, machine: datetime) -> None:
    message = find_by_carrier_sid(session, event.carrier_sid)
    if message is None or message.direction != "outbound":
        return
    _apply(session, message.id, event, now, machine)
    event.applied_at = machine


def _apply(session: Session, message_id: int, event: StatusEvent, now: datetime, machine: datetime) -> None:
    message = lock_message(session, message_id)
    apply_status(session, message, status=event.status, error_code=event.error_code, now=now, machine=machine)
