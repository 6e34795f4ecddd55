"""A backup is taken at each moment of a send and put back later: nothing goes twice (R7). The carrier is the judge."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from models.database import Database
from models.snapshot import sqlite_file
from outbox.kinds import Kind
from outbox.restore import begin_wait, compare_after_restore
from tests.support.sending import drain, live, queue_kind
from tests.support.sending_desk import Desk

KINDS = (Kind.FAQ, Kind.STAFF, Kind.OPT_OUT, Kind.REMINDER, Kind.RED_FLAG, Kind.ALERT)
MAY_GO_TWICE = {Kind.RED_FLAG, Kind.ALERT}
WRITES_OF_A_SEND = 4  # queued, claimed, intent, outcome


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("is_answer_lost", [False, True], ids=["answered", "answer lost"])
def test_whatever_the_backup_caught_a_text_in_it_does_not_leave_again(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind, is_answer_lost: bool
) -> None:
    backups: list[Path] = []
    if is_answer_lost:
        desk.carrier.script(desk.carrier.take_and_lose_reply)
    with a_backup_after_each_write(desk.database, backups, tmp_path, monkeypatch):
        queue_kind(desk, kind)
        drain(desk)
    assert len(backups) >= WRITES_OF_A_SEND
    left = list(desk.carrier.accepted)
    desk.clock.move(minutes=5)
    now = desk.clock.at

    for backup in backups:
        desk.carrier.accepted, desk.clock.at = list(left), now
        put_back(desk, backup, tmp_path / "restored.db")
        texts = 1 + (kind in MAY_GO_TWICE)
        assert len(desk.carrier.accepted) in range(1, texts + 1), backup.name


def put_back(desk: Desk, backup: Path, file: Path) -> None:
    """What `restore` does, and then a while of work."""
    shutil.copy(backup, file)
    here = replace(desk, database=Database(f"sqlite:///{file}"))
    with here.database.write() as session:
        begin_wait(session, now=here.clock.at, machine=here.clock.at)
    drain(here)
    assert compare_after_restore(here.database, here.carrier, clocks=here.clock.clocks())
    live(here, 60)
    here.database.close()


@contextmanager
def a_backup_after_each_write(
    database: Database, backups: list[Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A copy of the file after each transaction that writes, as an online backup takes it."""
    write = Database.write

    @contextmanager
    def noted(here: Database) -> Iterator[Session]:
        with write(here) as session:
            yield session
        backups.append(folder / f"moment-{len(backups)}.db")
        with (
            closing(sqlite3.connect(sqlite_file(here.url))) as source,
            closing(sqlite3.connect(backups[-1])) as target,
        ):
            source.backup(target)

    with monkeypatch.context() as patch:
        patch.setattr(Database, "write", noted)
        yield
