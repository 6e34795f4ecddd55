"""The audit log: who did what and when, narrowed, with names on screen only and no formula in the file."""

import csv
import io
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.audit_log import quoted
from dashboard.audit_words import note_words
from models.api_token import ApiToken
from models.audit import record_audit
from models.clinic import find_clinic
from tests.support.accounts import page
from tests.support.dashboard import Office
from tests.support.factories import make_conversation
from tests.support.office_records import fill_office

CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
def acts(office: Office) -> Office:
    """Two acts of two people on two days, and one of another clinic."""
    owner, desk = (f"staff:{office.staff_ids[role]}" for role in ("owner", "front_desk"))
    rows = [
        (office.clinic_id, owner, "clinic_saved", timedelta(), "=1+1"),
        (office.clinic_id, desk, "read thread", timedelta(days=2), None),
        (office.other_clinic_id, "system", "other_act", timedelta(), None),
    ]
    with office.database.write() as session:
        for clinic_id, actor, action, ago, note in rows:
            record_audit(
                session,
                clinic_id=clinic_id,
                at=office.now - ago,
                actor=actor,
                action=action,
                object_kind="clinic",
                object_id=clinic_id,
                note=note,
            )
    return office


def exported(office: Office, query: str = "") -> list[dict[str, str]]:
    text = page(office.browser("owner").get(f"/settings/audit/export.csv{query}"))
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("path", ["/settings/audit", "/settings/audit/export.csv"])
@pytest.mark.parametrize(
    ("role", "status"), [(None, 302), ("front_desk", 403), ("clinician", 403), ("owner", 200)]
)
def test_the_log_is_for_owners(office: Office, path: str, role: str | None, status: int) -> None:
    assert office.browser(role).get(path).status_code == status


def test_names_are_on_the_screen_and_only_ids_in_the_file(acts: Office) -> None:
    assert "Front Desk" in page(acts.browser("owner").get("/settings/audit"))

    assert {row["actor"] for row in exported(acts)} == {
        f"staff:{acts.staff_ids[role]}" for role in ("owner", "front_desk")
    }


def test_it_is_narrowed_by_person_act_and_day(acts: Office) -> None:
    day = (acts.now - timedelta(days=2)).astimezone(CHICAGO).date()

    for query in (f"?actor=staff:{acts.staff_ids['front_desk']}", "?action=read+thread", f"?day={day}"):
        assert [row["action"] for row in exported(acts, query)] == ["read thread"]


@pytest.mark.parametrize("query", ["?day=yesterday", "?day=9999-12-31", "?day=0001-01-01"])
def test_a_day_that_is_none_narrows_nothing(acts: Office, query: str) -> None:
    page(acts.browser("owner").get(f"/settings/audit{query}"))


def test_nothing_of_another_clinic_shows(acts: Office) -> None:
    assert "other act" not in page(acts.browser("owner").get("/settings/audit"))
    assert "other_act" not in {row["action"] for row in exported(acts)}


def test_the_export_is_itself_written_down(acts: Office) -> None:
    exported(acts)

    assert "audit_exported" in {row["action"] for row in exported(acts)}


def test_a_filter_that_matches_nothing_can_be_cleared(acts: Office) -> None:
    assert "Clear filter" in page(acts.browser("owner").get("/settings/audit?action=nothing"))


def test_no_cell_starts_a_formula(acts: Office) -> None:
    assert "'=1+1" in {row["note"] for row in exported(acts)}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_a_spreadsheet_would_run_is_quoted(start: str) -> None:
    assert quoted(f"{start}cmd") == f"'{start}cmd"
    assert quoted("plain") == "plain"
    assert quoted(None) == ""


def test_the_screen_says_in_plain_words_who_did_what_to_whose_record(office: Office) -> None:
    ids = fill_office(office)
    with office.database.write() as session:
        token = ApiToken(
            clinic_id=office.clinic_id,
            name="Booking",
            scope="read",
            token_hash="x",
            created_at=office.now,
        )
        session.add(token)
        session.flush()
        desk, system = f"staff:{office.staff_ids['front_desk']}", f"token:{token.id}"
        rows = [
            (desk, "read thread", "conversation", office.thread_id),
            (desk, "describe photo", "photo", ids["photo_id"]),
            (system, "reminder.hold", "reminder", ids["reminder_id"]),
            (system, "treatment.add", "treatment", ids["treatment_id"]),
            ("system", "alert_opened", "alert", ids["alert_id"]),
            (desk, "phrase_added", "topic_phrase", ids["phrase_id"]),
            ("cli", "read thread", "conversation", office.other_thread_id),
        ]
        for actor, action, kind, id_ in rows:
            record_audit(
                session,
                clinic_id=office.clinic_id,
                at=office.now,
                actor=actor,
                action=action,
                object_kind=kind,
                object_id=id_,
            )

    assert on_screen(office) == [
        ("command line", "read the conversation", "no longer on file"),
        ("Front Desk", "taught a phrase", "Small bumps after the visit"),
        ("the bot", "opened an alert", "Ana"),
        ("Booking (system)", "entered a treatment", "Ana"),
        ("Booking (system)", "held a planned text", "Ana"),
        ("Front Desk", "described a photo", "Ana"),
        ("Front Desk", "read the conversation", "Ana"),
    ]


def on_screen(office: Office) -> list[tuple[str, ...]]:
    """Who, what, whose; as the cells say it."""
    text = page(office.browser("owner").get("/settings/audit"))
    labels = ("Who", "What they did", "Whose record")
    cells = [re.findall(f'data-label="{label}">(?:<a [^>]*>)?([^<]*)', text) for label in labels]
    return list(zip(*cells, strict=True))


def test_a_number_of_nobody_is_marked_as_one_so_that_it_is_not_printed(office: Office) -> None:
    with office.database.write() as session:
        clinic = find_clinic(session, office.clinic_id)
        stranger = make_conversation(session, clinic, number="+15735550163", created_at=office.now)
        record_audit(
            session,
            clinic_id=clinic.id,
            at=office.now,
            actor="system",
            action="read thread",
            object_kind="conversation",
            object_id=stranger.id,
        )

    shown = page(office.browser("owner").get("/settings/audit"))

    assert re.search(r'<a class="number" [^>]*>\(573\) 555-0163</a>', shown)


@pytest.mark.parametrize(
    ("action", "note", "words"),
    [
        ("staff_role", "front_desk>owner", "front desk to owner"),
        ("delete photo", "wrong_person", "It shows somebody else"),
        ("clinic_saved", "hours,emergency_phone", "hours, emergency phone"),
        ("signed in", None, ""),
    ],
)
def test_a_note_is_plain_words_too(action: str, note: str | None, words: str) -> None:
    assert note_words(action, note) == words
