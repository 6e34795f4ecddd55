"""What a command writes into the audit. Ids only: never the name of whoever typed."""

from sqlalchemy.orm import Session

from clock import now
from models.audit import record_audit

ACTOR = "cli"


def record(
    session: Session,
    action: str,
    *,
    clinic_id: int,
    kind: str,
    id: int,  # noqa: A002  (an id, as everywhere)
    actor: str = ACTOR,
    note: str | None = None,
) -> None:
    """One act of a command, in its transaction."""
    record_audit(
        session,
        clinic_id=clinic_id,
        at=now(session),
        actor=actor,
        action=action,
        object_kind=kind,
        object_id=id,
        note=note,
    )
