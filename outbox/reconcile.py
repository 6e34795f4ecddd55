"""What the carrier knows that we do not: unknown sends, missed texts, stuck states. One process at a time.

Returns missed texts to the caller; never hands them on and never sends.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog

from carriers.base import Carrier, CarrierMessage, ListingFailed
from models.attempts import attempts_without_final_status
from models.database import Database
from models.lease import give_back_lease, take_lease
from models.message_queue import lock_message
from outbox.lookup import look_up_unknown
from outbox.missed import find_missed
from outbox.restore import compare_after_restore
from outbox.status import FINAL, apply_status
from outbox.timing import Clocks

__all__ = ["compare_after_restore", "find_missed", "look_up_unknown", "only_one", "refresh_stuck"]

log = structlog.get_logger()

STUCK_AFTER = timedelta(hours=24)
STUCK_UNTIL = timedelta(days=7)  # after a week nobody will report on it any more
LEASE_FOR = timedelta(minutes=1)


@contextmanager
def only_one(
    database: Database,
    name: str = "reconcile",
    *,
    lease: timedelta = LEASE_FOR,
    clocks: Clocks | None = None,
) -> Iterator[bool]:
    """Whether this process may do the work `name` now; others wait until it is given back or its lease ends.

    Work that outlasts its lease may be done twice at once. That is only dear: every step of it is safe to repeat.
    """
    clocks, holder = clocks or Clocks(), secrets.token_hex(16)
    with database.write() as session:
        machine = clocks.machine(session)
        is_ours = take_lease(session, name, holder=holder, machine=machine, until=machine + lease)
    try:
        yield is_ours
    finally:
        if is_ours:
            with database.write() as session:
                give_back_lease(session, name, holder=holder)


def refresh_stuck(
    database: Database, carrier: Carrier, *, clocks: Clocks | None = None, limit: int = 100
) -> int:
    """Ask for texts handed over more than a day ago whose delivery is still open. Returns how many moved on."""
    clocks = clocks or Clocks()
    with database.read() as session:
        machine = clocks.machine(session)
        stuck = attempts_without_final_status(
            session,
            final=FINAL,
            finished_before=machine - STUCK_AFTER,
            finished_after=machine - STUCK_UNTIL,
            limit=limit,
        )
    moved = 0
    for message_id, sid in stuck:
        try:
            record = carrier.fetch_message(sid)
        except ListingFailed:
            log.warning("status_not_refreshed", message_id=message_id)
            break
        if record is not None:
            moved += _refresh(database, message_id, record, clocks)
    return moved


def _refresh(database: Database, message_id: int, record: CarrierMessage, clocks: Clocks) -> bool:
    with database.write() as session:
        message = lock_message(session, message_id)
        if message.carrier_sid != record.sid:
            return False
        now, machine = clocks.clinic(session), clocks.machine(session)
        message.status_at = now
        return apply_status(
            session, message, status=record.status, error_code=record.error_code, now=now, machine=machine
        )
