"""Puts a conversation before a person because of its plan. Must never lower what already waits there."""

from datetime import datetime

from models.conversation import Conversation

LONGEST_REASON = 200


def tell_staff(conversation: Conversation, *, why: str, now: datetime) -> None:
    """A person must look, at the ordinary urgency; what waits already keeps its own reason and its place."""
    if conversation.waiting_since is None:
        conversation.waiting_since, conversation.waiting_urgency = now, "normal"
        conversation.waiting_reason = why[:LONGEST_REASON]
    conversation.status, conversation.snoozed_until = "open", None
