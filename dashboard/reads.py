"""Reading a thread is written down: once per person, thread and hour."""

from datetime import datetime

from sqlalchemy.orm import Session

from desk.reads import note_reads
from models.conversation import Conversation
from models.staff import Staff


def note_read(session: Session, thread: Conversation, by: Staff, now: datetime) -> None:
    """Audit that this person read this thread, unless the last hour says so already."""
    note_reads(session, clinic_id=thread.clinic_id, thread_ids=[thread.id], actor=f"staff:{by.id}", now=now)
