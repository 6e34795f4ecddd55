"""Signed-in browsers, kept on the server so that they can be ended. All moments are machine time."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

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


def find_session(session: Session, token_hash: str) -> StaffSession | None:
    """The session behind a cookie's hash."""
    return session.scalars(select(StaffSession).where(StaffSession.token_hash == token_hash)).first()


def end_sessions_of(
    session: Session, staff_id: int, machine: datetime, *, except_id: int | None = None
) -> None:
    """End every open session of a person, or all but one."""
    question = update(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
    if except_id is not None:
        question = question.where(StaffSession.id != except_id)
    session.execute(question.values(ended_at=machine))


def end_all_sessions(session: Session, machine: datetime) -> None:
    """End every open session of everybody."""
    session.execute(update(StaffSession).where(StaffSession.ended_at.is_(None)).values(ended_at=machine))


def count_tries(session: Session, key_hash: str, since: datetime) -> int:
    """Failed sign-ins under this key since then."""
    question = select(func.count()).where(SignInTry.key_hash == key_hash, SignInTry.at > since)
    return session.scalar(question) or 0


def forget_tries(session: Session, before: datetime) -> None:
    """Failed sign-ins are kept for a day at most."""
    session.execute(delete(SignInTry).where(SignInTry.at < before))


def find_link(session: Session, token_hash: str) -> OneTimeLink | None:
    """The one-time link of this hash, used or not."""
    return session.scalars(select(OneTimeLink).where(OneTimeLink.token_hash == token_hash)).first()


def forget_links(session: Session, purpose: str) -> None:
    """Links handed out earlier for this purpose open nothing any more."""
    session.execute(delete(OneTimeLink).where(OneTimeLink.purpose == purpose))


def take_link(session: Session, link_id: int, machine: datetime) -> bool:
    """Use a link up. False where somebody else was faster."""
    take = update(OneTimeLink).where(OneTimeLink.id == link_id, OneTimeLink.used_at.is_(None))
    taken = session.execute(take.values(used_at=machine).returning(OneTimeLink.id)).scalar()
    return taken is not None
