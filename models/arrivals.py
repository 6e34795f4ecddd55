"""Whether texts arrive at all: what first set-up asks."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.message import Message


def has_inbound(session: Session, clinic_id: int) -> bool:
    """Whether this clinic ever received a text: then the carrier reaches us."""
    question = select(Message.id).where(Message.clinic_id == clinic_id, Message.direction == "inbound")
    return session.scalars(question.limit(1)).first() is not None
