"""Queued texts that a STOP ends. One conditional statement each, so that a worker's claim is never overwritten."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from models.message import Message
from models.reminder import Reminder


def cancel_queued(
    session: Session, *, conversation_id: int, kinds_kept: Collection[str], note: str, now: datetime
) -> int:
    """Cancel what waits to leave for this conversation, and the planned steps behind it; how many texts.

    A text that a worker has just claimed is left: the gate refuses it under the conversation's lock.
    """
    cancel = (
        update(Message)
        .where(
            Message.conversation_id == conversation_id,
            Message.direction == "outbound",
            Message.state == "queued",
            Message.kind.not_in(kinds_kept),
        )
        .values(state="cancelled", reason={"refused": "stopped", "note": note})
        .returning(Message.reminder_id)
    )
    reminder_ids = list(session.scalars(cancel))
    _close_reminders(session, [each for each in reminder_ids if each is not None], note, now)
    return len(reminder_ids)


def _close_reminders(session: Session, reminder_ids: Collection[int], note: str, now: datetime) -> None:
    if not reminder_ids:
        return
    close = update(Reminder).where(Reminder.id.in_(reminder_ids), Reminder.status == "enqueued")
    session.execute(close.values(status="cancelled", reason=note, closed_at=now))
