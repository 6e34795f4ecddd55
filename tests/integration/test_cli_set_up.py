"""Setting an installation up from the command line: steps, staff, on-call phones, words, doctor."""

import io
import sqlite3

import pytest

from cli.table import COMMANDS
from tests.support.command_line import CommandLine

STRONG = "nine purple otters sing"


def add_owner(shell: CommandLine, monkeypatch: pytest.MonkeyPatch, password: str = STRONG) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    words = ("--email", "Ana@Example.com", "--name", "Ana", "--role", "owner", "--password-stdin")
    return shell.type("staff", "add", *words).code


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_every_command_explains_itself(shell: CommandLine, command: str) -> None:
    said = shell.type(command, "--help")

    assert said.code == 0
    assert f"app.py {command}" in said.out


def test_the_help_names_every_command(shell: CommandLine) -> None:
    said = shell.type("--help")

    assert said.code == 0
    assert all(command.name in said.out for command in COMMANDS)


def test_migrating_twice_does_nothing_the_second_time(shell: CommandLine) -> None:
    first, second = shell.must("migrate"), shell.must("migrate")

    assert "is at step" in first.out
    assert "Nothing to do" in second.out


def test_the_first_clinic_comes_from_the_settings_once(shell: CommandLine) -> None:
    shell.set(CLINIC_NAME="Willow Skin", ONCALL_NUMBERS="+15735550190,+15735550191")
    shell.must("migrate")
    shell.set(CLINIC_NAME="Another Name")

    phones = shell.must("oncall", "list", "--json").rows
    doctor = shell.type("doctor")
    assert [row["phone"] for row in phones] == ["+15735550190", "+15735550191"]
    assert "CLINIC_NAME no longer says what is stored for Willow Skin" in doctor.out


def test_a_password_is_stored_only_as_argon2(shell: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert add_owner(shell, monkeypatch) == 0

    with sqlite3.connect(shell.folder / "var" / "aftercare.db") as database:
        email, stored = database.execute("SELECT email, password_hash FROM staff").fetchone()
    assert email == "ana@example.com"
    assert stored.startswith("$argon2id$")
    assert STRONG not in stored


@pytest.mark.parametrize("password", ["short", "password12345", "aaaaaaaaaaaaaa", ""])
def test_a_password_that_would_be_guessed_is_refused(
    shell: CommandLine, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    assert add_owner(shell, monkeypatch, password) == 1
    assert shell.must("staff", "list", "--json").rows == []


def test_one_address_belongs_to_one_person(shell: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    add_owner(shell, monkeypatch)

    assert add_owner(shell, monkeypatch) == 1


def test_on_call_phones_keep_their_order(shell: CommandLine) -> None:
    shell.must("oncall", "add", "--name", "Sam", "--phone", "573-555-0190")
    shell.must("oncall", "add", "--name", "Kim", "--phone", "573-555-0191", "--position", "1")

    rows = shell.must("oncall", "list", "--json").rows
    assert [(row["position"], row["name"]) for row in rows] == [(1, "Kim"), (2, "Sam")]
    assert shell.type("oncall", "add", "--name", "Again", "--phone", "573-555-0190").code == 1


def test_approving_words_leaves_nothing_waiting(shell: CommandLine) -> None:
    assert shell.must("words", "list", "--json").rows != []

    shell.must("words", "approve", "--all", "--by", "Dr Kim")

    assert shell.must("words", "list", "--json").rows == []


def test_the_doctor_is_content_after_its_cures(shell: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.must("migrate")
    before = shell.type("doctor", "--json")

    shell.must("oncall", "add", "--name", "Sam", "--phone", "573-555-0190")
    shell.must("words", "confirm-emergency", "--by", "Dr Kim")
    add_owner(shell, monkeypatch)

    after = shell.must("doctor", "--json")
    assert before.code == 1
    assert [row["what"] for row in before.rows if row["level"] == "wrong"] == [
        "Demo Clinic: no on-call phone; an urgent text would only show on the screen"
    ]
    assert [row["what"][:10] for row in after.rows] == ["PHOTO_KEYS"]


def test_the_doctor_tells_what_to_paste_at_twilio(shell: CommandLine) -> None:
    shell.set(
        CARRIER="twilio",
        TWILIO_ACCOUNT_SID="AC" + "0" * 32,
        TWILIO_AUTH_TOKEN="0123456789abcdef" * 2,
        SECRET_KEY="a-secret-of-quite-some-length-0123456789",
        PUBLIC_URL="https://texts.example.com",
        CLINIC_NAME="Willow Skin",
        CLINIC_NUMBER="+15732220158",
        CLINIC_TIMEZONE="America/Chicago",
    )
    shell.must("migrate")

    said = shell.type("doctor")

    assert "https://texts.example.com/webhooks/sms#rc=2&rp=ct,rt,5xx" in said.out
    assert "no clinician's name" in said.out


def test_wrong_settings_are_named_all_at_once(shell: CommandLine) -> None:
    shell.set(CARRIER="pigeon", CLINIC_TIMEZONE="Mars/Olympus", BIND="nowhere")

    said = shell.type("doctor")

    assert said.code == 1
    assert all(name in said.err for name in ("CARRIER", "CLINIC_TIMEZONE", "BIND"))
    assert len(said.err.splitlines()) == 3


def test_a_changed_audit_row_is_found(shell: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    add_owner(shell, monkeypatch)
    shell.must("oncall", "add", "--name", "Sam", "--phone", "573-555-0190")
    database = sqlite3.connect(shell.folder / "var" / "aftercare.db")
    with database:
        _chain_everything(database)
    whole = shell.type("check-audit")
    with database:
        database.execute("UPDATE audit SET actor = 'nobody' WHERE id = 1")
    broken = shell.type("check-audit")
    database.close()

    assert whole.code == 0
    assert "2 acts, whole (0 not chained yet)" in whole.out
    assert broken.code == 1
    assert "row 1" in broken.err


def _chain_everything(database: sqlite3.Connection) -> None:
    """As the job does, without waiting a minute."""
    from datetime import UTC, datetime, timedelta

    from models.audit_chain import chain_audit
    from models.database import Database

    database.commit()
    name = database.execute("PRAGMA database_list").fetchone()[2]
    opened = Database(f"sqlite:///{name}")
    with opened.write() as session:
        chain_audit(session, clinic_id=1, before=datetime.now(UTC) + timedelta(minutes=1))
    opened.close()


def test_demo_fills_the_clinic_once_and_never_with_a_real_carrier(shell: CommandLine) -> None:
    shell.must("demo")

    assert len(shell.must("client", "list", "--json").rows) == 10
    assert shell.must("inbox", "list", "--json").rows[0]["urgency"] == "now"
    assert len(shell.must("alert", "list", "--json").rows) == 1
    assert shell.type("demo").code == 1


def test_an_alert_is_acknowledged_by_name(shell: CommandLine) -> None:
    shell.must("demo")
    code = shell.must("alert", "list", "--json").rows[0]["code"]

    shell.must("alert", "ack", code.lower(), "--by", "Sam")

    assert shell.must("alert", "list", "--json").rows[0]["acknowledged_by"] == "Sam"
