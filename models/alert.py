"""Alerts: somebody must look now. Open until a named person acknowledges and closes."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

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
    )  # red_flag | self_harm | urgent_today | oncall_stop | system
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
