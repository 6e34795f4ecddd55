"""`sending`: what holds texts back, and letting go what a person may let go."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.audit import Audit
from models.clinic import Clinic, list_clinics
from models.database import Database
from models.installation import installation
from outbox.stop import stop_sending
from tests.support.command_line import CommandLine
from tests.support.factories import NOON, make_clinic, make_staff


@pytest.fixture
def database(shell: CommandLine) -> Iterator[Database]:
    shell.must("migrate")
    database = Database(f"sqlite:///{shell.folder / 'var' / 'aftercare.db'}")
    yield database
    database.close()


def stop(database: Database) -> None:
    with database.write() as session:
        stop_sending(session, why="the account is suspended", now=NOON, machine=NOON)


def brake(database: Database) -> None:
    with database.write() as session:
        clinic = list_clinics(session)[0]
        clinic.automatic_held_since, clinic.automatic_held_reason = NOON, "70 texts were due within an hour"


def wait(database: Database) -> None:
    with database.write() as session:
        installation(session).reminders_wait_since = NOON


def test_when_all_is_well_it_says_so(shell: CommandLine, database: Database) -> None:
    assert shell.must("sending", "status").out == "nothing holds texts back\n"
    assert shell.must("sending", "status", "--json").rows == []
    assert "Nothing was held" in shell.must("sending", "resume", "--by", "Kim").out


@pytest.mark.parametrize(
    ("hold", "name", "reason"),
    [
        (stop, "everything", "the account is suspended"),
        (brake, "automatic texts", "70 texts were due within an hour"),
        (wait, "reminders", "an older state was put back; the carrier's list is read first"),
    ],
)
def test_each_hold_is_told_with_its_moment_and_its_cure(
    shell: CommandLine, database: Database, hold: object, name: str, reason: str
) -> None:
    hold(database)  # type: ignore[operator]

    (row,) = shell.must("sending", "status", "--json").rows

    assert (row["hold"], row["reason"], row["since"]) == (name, reason, "2026-03-03T12:00:00-06:00")
    assert row["clinic"] == "Demo Clinic"
    assert row["next"]


def test_resume_lets_go_the_stop_and_the_brake_and_is_audited_by_id(
    shell: CommandLine, database: Database
) -> None:
    with database.write() as session:
        staff_id = make_staff(session, list_clinics(session)[0], role="owner").id
    stop(database)
    brake(database)

    said = shell.must("sending", "resume", "--by", "dana")

    assert "may leave again" in said.out
    assert shell.must("sending", "status", "--json").rows == []
    with database.read() as session:
        acts = {row.action: row.actor for row in session.scalars(select(Audit))}
    assert acts == {"resume_sending": f"staff:{staff_id}", "release_hold": f"staff:{staff_id}"}


def test_nobody_shortens_the_wait_after_a_restore(shell: CommandLine, database: Database) -> None:
    wait(database)

    said = shell.must("sending", "resume", "--by", "Kim")

    assert "ends by itself" in said.out
    assert [row["hold"] for row in shell.must("sending", "status", "--json").rows] == ["reminders"]


def test_one_clinic_can_be_chosen(shell: CommandLine, database: Database) -> None:
    brake(database)
    with database.write() as session:
        other = make_clinic(session, name="Willow Skin", number="+15735550101")
        other.automatic_held_since = NOON + timedelta(hours=1)

    shell.must("sending", "resume", "--by", "Kim", "--clinic", "Willow Skin")

    assert [row["clinic"] for row in shell.must("sending", "status", "--json").rows] == ["Demo Clinic"]
    with database.read() as session:
        assert [row.automatic_held_since is None for row in session.scalars(select(Clinic))] == [False, True]


def test_a_name_is_asked_for(shell: CommandLine, database: Database) -> None:
    assert shell.type("sending", "resume").code == 2
