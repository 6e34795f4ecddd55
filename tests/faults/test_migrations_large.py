"""A database of a million texts is brought forward within a minute, also after a kill in the middle (row 96)."""

import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import PendingRollbackError

from migrations.upgrade import is_behind, upgrade
from models.database import Database
from tests.faults.test_migrations_killed import Killed, first_version, killed_at

ROWS = int(os.environ.get("AFTERCARE_ROWS", "1000000"))
LONGEST_S = 60.0


def copy_text(opened: sqlite3.Connection, count: int) -> None:
    """The one text of the first version, `count` times; what must be unique is left out or told apart."""
    names = [row[1] for row in opened.execute("PRAGMA table_info(message)")]
    given = {"id": "i", "carrier_sid": "'SM' || i", "dedupe_key": "NULL"}
    chosen = ", ".join(given.get(name, name) for name in names)
    opened.execute(
        "WITH RECURSIVE numbers(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM numbers WHERE i < ?)"
        f" INSERT INTO message ({', '.join(names)}) SELECT {chosen} FROM message, numbers WHERE id = 1",
        (count,),
    )


@pytest.mark.full
@pytest.mark.timeout(600)
def test_a_million_texts_are_brought_forward_within_a_minute(tmp_path: Path) -> None:
    shutil.copy(first_version(), tmp_path / "large.db")
    with closing(sqlite3.connect(tmp_path / "large.db")) as opened, opened:
        copy_text(opened, ROWS)
    database = Database(f"sqlite:///{tmp_path / 'large.db'}")
    with killed_at(database, 40), pytest.raises((Killed, PendingRollbackError)):
        upgrade(database)
    assert is_behind(database)

    began = time.monotonic()
    upgrade(database)
    took = time.monotonic() - began

    database.close()
    with closing(sqlite3.connect(tmp_path / "large.db")) as opened:
        counted = opened.execute("SELECT count(*), count(DISTINCT carrier_sid) FROM message").fetchone()
        assert counted == (ROWS, ROWS - 1)  # the first one has none
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    print(f"{ROWS} texts brought forward in {took:.0f} s")
    assert took < LONGEST_S * ROWS / 1_000_000 + 5
