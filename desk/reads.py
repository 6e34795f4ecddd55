"""Reading what clients wrote is written down: once per reader, thread and hour (RULES 10)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.audit import objects_audited_since, record_audit

ONCE_PER = timedelta(hours=1)
READ, THREAD = "read thread", "conversation"


def note_reads(
    session: Session, *, clinic_id: int, thread_ids: Iterable[int], actor: str, now: datetime
) -> None:
    """Audit that `actor` ("staff:3", "token:1") read these threads, save those that the last hour names already."""
    asked = sorted(set(thread_ids))
    known = objects_audited_since(
        session, actor=actor, action=READ, object_kind=THREAD, object_ids=asked, since=now - ONCE_PER
    )
    for thread_id in asked:
        if thread_id not in known:
            record_audit(
                session,
                clinic_id=clinic_id,
                at=now,
                actor=actor,
                action=READ,
                object_kind=THREAD,
                object_id=thread_id,
            )
