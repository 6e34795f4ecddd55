"""`backup DIR`: one moment of everything while others write, never a key, never half a folder."""

import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

import desk.backup
from cli.desk import bring_up
from config import Settings
from desk.backup import make_backup
from desk.backup_folder import BackupRefused, Manifest, check_files, read_manifest, write_manifest
from models.clinic import Clinic
from models.database import Database
from models.photo import Photo
from photos.store import PhotoStore
from tests.support.command_line import CommandLine
from tests.support.factories import NOON, make_client, make_conversation
from tests.support.running import ROOT
from tests.support.waiting import until


@pytest.fixture
def filled(settings: Settings) -> Database:
    """A migrated installation with its first clinic."""
    database = Database(settings.database_url)
    bring_up(database, settings)
    return database


def add_client(database: Database, number: int) -> None:
    with database.write() as session:
        clinic = session.scalars(select(Clinic)).one()
        thread = make_conversation(session, clinic, number=f"+1573555{number:04d}")
        make_client(session, thread, name=f"Client {number}")


def add_photo(database: Database, settings: Settings, content: bytes = b"a picture") -> str:
    with database.write() as session:
        clinic = session.scalars(select(Clinic)).one()
        photo = Photo(clinic_id=clinic.id, state="stored", created_at=NOON, stored_at=NOON)
        session.add(photo)
        session.flush()
        photo.stored_name = PhotoStore(settings.data_dir / "photos", settings.photo_keys).put(
            photo.id, content
        )
        return photo.stored_name


def rows_of(file: Path, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as opened:
        return opened.execute(question).fetchall()


def test_a_backup_holds_rows_photos_and_hashes_and_no_key(
    filled: Database, settings: Settings, tmp_path: Path
) -> None:
    add_client(filled, 1)
    name = add_photo(filled, settings)

    made = make_backup(filled, settings, tmp_path / "b", is_newest_step=True)

    files = sorted(file.relative_to(tmp_path / "b").as_posix() for file in (tmp_path / "b").rglob("*.*"))
    assert files == ["database.sqlite", "manifest.json", f"photos/{name}"]
    assert (made.manifest.rows["client"], made.manifest.photo_names, made.missing) == (1, [name], 0)
    check_files(tmp_path / "b", read_manifest(tmp_path / "b"))
    everything = b"".join(file.read_bytes() for file in (tmp_path / "b").rglob("*") if file.is_file())
    for key in settings.keys_dir.iterdir():
        assert key.read_bytes().strip().removeprefix(b"k1:") not in everything
    assert {stat.S_IMODE(file.stat().st_mode) & 0o077 for file in (tmp_path / "b").rglob("*.*")} <= {0, 0o044}


def test_photos_in_it_are_marked_so_that_the_carriers_copy_may_go(
    filled: Database, settings: Settings, tmp_path: Path
) -> None:
    add_photo(filled, settings)
    make_backup(filled, settings, tmp_path / "b", is_newest_step=True)

    add_photo(filled, settings)

    with filled.read() as session:
        marks = [
            photo.backed_up_at is not None for photo in session.scalars(select(Photo).order_by(Photo.id))
        ]
    assert marks == [True, False]


def test_a_photo_whose_file_is_gone_is_told_and_not_marked(
    filled: Database, settings: Settings, tmp_path: Path
) -> None:
    name = add_photo(filled, settings)
    (settings.data_dir / "photos" / name).unlink()

    made = make_backup(filled, settings, tmp_path / "b", is_newest_step=True)

    with filled.read() as session:
        assert session.scalars(select(Photo)).one().backed_up_at is None
    assert made.missing == 1


def test_writes_go_on_and_the_copy_is_one_moment(
    filled: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, committed, before = threading.Event(), list[int](), list[int]()

    def write() -> None:
        while not stop.is_set():
            add_client(filled, len(committed))
            committed.append(len(committed))

    def after_two_writes(folder: Path, manifest: Manifest) -> None:
        here = len(committed)
        until(lambda: len(committed) > here + 1 or writing.done(), 60)
        write_manifest(folder, manifest)

    monkeypatch.setattr(desk.backup, "write_manifest", after_two_writes)
    with ThreadPoolExecutor(1) as writer:
        writing = writer.submit(write)
        try:
            for number in range(4):
                before.append(len(committed))
                make_backup(filled, settings, tmp_path / f"b{number}", is_newest_step=True)
        finally:
            stop.set()
    writing.result()

    counts = [check_copy(tmp_path / f"b{number}") for number in range(4)]
    assert counts == sorted(set(counts)), "they grow from each to the next"
    assert all(known <= count for known, count in zip(before, counts, strict=True))


def check_copy(folder: Path) -> int:
    """A whole database, each transaction in it whole, none missing before the last; how many clients it has."""
    manifest, copy = read_manifest(folder), folder / "database.sqlite"
    assert rows_of(copy, "PRAGMA integrity_check") == [("ok",)]
    assert rows_of(copy, "PRAGMA foreign_key_check") == []
    assert manifest.rows["client"] == manifest.rows["conversation"], "one transaction wrote both"
    names = rows_of(copy, "SELECT name FROM client ORDER BY id")
    assert names == [(f"Client {number}",) for number in range(manifest.rows["client"])]
    return len(names)


@pytest.mark.parametrize("content", ["other file", None])
def test_nothing_is_overwritten(shell: CommandLine, content: str | None) -> None:
    shell.must("migrate")
    target = shell.folder / "b"
    target.mkdir()
    if content is not None:
        (target / "x").write_text(content)

    assert shell.type("backup", "b").code == (0 if content is None else 1)
    again = shell.type("backup", "b")
    assert (again.code, len(again.err.splitlines())) == (1, 1)
    assert "new or empty" in again.err


def test_the_line_says_what_is_in_it_and_where_the_keys_are(shell: CommandLine) -> None:
    shell.must("demo")

    said = shell.must("backup", "b").out

    assert len(said.splitlines()) == 1
    assert "0 photos" in said
    assert "apart from it" in said
    assert "var.keys" in said


def test_an_empty_database_is_no_backup(shell: CommandLine) -> None:
    said = shell.type("backup", "b")

    assert (said.code, (shell.folder / "b").exists()) == (1, False)
    assert "nothing to back up" in said.err


def test_a_database_of_an_older_version_can_be_saved_before_the_update(shell: CommandLine) -> None:
    shell.must("migrate")
    with closing(sqlite3.connect(shell.folder / "var" / "aftercare.db")) as opened, opened:
        opened.execute("UPDATE alembic_version SET version_num = '0005'")

    shell.must("backup", "b")

    assert read_manifest(shell.folder / "b").step == "0005"


def test_a_damaged_database_is_told_and_leaves_no_backup(shell: CommandLine) -> None:
    shell.must("demo")
    file = shell.folder / "var" / "aftercare.db"
    with file.open("r+b") as opened:
        opened.seek(8192)
        opened.write(b"\xff" * 16384)

    said = shell.type("backup", "b")

    assert said.code == 1
    assert not (shell.folder / "b").exists()
    assert not list(shell.folder.glob(".b*"))


def test_a_failure_leaves_no_half_folder(
    filled: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(desk.backup, "write_manifest", fail)
    with pytest.raises(OSError, match="No space"):
        make_backup(filled, settings, tmp_path / "b", is_newest_step=True)

    assert not list(tmp_path.glob("*b")) + list(tmp_path.glob(".b*"))


SLOW = """
import sys, time, desk.backup
real = desk.backup.copy_durably
def slow(source, target):
    real(source, target)
    print("copied", flush=True)
    time.sleep(60)
desk.backup.copy_durably = slow
from app import create_app
from cli.main import run_command
sys.exit(run_command(["backup", sys.argv[1]], create_app))
"""


def test_killed_in_the_middle_there_is_no_folder_and_the_next_one_is_whole(
    filled: Database, settings: Settings, tmp_path: Path
) -> None:
    add_photo(filled, settings)
    filled.close()
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "DATA_DIR": str(settings.data_dir)}
    words = [sys.executable, "-c", SLOW, str(tmp_path / "b")]
    with subprocess.Popen(words, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "copied\n"
        with pytest.raises(BackupRefused, match="another backup"):
            make_backup(filled, settings, tmp_path / "b", is_newest_step=True)
        killed.send_signal(signal.SIGKILL)

    assert not (tmp_path / "b").exists()
    with filled.read() as session:
        assert session.scalars(select(Photo)).one().backed_up_at is None
    make_backup(filled, settings, tmp_path / "b", is_newest_step=True)
    assert not list(tmp_path.glob(".b*"))


def test_the_manifest_is_plain_json(filled: Database, settings: Settings, tmp_path: Path) -> None:
    make_backup(filled, settings, tmp_path / "b", is_newest_step=True)

    told = json.loads((tmp_path / "b" / "manifest.json").read_text())

    assert sorted(told) == sorted(read_manifest(tmp_path / "b").__slots__)


@pytest.mark.parametrize("change", ["longer", "other", "gone"])
def test_a_changed_file_is_noticed(filled: Database, settings: Settings, tmp_path: Path, change: str) -> None:
    make_backup(filled, settings, tmp_path / "b", is_newest_step=True)
    file = tmp_path / "b" / "database.sqlite"
    content = file.read_bytes()
    acts: dict[str, Callable[[], object]] = {
        "longer": lambda: file.write_bytes(content + b"x"),
        "other": lambda: file.write_bytes(content[:-1] + bytes([content[-1] ^ 1])),
        "gone": file.unlink,
    }
    acts[change]()

    with pytest.raises(BackupRefused, match="another backup"):
        check_files(tmp_path / "b", read_manifest(tmp_path / "b"))


@pytest.mark.parametrize("folder", ["nowhere", "empty"])
def test_what_is_no_backup_is_refused(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(BackupRefused, match="is not a backup"):
        read_manifest(tmp_path / folder)


def test_a_manifest_cannot_point_outside(filled: Database, settings: Settings, tmp_path: Path) -> None:
    make_backup(filled, settings, tmp_path / "b", is_newest_step=True)
    shutil.copy(tmp_path / "b" / "database.sqlite", tmp_path / "stolen")
    told = json.loads((tmp_path / "b" / "manifest.json").read_text())
    told["files"]["photos/../../stolen"] = told["files"]["database.sqlite"]
    (tmp_path / "b" / "manifest.json").write_text(json.dumps(told))

    with pytest.raises(BackupRefused, match="outside of the backup"):
        check_files(tmp_path / "b", read_manifest(tmp_path / "b"))
