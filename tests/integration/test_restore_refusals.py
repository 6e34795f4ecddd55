"""What `restore` will not do, and that what was there stays whole."""

import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

import desk.restore
from cli.instance_lock import only_instance
from config import Settings
from models.database import Database
from models.message import Message
from tests.support.command_line import CommandLine
from tests.support.put_back import back_up, open_installation, settings_of, waits
from tests.support.sending_desk import Desk


@pytest.fixture
def settings(shell: CommandLine) -> Settings:
    return settings_of(shell)


def test_a_newer_database_is_kept_unless_asked_for_and_even_then_under_another_name(
    shell: CommandLine, settings: Settings, desk_: Desk
) -> None:
    desk_.database.close()
    shell.must("backup", "b")
    shell.must("client", "add", "--name", "Bo", "--phone", "573-555-0177", "--consent", "care")

    refused = shell.type("restore", "b")
    assert (refused.code, len(refused.err.splitlines())) == (1, 1)
    assert "--force" in refused.err
    assert len(shell.must("client", "list", "--json").rows) == 2

    said = shell.must("restore", "b", "--force")
    assert len(shell.must("client", "list", "--json").rows) == 1
    kept = shell.folder / "var" / "aftercare.db.before-restore-1"
    assert str(kept) in said.out
    with closing(Database(f"sqlite:///{kept}")) as database, database.read() as session:
        assert session.execute(select(Message.id)).all() is not None


def test_an_older_database_gives_way_without_a_question(
    shell: CommandLine, settings: Settings, desk_: Desk
) -> None:
    desk_.database.close()
    shutil.copytree(settings.data_dir, shell.folder / "older")
    shell.must("client", "add", "--name", "Bo", "--phone", "573-555-0177", "--consent", "care")
    shell.must("backup", "b")
    shutil.copy(shell.folder / "older" / "aftercare.db", settings.data_dir / "aftercare.db")

    shell.must("restore", "b")

    assert len(shell.must("client", "list", "--json").rows) == 2


def test_a_running_installation_is_never_overwritten(
    shell: CommandLine, settings: Settings, desk_: Desk
) -> None:
    back_up(desk_, settings, shell.folder / "b")

    with only_instance(settings.database_url):
        said = shell.type("restore", "b", "--force")

    assert said.code == 1
    assert "stop it first" in said.err
    assert not waits(desk_.database)


def test_a_database_somebody_works_on_is_left_alone(
    shell: CommandLine, settings: Settings, desk_: Desk
) -> None:
    back_up(desk_, settings, shell.folder / "b")
    with desk_.database.write():
        said = shell.type("restore", "b", "--force")

    assert (said.code, len(said.err.splitlines())) == (1, 1)
    assert "another process works on" in said.err


def test_a_damaged_backup_touches_nothing(shell: CommandLine, settings: Settings, desk_: Desk) -> None:
    back_up(desk_, settings, shell.folder / "b")
    desk_.database.close()
    (shell.folder / "b" / "database.sqlite").write_bytes(b"junk")
    before = (settings.data_dir / "aftercare.db").read_bytes()

    said = shell.type("restore", "b", "--force")

    assert said.code == 1
    assert "damaged or changed" in said.err
    assert (settings.data_dir / "aftercare.db").read_bytes() == before


def test_a_damaged_database_is_replaced_and_kept(shell: CommandLine, settings: Settings, desk_: Desk) -> None:
    back_up(desk_, settings, shell.folder / "b")
    desk_.database.close()
    (settings.data_dir / "aftercare.db").write_bytes(b"junk" * 4096)
    (settings.data_dir / "aftercare.db-wal").write_bytes(b"more junk")

    shell.must("restore", "b")

    assert len(shell.must("client", "list", "--json").rows) == 1
    assert (settings.data_dir / "aftercare.db.before-restore-1").read_bytes()[:4] == b"junk"


def test_killed_before_the_last_moment_the_old_database_is_whole(
    shell: CommandLine, settings: Settings, desk_: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(desk_, settings, shell.folder / "b")
    desk_.database.close()
    for name in ("_prepare", "_set_aside"):
        real = getattr(desk.restore, name)

        def die(*arguments: Path, real: object = real) -> None:
            real(*arguments)  # type: ignore[operator]
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(desk.restore, name, die)
            assert shell.type("restore", "b", "--force").code != 0
        assert len(shell.must("client", "list", "--json").rows) == 1
        with closing(Database(settings.database_url)) as database:
            assert not waits(database)
    shell.must("restore", "b", "--force")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"step": "9999"}, "newer version"),
        ({"format": 2}, "newer version"),
        ({"database": "database.dump"}, "another kind"),
        ({"keys": {"OPT_OUT_KEY": "0" * 16}}, "OPT_OUT_KEY"),
        ({"keys": {"PHOTO_KEYS:k9": "0" * 16}}, "--without-keys"),
    ],
)
def test_what_does_not_fit_is_refused(
    shell: CommandLine, settings: Settings, desk_: Desk, change: dict[str, object], words: str
) -> None:
    from desk.backup_folder import read_manifest, write_manifest

    back_up(desk_, settings, shell.folder / "b")
    write_manifest(shell.folder / "b", replace(read_manifest(shell.folder / "b"), **change))  # type: ignore[arg-type]

    said = shell.type("restore", "b", "--force")

    assert (said.code, len(said.err.splitlines())) == (1, 1)
    assert words in said.err


def test_on_a_new_machine_the_old_keys_are_asked_for_before_new_ones_are_made(
    shell: CommandLine, settings: Settings, desk_: Desk
) -> None:
    back_up(desk_, settings, shell.folder / "b")
    shell.set(DATA_DIR=str(shell.folder / "new"))

    refused = shell.type("restore", "b")
    assert refused.code == 1
    assert "OPT_OUT_KEY and PHOTO_KEYS" in refused.err
    assert not (shell.folder / "new.keys").exists()

    shutil.copytree(settings.keys_dir, shell.folder / "new.keys")
    shell.must("restore", "b")
    assert len(shell.must("client", "list", "--json").rows) == 1


def test_keys_that_are_lost_for_good_can_be_done_without(
    shell: CommandLine, settings: Settings, desk_: Desk
) -> None:
    back_up(desk_, settings, shell.folder / "b")
    shell.set(DATA_DIR=str(shell.folder / "new"))

    shell.must("restore", "b", "--without-keys")

    shell.must("client", "list")


def test_without_pg_dump_the_cure_is_told(
    postgres_url: str, shell: CommandLine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_installation(replace(settings, database_url=postgres_url)).database.close()
    shell.set(DATABASE_URL=postgres_url)
    monkeypatch.setenv("PATH", "/nowhere")

    said = shell.type("backup", "b")

    assert (said.code, len(said.err.splitlines())) == (1, 1)
    assert "postgresql-client" in said.err
    assert not (shell.folder / "b").exists()
