"""Queued texts that a STOP ends. Questions only."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.message import Message


def lock_queued(session: Session, *, conversation_id: int, kinds_kept: Collection[str]) -> list[Message]:
    """What waits to leave for this conversation, locked, so that no worker claims it meanwhile.

    A text already claimed is not in it: the gate refuses that one under the conversation's lock.
    """
    question = select(Message).where(
        Message.conversation_id == conversation_id,
        Message.direction == "outbound",
        Message.state == "queued",
        Message.kind.not_in(kinds_kept),
    )
    locked = question.order_by(Message.id).with_for_update()
    return list(session.scalars(locked.execution_options(populate_existing=True)))
