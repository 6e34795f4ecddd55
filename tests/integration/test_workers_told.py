"""What one `web` may have turned away, every worker hears of and fetches (R1, R3)."""

import pytest
from sqlalchemy import text

from cli.telling import start_telling
from models.database import Database
from models.installation import REFUSED, TURNED_AWAY, last_beat
from outbox.backlog import Backlog
from outbox.turned_away import Listener, Teller
from tests.support.engines import POSTGRESQL
from tests.support.waiting import until

POSTGRES_ONLY = pytest.mark.parametrize(
    "engine", [pytest.param(POSTGRESQL, marks=pytest.mark.postgres)], indirect=True
)


def settle(backlog: Backlog) -> None:
    assert backlog.settle(lambda: True, 0)


@POSTGRES_ONLY
def test_each_worker_suspects_once_for_each_time_it_is_told(database: Database) -> None:
    backlogs = [Backlog(), Backlog()]
    listeners = [Listener(database, backlog) for backlog in backlogs]
    suspected = []
    for is_told in (False, True, False, True):
        if is_told:
            Teller(database, Backlog()).tell_workers()
        for listener in listeners:
            listener.listen()
        suspected.append([not backlog.is_settled for backlog in backlogs])
        for backlog in backlogs:
            settle(backlog)

    assert suspected == [[False, False], [True, True], [False, False], [True, True]]


@POSTGRES_ONLY
def test_what_was_told_while_the_worker_was_down_is_suspected_at_its_start(database: Database) -> None:
    Teller(database, Backlog()).tell_workers()
    backlog = Backlog()

    Listener(database, backlog).listen()

    assert not backlog.is_settled


@POSTGRES_ONLY
def test_a_web_tells_of_its_start_and_of_later_trouble_once_the_database_is_there(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.telling.PAUSE_AFTER_FAILURE_S", 0.02)
    backlog = Backlog()
    move(database, "heartbeat", "elsewhere")
    ending = start_telling(database, backlog)
    try:
        with pytest.raises(AssertionError):
            until(lambda: backlog.is_settled, 0.3)
        move(database, "elsewhere", "heartbeat")
        until(lambda: backlog.is_settled)
        told_at = said(database)
        backlog.suspect()
        until(lambda: backlog.is_settled)
    finally:
        ending.set()

    assert told_at is not None
    assert said(database) not in (None, told_at)


@POSTGRES_ONLY
def test_a_web_notes_each_refusal_once_the_database_is_there_and_no_other_trouble(database: Database) -> None:
    backlog = Backlog()
    teller = Teller(database, backlog)
    backlog.suspect()
    teller.tell_workers()
    of_trouble = said(database, REFUSED)
    backlog.refuse()
    teller.tell_workers()
    of_a_refusal = said(database, REFUSED)
    teller.tell_workers()

    assert of_trouble is None
    assert of_a_refusal is not None
    assert said(database, REFUSED) == of_a_refusal


def said(database: Database, name: str = TURNED_AWAY) -> object:
    with database.read() as session:
        return last_beat(session, name)


def move(database: Database, table: str, to: str) -> None:
    with database.write() as session:
        session.execute(text(f"ALTER TABLE {table} RENAME TO {to}"))
