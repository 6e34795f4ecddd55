"""The chain over the audit: each row's hash covers the one before, so a changed or missing row shows. One per clinic.

Rows are chained by a job, later; the newest minute is not yet covered.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import Audit

START = "0" * 64


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """What walking a chain came to. `broken_at_id` None = whole."""

    rows: int
    not_yet_chained: int
    broken_at_id: int | None


def chain_audit(session: Session, *, clinic_id: int, before: datetime, limit: int = 1000) -> int:
    """Chain the rows written before `before`, oldest first; how many were. Younger ones wait for the next batch,
    so that a row whose transaction commits late does not come before one already chained.
    """
    previous = _last_link(session, clinic_id)
    question = select(Audit).where(Audit.clinic_id == clinic_id, Audit.chain.is_(None))
    chained = 0
    for row in session.scalars(question.order_by(Audit.id).limit(limit)):
        if row.at >= before:
            break
        previous = row.chain = link(previous, row)
        chained += 1
    return chained


def check_chain(session: Session, clinic_id: int) -> ChainCheck:
    """Walk a clinic's whole chain and compare every link."""
    previous, rows, waiting = START, 0, 0
    question = select(Audit).where(Audit.clinic_id == clinic_id).order_by(Audit.id)
    for row in session.scalars(question.execution_options(yield_per=1000)):
        rows += 1
        if row.chain is None:
            waiting += 1
        elif waiting or row.chain != link(previous, row):
            return ChainCheck(rows, waiting, row.id)
        else:
            previous = row.chain
    return ChainCheck(rows, waiting, None)


def link(previous: str, row: Audit) -> str:
    """The hash of a row after the one before it."""
    at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    said = [row.id, row.clinic_id, at, row.actor, row.action, row.object_kind, row.object_id, row.note]
    return hashlib.sha256(f"{previous}{json.dumps(said)}".encode()).hexdigest()


def _last_link(session: Session, clinic_id: int) -> str:
    question = select(Audit.chain).where(Audit.clinic_id == clinic_id, Audit.chain.is_not(None))
    return session.scalars(question.order_by(Audit.id.desc()).limit(1)).first() or START
