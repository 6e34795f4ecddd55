"""When something is next due in clinic time: what the simulated clock steps to."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.conversation import Conversation
from models.message import Message
from models.reminder import Reminder


def next_planned_moment(session: Session, *, after: datetime, until: datetime) -> datetime | None:
    """The first moment in (after, until] at which a reminder is due, a text may leave or a thread comes back."""
    due = select(func.min(Reminder.due_at)).where(Reminder.status == "planned", Reminder.due_at > after)
    leaving = select(func.min(Message.send_after)).where(
        Message.state == "queued", Message.send_after > after
    )
    back = select(func.min(Conversation.snoozed_until)).where(Conversation.snoozed_until > after)
    moments = [session.scalar(question) for question in (due, leaving, back)]
    return min((moment for moment in moments if moment is not None and moment <= until), default=None)


def is_any_text_on_its_way(session: Session) -> bool:
    """Whether a worker holds a text at this moment."""
    question = select(Message.id).where(Message.state.in_(("claimed", "in_flight"))).limit(1)
    return session.scalars(question).first() is not None
