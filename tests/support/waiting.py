"""Waits for what other threads bring about."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from sqlalchemy import text

from models.database import Database

WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def until(is_so: Callable[[], object], within_s: float = 40) -> None:
    """Until it is so; fails after `within_s` seconds."""
    ends_at = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < ends_at, "it never came true"
        time.sleep(0.02)


def count_waiting(database: Database) -> int:
    """How many connections wait for a lock at this moment (PostgreSQL)."""
    with database.read() as session:
        return int(session.execute(text(WAITING)).scalar_one())


def until_it_waits_for_a_lock(database: Database, doing: Future[Any]) -> None:
    """Fails where it came to its end without having waited (PostgreSQL)."""
    until(lambda: count_waiting(database) or doing.done())
    assert not doing.done(), f"nothing held it up: {doing}"
