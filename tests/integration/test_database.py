"""How long a writer waits for SQLite: once, for its turn in this process and for the file's lock together."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

import models.database
from models.database import Database, DatabaseBusy

WAIT_S = 10.0


class LateTurn:
    """The writers' lock where the turn comes after some seconds, and the clock that goes on meanwhile."""

    def __init__(self, after_s: float) -> None:
        self.after_s, self.seconds = after_s, 0.0

    def acquire(self, timeout: float) -> bool:
        self.seconds += min(self.after_s, timeout)
        return self.after_s <= timeout

    def release(self) -> None:
        """Nobody else waits."""


def late(database: Database, monkeypatch: pytest.MonkeyPatch, *, after_s: float) -> None:
    turn = LateTurn(after_s)
    monkeypatch.setattr(database, "_writer", turn)
    monkeypatch.setattr(models.database, "monotonic", lambda: turn.seconds)


def wait_ms(session: Session) -> int:
    return int(session.execute(text("PRAGMA busy_timeout")).scalar_one())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "waits.db"


@pytest.fixture
def waiting(file: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{file}", busy_timeout_s=WAIT_S)
    yield database
    database.close()


@pytest.mark.parametrize(("after_s", "left_ms"), [(0, 10_000), (7, 3_000), (10, 0)])
def test_who_waited_for_a_turn_waits_that_much_less_for_the_file(
    waiting: Database, monkeypatch: pytest.MonkeyPatch, after_s: float, left_ms: int
) -> None:
    late(waiting, monkeypatch, after_s=after_s)

    with waiting.write() as session:
        assert wait_ms(session) == left_ms
    with waiting.read() as session:
        assert wait_ms(session) == WAIT_S * 1000, "the next one on this connection has the whole wait"


def test_a_turn_that_does_not_come_in_time_is_said(
    waiting: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    late(waiting, monkeypatch, after_s=11)

    with pytest.raises(DatabaseBusy), waiting.write():
        raise AssertionError("not reached")


def test_many_writers_before_a_locked_file_all_give_up_and_then_all_write(file: Path) -> None:
    database = Database(f"sqlite:///{file}", busy_timeout_s=0.2)
    with database.write() as session:
        session.execute(text("CREATE TABLE taken (place INTEGER)"))
    gave_up: list[BaseException] = []

    def write(place: int) -> None:
        try:
            with database.write() as session:
                session.execute(text("INSERT INTO taken VALUES (:place)"), {"place": place})
        except (DatabaseBusy, OperationalError) as error:
            gave_up.append(error)

    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        at_once(write, 8)
        other.execute("ROLLBACK")
    write(8)

    assert len(gave_up) == 8
    with database.read() as session:
        assert session.execute(text("SELECT place FROM taken")).scalars().all() == [8]
    database.close()


def at_once(act: object, count: int) -> None:
    threads = [threading.Thread(target=act, args=(place,)) for place in range(count)]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
