"""Counts for health and metrics. Questions only; never names a client."""

from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models.alert import Alert
from models.audit import Audit
from models.conversation import Conversation
from models.installation import Heartbeat, simulated_ahead
from models.message import Attempt, Message
from models.reminder import Reminder


def messages_by_state(session: Session) -> dict[tuple[str, str], int]:
    """How many texts are in each state, as (direction, state)."""
    question = select(Message.direction, Message.state, func.count()).group_by(
        Message.direction, Message.state
    )
    return {(direction, state): count for direction, state, count in session.execute(question)}


def oldest_queued_at(session: Session) -> datetime | None:
    """Clinic time at which the longest waiting text was written."""
    return session.scalar(select(func.min(Message.created_at)).where(Message.state == "queued"))


def reminders_by_status(session: Session) -> dict[str, int]:
    """How many planned steps are in each status."""
    rows = session.execute(select(Reminder.status, func.count()).group_by(Reminder.status))
    return {row[0]: row[1] for row in rows}


def open_alerts(session: Session) -> int:
    """Alerts that nobody has closed."""
    return session.scalar(select(func.count()).select_from(Alert).where(Alert.closed_at.is_(None))) or 0


def waiting_conversations(session: Session) -> int:
    """Conversations that wait for a person."""
    question = select(func.count()).select_from(Conversation).where(Conversation.waiting_since.is_not(None))
    return session.scalar(question) or 0


def beats(session: Session) -> dict[str, datetime]:
    """The last beat of each part (machine time)."""
    return {row.name: row.beat_at for row in session.scalars(select(Heartbeat))}


def newest_moment(session: Session) -> datetime | None:
    """Machine time of the last thing that happened here, whatever it was; None where nothing did."""
    ahead = simulated_ahead(session)
    acts = (session.scalar(select(func.max(Audit.at))), session.scalar(select(func.max(Message.created_at))))
    moments = [*beats(session).values(), *(at - ahead for at in acts if at is not None)]
    return max(moments, default=None)


def last_carrier_clock_offset_s(session: Session) -> float | None:
    """Carrier's clock minus ours at the latest try that told, in seconds."""
    question = select(Attempt.carrier_clock_offset_s).where(Attempt.carrier_clock_offset_s.is_not(None))
    return session.scalars(question.order_by(Attempt.id.desc()).limit(1)).first()


def sqlite_settings(session: Session) -> dict[str, str]:
    """What SQLite says of how it writes on this connection."""
    names = ("journal_mode", "synchronous", "foreign_keys")
    return {name: str(session.execute(text(f"PRAGMA {name}")).scalar()) for name in names}


def find_damage(session: Session) -> str:
    """What SQLite says of its file, read page by page; empty where it is whole. Some seconds a gigabyte."""
    found = session.execute(text("PRAGMA quick_check(1)")).scalar()
    return "" if found == "ok" else str(found)
