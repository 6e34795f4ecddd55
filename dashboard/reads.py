"""Reading a thread is written down: once per person, thread and hour."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.audit import has_audit_since, record_audit
from models.conversation import Conversation
from models.staff import Staff

ONCE_PER = timedelta(hours=1)
READ, THREAD = "read thread", "conversation"


def note_read(session: Session, thread: Conversation, by: Staff, now: datetime) -> None:
    """Audit that this person read this thread, unless the last hour says so already."""
    actor, since = f"staff:{by.id}", now - ONCE_PER
    if has_audit_since(
        session, actor=actor, action=READ, object_kind=THREAD, object_id=thread.id, since=since
    ):
        return
    record_audit(
        session,
        clinic_id=thread.clinic_id,
        at=now,
        actor=actor,
        action=READ,
        object_kind=THREAD,
        object_id=thread.id,
    )
