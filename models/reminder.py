"""Planned steps. The row decides, the clock only asks; its UTC fields are a cache that replan(visit) rewrites."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

UNSENT = ("planned", "held")


class Reminder(Base):
    """One step of one visit. Unique across re-plans, so a step can never be sent twice."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("visit_id", "step"),
        Index("ix_reminder_due", "status", "due_at"),
        Index("ix_reminder_conversation", "conversation_id", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    step: Mapped[str] = mapped_column(String(32))  # a step of plan.toml, or "correction"
    purpose: Mapped[str] = mapped_column(String(10))  # care | promo
    status: Mapped[str] = mapped_column(String(12))  # planned | held | enqueued | sent | skipped | cancelled
    earliest_at: Mapped[datetime]
    target_at: Mapped[datetime]
    latest_at: Mapped[datetime]
    due_at: Mapped[datetime]  # the target after window, caps and holidays
    reason: Mapped[str | None] = mapped_column(
        String(300)
    )  # why moved, held, skipped or cancelled: plain words
    held_by: Mapped[str | None] = mapped_column(String(120))  # staff name, or "alert"
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", use_alter=True))
    planned_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    followed_up_at: Mapped[datetime | None]  # somebody spoke to the client, see desk/follow_ups.py
    followed_up_by: Mapped[str | None] = mapped_column(String(120))  # staff name
