"""A clinic's own wording and approvals, read from its rows. Must never decide which of them goes out."""

from sqlalchemy.orm import Session

from messages.edits import Edit, Edits
from models.template_version import TemplateVersion, template_versions


def load_edits(session: Session, clinic_id: int, *, all_approved: bool = False) -> Edits:
    """What stands now: of several rows for one text the newest. `all_approved` in simulation."""
    rows = template_versions(session, clinic_id)
    by_text = {(row.topic, row.language, row.variant): _read(row) for row in rows}
    return Edits(by_text, all_approved=all_approved)


def _read(row: TemplateVersion) -> Edit:
    return Edit(text=row.text, approved=row.approved_at is not None, base_version=row.base_hash)
