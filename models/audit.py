"""Who did what to which record. Append-only; ids only, never names, numbers or words."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base


class Audit(Base):
    """One act. A job chains rows in batches (`chain` = hash over the previous one and this row), one chain a clinic."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_object", "object_kind", "object_id"),
        Index("ix_audit_chain", "clinic_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(60))  # "staff:3", "token:1", "client", "system", "cli"
    action: Mapped[str] = mapped_column(String(40))
    object_kind: Mapped[str] = mapped_column(String(24))
    object_id: Mapped[int | None]
    note: Mapped[str | None] = mapped_column(String(200))  # a code or a reason from a fixed list
    chain: Mapped[str | None] = mapped_column(String(64))


def record_audit(
    session: Session,
    *,
    clinic_id: int,
    at: datetime,
    actor: str,
    action: str,
    object_kind: str,
    object_id: int | None = None,
    note: str | None = None,
) -> None:
    """Write one act in the caller's transaction."""
    session.add(
        Audit(
            clinic_id=clinic_id,
            at=at,
            actor=actor,
            action=action,
            object_kind=object_kind,
            object_id=object_id,
            note=note,
        )
    )


def has_audit_since(
    session: Session, *, actor: str, action: str, object_kind: str, object_id: int, since: datetime
) -> bool:
    """Whether this act was recorded since then."""
    question = select(Audit.id).where(
        Audit.object_kind == object_kind,
        Audit.object_id == object_id,
        Audit.actor == actor,
        Audit.action == action,
        Audit.at > since,
    )
    return session.scalars(question.limit(1)).first() is not None


def objects_audited_since(
    session: Session,
    *,
    actor: str,
    action: str,
    object_kind: str,
    object_ids: Sequence[int],
    since: datetime,
) -> set[int]:
    """Which of these objects this act was recorded of since then."""
    question = select(Audit.object_id).where(
        Audit.object_kind == object_kind,
        Audit.object_id.in_(object_ids),
        Audit.actor == actor,
        Audit.action == action,
        Audit.at > since,
    )
    return {found for found in session.scalars(question) if found is not None}


def has_audit(session: Session, *, clinic_id: int, action: str) -> bool:
    """Whether anybody of this clinic ever did this."""
    question = select(Audit.id).where(Audit.clinic_id == clinic_id, Audit.action == action)
    return session.scalars(question.limit(1)).first() is not None


def list_audit(
    session: Session,
    *,
    clinic_id: int,
    actor: str | None = None,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before_id: int | None = None,
    limit: int = 100,
) -> list[Audit]:
    """A clinic's acts, the newest first, narrowed by who, what and when (until not included)."""
    question = select(Audit).where(Audit.clinic_id == clinic_id)
    if actor is not None:
        question = question.where(Audit.actor == actor)
    if action is not None:
        question = question.where(Audit.action == action)
    if since is not None:
        question = question.where(Audit.at >= since)
    if until is not None:
        question = question.where(Audit.at < until)
    if before_id is not None:
        question = question.where(Audit.id < before_id)
    return list(session.scalars(question.order_by(Audit.id.desc()).limit(limit)))


def audit_actions(session: Session, clinic_id: int) -> list[str]:
    """Every kind of act this clinic's log holds, by name."""
    question = select(Audit.action).where(Audit.clinic_id == clinic_id).distinct().order_by(Audit.action)
    return list(session.scalars(question))


def audit_actors(session: Session, clinic_id: int) -> list[str]:
    """Everybody who appears in this clinic's log."""
    question = select(Audit.actor).where(Audit.clinic_id == clinic_id).distinct().order_by(Audit.actor)
    return list(session.scalars(question))
