"""An older database put back without `restore`, and keys that were lost or changed: noticed at start."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from config import Settings
from config.fingerprints import FILE as FINGERPRINTS
from desk.own_mark import FILE as MARK
from desk.own_mark import notice_older_state, renew_mark
from models.database import Database
from models.installation import installation
from tests.support.command_line import CommandLine
from tests.support.put_back import note_a_try, open_installation, reopen, settings_of, waits
from tests.support.running import Running
from tests.support.sending_desk import Desk


@pytest.fixture
def settings(shell: CommandLine) -> Settings:
    return settings_of(shell)


def test_the_first_start_and_a_restart_are_no_restore(settings: Settings, desk_: Desk) -> None:
    assert not notice_older_state(desk_.database, settings)
    note_a_try(desk_.database, desk_.conversation_id)
    assert not notice_older_state(desk_.database, settings)
    assert not waits(desk_.database)


def test_an_older_copy_of_the_file_is_noticed(settings: Settings, desk_: Desk, tmp_path: Path) -> None:
    note_a_try(desk_.database, desk_.conversation_id)
    notice_older_state(desk_.database, settings)
    file = settings.data_dir / "aftercare.db"
    desk_.database.close()
    shutil.copy(file, tmp_path / "older")
    here = reopen(desk_)
    renew_mark(here.database, settings)  # as a running program does each minute
    here.database.close()
    shutil.copy(tmp_path / "older", file)

    here = reopen(here)

    assert notice_older_state(here.database, settings)
    assert waits(here.database)
    assert not notice_older_state(here.database, settings)


def test_a_file_brought_from_another_machine_counts_as_restored(settings: Settings, desk_: Desk) -> None:
    note_a_try(desk_.database, desk_.conversation_id)

    assert notice_older_state(desk_.database, settings)


@pytest.mark.parametrize("which", ["the old one", "the new one"])
def test_a_crash_while_the_mark_changes_is_no_restore(settings: Settings, desk_: Desk, which: str) -> None:
    note_a_try(desk_.database, desk_.conversation_id)
    with desk_.database.write() as session:
        installation(session).mark = which
    (settings.keys_dir / MARK).write_text("the_old_one\nthe_new_one\n")
    with desk_.database.write() as session:
        installation(session).mark = which.replace(" ", "_")

    assert not notice_older_state(desk_.database, settings)


@pytest.mark.postgres
def test_a_dump_loaded_by_hand_is_noticed_on_postgresql(postgres_url: str, settings: Settings) -> None:
    from tests.support.engines import cluster

    here = replace(settings, database_url=postgres_url)
    desk = open_installation(here)
    note_a_try(desk.database, desk.conversation_id)
    with desk.database.write() as session:
        installation(session).mark = "none"
    assert notice_older_state(desk.database, here)
    assert not notice_older_state(desk.database, here)
    desk.database.close()
    copy = cluster().make_database(template=postgres_url.rsplit("/", 1)[1])
    database = Database(cluster().url(copy))

    assert notice_older_state(database, here)
    assert not notice_older_state(database, here)

    database.close()
    cluster().drop_database(copy)


@pytest.mark.parametrize("name", ["opt_out_key", "photo_keys"])
def test_a_lost_key_is_not_made_anew(shell: CommandLine, settings: Settings, name: str) -> None:
    (settings.keys_dir / name).unlink()

    for command in ("run", "doctor"):
        said = shell.type(command)
        assert (said.code, len(said.err.splitlines())) == (1, 1)
        assert name.upper() in said.err
    assert not (settings.keys_dir / name).exists()

    (settings.data_dir / FINGERPRINTS).unlink()
    shell.must("migrate")


def test_a_changed_key_stops_run_and_is_told_by_the_doctor(shell: CommandLine, settings: Settings) -> None:
    (settings.keys_dir / "opt_out_key").write_text("A" * 43)

    assert "OPT_OUT_KEY was changed" in shell.type("run").err
    assert "OPT_OUT_KEY was changed" in shell.type("doctor").out


def test_run_itself_notices_an_older_file(tmp_path: Path, settings: Settings, desk_: Desk) -> None:
    notice_older_state(desk_.database, settings)
    note_a_try(desk_.database, desk_.conversation_id)
    desk_.database.close()
    file = settings.data_dir / "aftercare.db"
    shutil.copy(file, tmp_path / "older")
    renew_mark(desk_.database, settings)
    desk_.database.close()
    shutil.copy(tmp_path / "older", file)

    run = Running("run", tmp_path, {"DATA_DIR": str(settings.data_dir)})
    try:
        run.wait_for_line("Stop: +Ctrl-C")
        assert run.end() == 0
    finally:
        run.kill()

    assert waits(reopen(desk_).database)
