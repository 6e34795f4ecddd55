"""Alerts as staff look for them. Questions only."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.alert import Alert
from models.client import Client
from models.conversation import Conversation
from models.message import Message
from phone import written_number


def find_clinic_alert(session: Session, *, clinic_id: int, alert_id: int) -> Alert | None:
    """The clinic's alert of this id."""
    return session.scalars(select(Alert).where(Alert.id == alert_id, Alert.clinic_id == clinic_id)).first()


def lock_clinic_alert(session: Session, *, clinic_id: int, alert_id: int) -> Alert | None:
    """The same, locked to the end of the transaction: two people may press at once."""
    question = select(Alert).where(Alert.id == alert_id, Alert.clinic_id == clinic_id)
    return session.scalars(question.with_for_update()).first()


def count_open_alerts(session: Session, clinic_id: int) -> int:
    """How many alerts nobody has closed."""
    question = select(func.count()).where(Alert.clinic_id == clinic_id, Alert.closed_at.is_(None))
    return session.scalar(question) or 0


def count_untaken_alerts(session: Session, clinic_id: int) -> int:
    """How many of them nobody has taken."""
    question = select(func.count()).where(
        Alert.clinic_id == clinic_id, Alert.closed_at.is_(None), Alert.acknowledged_at.is_(None)
    )
    return session.scalar(question) or 0


def closed_alerts(session: Session, *, clinic_id: int, limit: int = 50) -> list[Alert]:
    """The latest closed ones, newest first."""
    question = select(Alert).where(Alert.clinic_id == clinic_id, Alert.closed_at.is_not(None))
    return list(session.scalars(question.order_by(Alert.closed_at.desc(), Alert.id.desc()).limit(limit)))


def names_of_conversations(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """How staff call each thread: its clients' names, else its number."""
    rows = session.execute(select(Conversation.id, Conversation.number).where(Conversation.id.in_(ids)))
    numbers = {row.id: written_number(row.number) for row in rows}
    question = select(Client.conversation_id, Client.name).where(
        Client.conversation_id.in_(ids), Client.erased_at.is_(None)
    )
    names: dict[int, list[str]] = {}
    for conversation_id, name in session.execute(question.order_by(Client.id)):
        names.setdefault(conversation_id, []).append(name)
    return {thread: " & ".join(names.get(thread, [number])) for thread, number in numbers.items()}


def pages_of(session: Session, alert_id: int) -> list[Message]:
    """The texts to on-call phones about this alert, oldest first."""
    question = select(Message).where(Message.alert_id == alert_id, Message.kind == "alert")
    return list(session.scalars(question.order_by(Message.id)))


def instruction_to(session: Session, message_id: int) -> Message | None:
    """The emergency words that answered this text, the newest where it was tried again."""
    question = select(Message).where(Message.in_reply_to_id == message_id, Message.kind == "red_flag")
    return session.scalars(question.order_by(Message.id.desc()).limit(1)).first()
