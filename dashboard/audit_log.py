"""Who did what: filtered by person, act and day; as CSV with ids only. Names appear on screen alone."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from access.roles import Permission
from clinic_time.local_time import at_local
from dashboard.audit_words import GONE, action_words, actor_name, note_words, thing_words
from dashboard.guard import needs
from dashboard.office import Office, at_office, look_around
from dashboard.topic_words import topic_title, wanted_words
from desk.records import record
from models.audit import Audit, audit_actions, audit_actors, list_audit
from models.audit_records import Record, Whose, actor_names, whose_records
from phone import written_number

blueprint = Blueprint("audit_log", __name__, url_prefix="/settings/audit")
PER_PAGE = 100
EVERYTHING = 1_000_000
COLUMNS = ("id", "at", "actor", "action", "object_kind", "object_id", "note")
BY_TOPIC = ("topic_phrase", "template_version")  # what they are called is a topic's title
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run what follows


@dataclass(frozen=True, slots=True)
class Filter:
    """What to show. An unreadable day is no day."""

    actor: str | None
    action: str | None
    day: date | None


@blueprint.get("")
@needs(Permission.AUDIT)
def index() -> ResponseReturnValue:
    """The newest acts that match."""
    with look_around() as office:
        rows = _rows(office, PER_PAGE + 1, before_id=request.args.get("before", type=int))
        names = actor_names(office.session, office.clinic.id)
        records = [(row.object_kind, row.object_id) for row in rows if row.object_id is not None]
        actors = audit_actors(office.session, office.clinic.id)
        return render_template(
            "audit_log.html",
            page="settings",
            section="audit",
            rows=rows[:PER_PAGE],
            has_more=len(rows) > PER_PAGE,
            actors=[(actor, actor_name(actor, names)) for actor in actors],
            actions=sorted(audit_actions(office.session, office.clinic.id), key=action_words),
            names=names,
            whose=whose_records(office.session, office.clinic.id, records),
            chosen=_filter(),
        )


@blueprint.get("/export.csv")
@needs(Permission.AUDIT)
def export() -> ResponseReturnValue:
    """The same rows as a file. Writing it out is itself written down."""
    with at_office() as office:
        rows = _rows(office, EVERYTHING)
        record(office.session, office.by, "audit_exported", kind="audit", id=None, now=office.now)
    response = Response(as_csv(rows), mimetype="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return response


def as_csv(rows: Iterable[Audit]) -> str:
    """Rows as CSV; no cell starts a formula."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for row in rows:
        cells = {"at": row.at.astimezone(UTC).isoformat(timespec="seconds")}
        writer.writerow([quoted(cells.get(name, getattr(row, name))) for name in COLUMNS])
    return file.getvalue()


def quoted(value: object) -> str:
    """A cell that a spreadsheet shows as it is."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def whose_words(row: Audit, whose: dict[Record, Whose]) -> str:
    """Whose record an act was about: names, the number where there is none, a title, or what it is."""
    found = whose.get((row.object_kind, row.object_id or 0))
    if found is None:
        return thing_words(row.object_kind)
    if row.object_kind in BY_TOPIC:
        return topic_title(found.names[0])
    return " & ".join(found.names) or (written_number(found.number) if found.number else GONE)


def note_in_words(row: Audit) -> str:
    """The note, a topic in it by its title."""
    if not row.note:
        return ""
    if row.object_kind in BY_TOPIC:
        return topic_title(row.note)
    return wanted_words(row.note) if row.action == "answer_corrected" else note_words(row.action, row.note)


def _rows(office: Office, limit: int, *, before_id: int | None = None) -> list[Audit]:
    chosen = _filter()
    since, until = _day_ends(chosen.day, ZoneInfo(office.clinic.timezone))
    return list_audit(
        office.session,
        clinic_id=office.clinic.id,
        actor=chosen.actor,
        action=chosen.action,
        since=since,
        until=until,
        before_id=before_id,
        limit=limit,
    )


def _filter() -> Filter:
    given = request.args
    try:
        day = date.fromisoformat(given.get("day", ""))
    except ValueError:
        day = None
    return Filter(given.get("actor") or None, given.get("action") or None, day)


def _day_ends(day: date | None, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    if day is None or not date(1970, 1, 2) < day < date(9999, 1, 1):
        return None, None
    return at_local(day, time(), zone), at_local(day + timedelta(days=1), time(), zone)


for words in (actor_name, action_words, whose_words, note_in_words):
    blueprint.add_app_template_filter(words)
