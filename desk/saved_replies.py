"""Texts staff keep ready and insert by name. Filled from the client; what cannot be filled stays visible."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from desk.forms import one_line, raise_if_any
from desk.records import record
from messages.fields import FIELDS, PLACEHOLDER, clean_value, placeholders
from models.desk import SavedReply
from models.desk_words import find_saved_reply_named, list_saved_replies
from models.staff import Staff
from outbox.rules import LONGEST_BODY

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class FilledReply:
    """A saved reply for one client. `unfilled`: placeholders nobody gave a value; they block sending."""

    name: str
    text: str
    unfilled: tuple[str, ...]


def save_reply(
    session: Session, *, known: SavedReply | None, name: str, body: str, by: Staff, now: datetime
) -> SavedReply:
    """Enter or change a saved reply. Raises FormError."""
    raise_if_any(_problems(session, by.clinic_id, known, name, body))
    row = known or SavedReply(clinic_id=by.clinic_id)
    row.name, row.body = one_line(name, longest=LONGEST_NAME), body.strip()
    row.updated_by, row.updated_at = by.id, now
    session.add(row)
    session.flush()
    record(session, by, "saved_reply_saved", kind="saved_reply", id=row.id, now=now)
    return row


def remove_reply(session: Session, row: SavedReply, *, by: Staff, now: datetime) -> None:
    """Forget a saved reply. Texts sent with it stay as they are."""
    record(session, by, "saved_reply_removed", kind="saved_reply", id=row.id, now=now)
    session.delete(row)


def search_replies(
    session: Session, *, clinic_id: int, search: str, values: Mapping[str, str], limit: int = 8
) -> list[FilledReply]:
    """The saved replies that match, filled for one client."""
    found = list_saved_replies(session, clinic_id, search=search.strip()[:60], limit=limit)
    return [FilledReply(row.name, *fill_reply(row.body, values)) for row in found]


def fill_reply(body: str, values: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The text with every value we have, and the placeholders that are left. A value is never read as one."""
    unfilled = tuple(name for name in placeholders(body) if not values.get(name))
    text = PLACEHOLDER.sub(
        lambda found: clean_value(values[found[1]]) if values.get(found[1]) else found[0], body
    )
    return text, unfilled


def _problems(
    session: Session, clinic_id: int, known: SavedReply | None, name: str, body: str
) -> dict[str, str]:
    errors: dict[str, str] = {}
    try:
        wanted = one_line(name, longest=LONGEST_NAME)
        holder = find_saved_reply_named(session, clinic_id=clinic_id, name=wanted)
        if holder is not None and (known is None or holder.id != known.id):
            errors["name"] = "There is a saved reply of this name. Pick another one."
    except ValueError as error:
        errors["name"] = str(error)
    unknown = [one for one in placeholders(body) if one not in FIELDS]
    if not body.strip():
        errors["body"] = "Write the text."
    elif len(body.strip()) > LONGEST_BODY:
        errors["body"] = f"Use at most {LONGEST_BODY} characters."
    elif unknown:
        errors["body"] = f"{{{unknown[0]}}} is not known. Use one of those listed below."
    return errors
