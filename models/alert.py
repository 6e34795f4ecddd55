"""Alerts: somebody must look now. Open until a named person acknowledges and closes."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base


class Alert(Base):
    """One alert. `code` (K7) is what staff type to acknowledge; unique among a clinic's open alerts."""

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("clinic_id", "code", "opened_at"),
        Index("ix_alert_open", "clinic_id", "closed_at", "acknowledged_at"),
        Index("ix_alert_conversation", "conversation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    kind: Mapped[str] = mapped_column(
        String(24)
    )  # red_flag | self_harm | urgent_today | urgent_now | oncall_stop | system
    code: Mapped[str] = mapped_column(String(6))
    note: Mapped[str | None] = mapped_column(Text)  # e.g. "the client did NOT get our instruction: call now"
    opened_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None] = mapped_column(String(120))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(120))
    outcome: Mapped[str | None] = mapped_column(Text)
    reminders_choice: Mapped[str | None] = mapped_column(String(10))  # resume | cancel
    next_page_at: Mapped[datetime | None]  # machine time: when the next on-call phone is texted
    pages: Mapped[int] = mapped_column(default=0)


def find_alert(session: Session, alert_id: int) -> Alert:
    """The alert of this id. Raises NoResultFound."""
    return session.execute(select(Alert).where(Alert.id == alert_id)).scalar_one()


def codes_in_use(session: Session, *, clinic_id: int, closed_since: datetime) -> set[str]:
    """Codes of a clinic's open alerts, and of those closed since: an "OK K7" may still be on its way."""
    question = select(Alert.code).where(
        Alert.clinic_id == clinic_id, or_(Alert.closed_at.is_(None), Alert.closed_at > closed_since)
    )
    return set(session.scalars(question))


def find_open_alert(session: Session, *, clinic_id: int, code: str) -> Alert | None:
    """The open alert that staff know by this code."""
    question = select(Alert).where(
        Alert.clinic_id == clinic_id, Alert.code == code, Alert.closed_at.is_(None)
    )
    return session.scalars(question.order_by(Alert.id.desc())).first()


def list_open_alerts(session: Session, *, clinic_id: int, limit: int = 500) -> list[Alert]:
    """What somebody must still look at: what nobody has acknowledged first, then the oldest."""
    question = select(Alert).where(Alert.clinic_id == clinic_id, Alert.closed_at.is_(None))
    ordered = question.order_by(Alert.acknowledged_at.is_not(None), Alert.opened_at, Alert.id)
    return list(session.scalars(ordered.limit(limit)))


def alerts_to_page(session: Session, *, machine: datetime, limit: int = 50) -> list[Alert]:
    """Alerts whose next on-call phone is to be texted now. Rows another process is paging are passed over."""
    question = select(Alert).where(
        Alert.closed_at.is_(None), Alert.acknowledged_at.is_(None), Alert.next_page_at <= machine
    )
    locked = question.order_by(Alert.next_page_at, Alert.id).limit(limit).with_for_update(skip_locked=True)
    return list(session.scalars(locked))


def alert_about(session: Session, message_id: int) -> Alert | None:
    """The newest alert that this text of a client opened."""
    return session.scalars(
        select(Alert).where(Alert.message_id == message_id).order_by(Alert.id.desc())
    ).first()


def has_open_system_alert(session: Session, *, clinic_id: int, note: str) -> bool:
    """Whether staff are already being told exactly this."""
    question = select(Alert.id).where(
        Alert.clinic_id == clinic_id, Alert.kind == "system", Alert.note == note, Alert.closed_at.is_(None)
    )
    return session.scalars(question.limit(1)).first() is not None
