"""Signed-in browsers, kept on the server so that they can be ended. All moments are machine time."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class StaffSession(Base):
    """One signed-in browser. Only the hash of its cookie is stored; `totp_passed_at` None = password step only."""

    __tablename__ = "staff_session"
    __table_args__ = (UniqueConstraint("token_hash"), Index("ix_staff_session_staff", "staff_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    totp_passed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class SignInTry(Base):
    """A failed sign-in, for throttling by account and by address. Hashes only."""

    __tablename__ = "sign_in_try"
    __table_args__ = (Index("ix_sign_in_try_key", "key_hash", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class OneTimeLink(Base):
    """A link that works once: first set-up, or a demo owner in simulation. Only its hash is stored."""

    __tablename__ = "one_time_link"
    __table_args__ = (UniqueConstraint("token_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))  # setup | demo_owner
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
