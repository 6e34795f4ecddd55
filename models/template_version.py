"""A clinic's own wording and approvals. Without a row the pack's words stand."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base


class TemplateVersion(Base):
    """One edit or approval of one text. The newest row not retired is in effect.

    `text` None = the pack's own words, approved as they are (`base_hash` says which).
    """

    __tablename__ = "template_version"
    __table_args__ = (Index("ix_template_version_key", "clinic_id", "topic", "language", "variant"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    topic: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(5))
    variant: Mapped[str] = mapped_column(String(20))
    text: Mapped[str | None] = mapped_column(Text)
    version: Mapped[str] = mapped_column(String(12))
    base_hash: Mapped[str] = mapped_column(String(12))
    edited_by: Mapped[str] = mapped_column(String(120))
    edited_at: Mapped[datetime]
    approved_by: Mapped[str | None] = mapped_column(String(120))
    approved_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]


def template_versions(session: Session, clinic_id: int) -> list[TemplateVersion]:
    """What the clinic changed or approved and still stands, oldest first."""
    question = select(TemplateVersion).where(
        TemplateVersion.clinic_id == clinic_id, TemplateVersion.retired_at.is_(None)
    )
    return list(session.scalars(question.order_by(TemplateVersion.id)))


def approve_text(
    session: Session,
    *,
    clinic_id: int,
    topic: str,
    language: str,
    variant: str,
    version: str,
    by: str,
    now: datetime,
) -> TemplateVersion:
    """Approve what stands for one text: the clinic's own edit where there is one, else the pack's words."""
    standing = [
        row
        for row in template_versions(session, clinic_id)
        if (row.topic, row.language, row.variant) == (topic, language, variant)
    ]
    row = standing[-1] if standing else None
    if row is None or (row.text is None and row.base_hash != version):
        row = TemplateVersion(
            clinic_id=clinic_id,
            topic=topic,
            language=language,
            variant=variant,
            version=version,
            base_hash=version,
            edited_by=by,
            edited_at=now,
        )
        session.add(row)
    row.approved_by, row.approved_at = by, now
    session.flush()
    return row


def text_history(
    session: Session, *, clinic_id: int, topic: str, language: str, variant: str
) -> list[TemplateVersion]:
    """Every edit and approval of one text, retired ones included, the newest first."""
    question = select(TemplateVersion).where(
        TemplateVersion.clinic_id == clinic_id,
        TemplateVersion.topic == topic,
        TemplateVersion.language == language,
        TemplateVersion.variant == variant,
    )
    return list(session.scalars(question.order_by(TemplateVersion.id.desc())))
