"""Writes down who did what at the desk. Ids only: never a name, a number or a word of a text."""

from datetime import datetime

from sqlalchemy.orm import Session

from models.audit import record_audit
from models.staff import Staff


def record(
    session: Session,
    by: Staff,
    action: str,
    *,
    kind: str,
    id: int | None,  # noqa: A002  (an id, as everywhere)
    now: datetime,
    note: str | None = None,
) -> None:
    """One act of one person of a clinic, in the caller's transaction."""
    record_audit(
        session,
        clinic_id=by.clinic_id,
        at=now,
        actor=f"staff:{by.id}",
        action=action,
        object_kind=kind,
        object_id=id,
        note=note,
    )
