"""Every text, in and out, as it was received or sent. The database is the queue."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Message(Base):
    """One text. Outbound rows are also the outbox.

    state (ours): received | queued | claimed | in_flight | unknown | sent | refused | review | cancelled
    status (the carrier's words): received, queued, sending, sent, delivered, undelivered, failed, ...
    Clinic time: created_at, send_after, useful_until. Machine time: retry_at, lease_until.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("carrier_sid"),
        UniqueConstraint("dedupe_key"),
        Index("ix_message_thread", "conversation_id", "id"),
        Index("ix_message_queue", "state", "priority", "retry_at"),
        Index("ix_message_recent", "clinic_id", "created_at"),
        Index("ix_message_delivery", "clinic_id", "status", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    conversation_id: Mapped[int | None] = mapped_column(
        ForeignKey("conversation.id")
    )  # None = to or from our staff
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"))
    clinic_number_id: Mapped[int] = mapped_column(ForeignKey("clinic_number.id"))
    their_number: Mapped[str] = mapped_column(String(40))
    direction: Mapped[str] = mapped_column(String(8))  # inbound | outbound
    kind: Mapped[str] = mapped_column(String(24))  # see outbox/kinds.py
    purpose: Mapped[str] = mapped_column(String(10), default="care")  # care | promo
    body: Mapped[str] = mapped_column(Text)
    media_urls: Mapped[list[str]] = mapped_column(JSON, default=list)
    topic: Mapped[str | None] = mapped_column(String(80))
    template_version: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[dict[str, object]] = mapped_column(
        JSON, default=dict
    )  # the decision's reason, or why refused
    in_reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    reminder_id: Mapped[int | None] = mapped_column(ForeignKey("reminder.id"))
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alert.id", use_alter=True))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    dedupe_key: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime]

    state: Mapped[str] = mapped_column(String(10))
    priority: Mapped[int] = mapped_column(default=9)  # 0 emergency and alert, 1 reply, 2 staff, 3 reminder
    send_after: Mapped[datetime | None]
    useful_until: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    claim_token: Mapped[str | None] = mapped_column(String(32))
    tries: Mapped[int] = mapped_column(default=0)
    resent: Mapped[int] = mapped_column(default=0)

    carrier_sid: Mapped[str | None] = mapped_column(String(34))
    status: Mapped[str | None] = mapped_column(String(20))
    error_code: Mapped[int | None]
    status_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    redacted_at: Mapped[datetime | None]
    failure_settled_at: Mapped[datetime | None]  # a person dealt with a failed text: off "Not delivered"


class InboundReceipt(Base):
    """Every MessageSid ever taken in, and its signature. Outlives erasure: a replay stays a no-op for ever."""

    __tablename__ = "inbound_receipt"
    __table_args__ = (UniqueConstraint("signature"),)

    sid: Mapped[str] = mapped_column(String(34), primary_key=True)
    signature: Mapped[str | None] = mapped_column(String(64))
    received_at: Mapped[datetime]


class Attempt(Base):
    """One try at the carrier. `callback_id` is what the carrier hands back in the status callback's URL."""

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("callback_id"),
        UniqueConstraint("carrier_sid"),
        Index("ix_attempt_open", "outcome", "next_lookup_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    callback_id: Mapped[str] = mapped_column(String(32))
    claim_token: Mapped[str] = mapped_column(String(32))
    from_number: Mapped[str] = mapped_column(String(40))
    to_number: Mapped[str] = mapped_column(String(40))
    body_hash: Mapped[str] = mapped_column(String(64))
    segments: Mapped[int] = mapped_column(default=1)
    intent_at: Mapped[datetime]  # machine time
    finished_at: Mapped[datetime | None]  # machine time
    outcome: Mapped[str | None] = mapped_column(
        String(20)
    )  # carriers.base.Outcome, or "abandoned"; None = in flight
    carrier_sid: Mapped[str | None] = mapped_column(String(34))
    error_code: Mapped[int | None]
    carrier_clock_offset_s: Mapped[float | None]
    lookups: Mapped[int] = mapped_column(default=0)
    next_lookup_at: Mapped[datetime | None]  # machine time


class StatusEvent(Base):
    """A delivery report as it came. Kept even where its message is not known yet."""

    __tablename__ = "status_event"
    __table_args__ = (
        UniqueConstraint("carrier_sid", "status"),
        Index("ix_status_event_callback", "callback_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    carrier_sid: Mapped[str] = mapped_column(String(34))
    status: Mapped[str] = mapped_column(String(20))
    error_code: Mapped[int | None]
    callback_id: Mapped[str | None] = mapped_column(String(32))
    received_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
