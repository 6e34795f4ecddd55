"""Puts a conversation before a person. Must never lower an urgency that is already set."""

from datetime import datetime

from bot.decision import Urgency
from models.conversation import Conversation

RANK = {Urgency.NORMAL: 0, Urgency.TODAY: 1, Urgency.NOW: 2}
LONGEST_REASON = 200


def call_person(conversation: Conversation, *, why: str, urgency: Urgency, now: datetime) -> None:
    """Somebody must look: since when, why, how soon. The reason of the most urgent text stays, else the newest."""
    before = waiting_urgency(conversation)
    if before is None or RANK[urgency] >= RANK[before]:
        conversation.waiting_urgency = urgency
        conversation.waiting_reason = why[:LONGEST_REASON]
    conversation.waiting_since = conversation.waiting_since or now
    conversation.status = "open"
    conversation.snoozed_until = None


def waiting_urgency(conversation: Conversation) -> Urgency | None:
    """How soon a person is already awaited; None where nobody is."""
    if conversation.waiting_since is None:
        return None
    return Urgency(conversation.waiting_urgency or Urgency.NORMAL)


def is_raised(conversation: Conversation, urgency: Urgency) -> bool:
    """Whether this is more urgent than what already waits."""
    before = waiting_urgency(conversation)
    return before is None or RANK[urgency] > RANK[before]
