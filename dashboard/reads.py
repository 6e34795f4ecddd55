"""Reading a thread is written down: once per person, thread and hour."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.audit import has_audit_since, record_audit
from models.conversation import Conversation
from models.staff import Staff

ONCE_PER = timedelta(hours=1)


def note_read(session: Session, thread: Conversation, by: Staff, now: datetime) -> None:
    """Audit that this person read this thread, unless the last hour says so already."""
    actor = f"staff:{by.id}"
    what = {"action": "read thread", "object_kind": "conversation", "object_id": thread.id}
    if not has_audit_since(session, actor=actor, since=now - ONCE_PER, **what):
        record_audit(session, clinic_id=thread.clinic_id, at=now, actor=actor, **what)
