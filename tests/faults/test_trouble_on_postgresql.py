"""Hosts whose clocks disagree and tables that are locked or gone for a while, on PostgreSQL (R2, rows 60 and 67).

The carrier's log is the judge.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import time_machine
from sqlalchemy import Connection, event, select, text
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

import models.database
from carriers.base import OutboundText, SendResult
from models.database import Database
from models.message import Message
from outbox.claim import claim
from outbox.delivery import DATABASE_TROUBLE, Sender
from outbox.kinds import Kind
from outbox.timing import Clocks, Spans
from tests.support import engines
from tests.support.sending import get, queue
from tests.support.sending_desk import Desk, open_desk
from tests.support.waiting import until

pytestmark = pytest.mark.postgres
TEXTS = 8
WORKERS = 4
QUICK = Spans(
    connect=timedelta(seconds=0.2),
    read=timedelta(seconds=0.3),
    intent_max_age=timedelta(seconds=0.5),
    grace=timedelta(seconds=1.2),
    lease=timedelta(seconds=1.5),
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A clinic at this very moment: the database's clock is the only one."""
    with engines.chosen(engines.POSTGRESQL):
        desk = open_desk(engines.open_test_database(tmp_path))
        desk.clock.at = datetime.now(UTC)
        yield desk


def sender(desk: Desk, database: Database) -> Sender:
    return Sender(database, desk.carrier, public_url="https://clinic.example", spans=QUICK, pace=timedelta())


@pytest.mark.parametrize("apart", [timedelta(minutes=5), timedelta(minutes=-5)], ids=["ahead", "behind"])
def test_a_host_five_minutes_apart_takes_over_when_the_lease_ends_and_not_before(
    desk: Desk, apart: timedelta
) -> None:
    queue(desk)
    began = time.monotonic()
    assert claim(desk.database, spans=QUICK, pace=timedelta(), clocks=Clocks()) is not None
    with time_machine.travel(datetime.now(UTC) + apart):
        other = sender(desk, desk.database)
        while not other.deliver_next():
            other.recover()
            time.sleep(0.05)
    took = time.monotonic() - began

    assert QUICK.lease.total_seconds() <= took < 10
    assert len(desk.carrier.accepted) == 1


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Somebody else holds the table."""
    with database.write() as session:
        session.execute(text("LOCK TABLE message IN ACCESS EXCLUSIVE MODE"))
        yield


@contextmanager
def renamed(database: Database) -> Iterator[None]:
    """The table is not there."""
    with database.write() as session:
        session.execute(text("ALTER TABLE message RENAME TO gone"))
    yield
    with database.write() as session:
        session.execute(text("ALTER TABLE gone RENAME TO message"))


def be_impatient(connection: psycopg.Connection[object], _record: object) -> None:
    connection.autocommit = True
    connection.execute("SET lock_timeout = '100ms'")
    connection.autocommit = False


@pytest.mark.parametrize("trouble", [locked, renamed])
def test_workers_go_on_by_themselves_when_a_table_is_back(desk: Desk, trouble: object) -> None:
    workers_db, stopping = Database(desk.database.url), threading.Event()
    troubles: list[BaseException] = []
    for _ in range(TEXTS):
        queue(desk, Kind.QUESTION)
    event.listen(workers_db.engine, "connect", be_impatient)

    def work() -> None:
        own = sender(desk, workers_db)
        while not stopping.is_set():
            try:
                own.deliver_next()
            except DATABASE_TROUBLE as error:
                troubles.append(error)
                stopping.wait(0.05)

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    with trouble(desk.database):  # type: ignore[operator]
        for thread in threads:
            thread.start()
        until(lambda: len(troubles) >= WORKERS, within_s=10)
    until(lambda: not queued(desk), within_s=10)
    stopping.set()
    for thread in threads:
        thread.join(10)
    workers_db.close()

    assert len(desk.carrier.accepted) == sent(desk) == TEXTS


def test_an_answer_is_written_down_although_no_connection_was_left_at_first(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models.database, "POOL_WAIT_S", 0.2)
    message_id = queue(desk, Kind.QUESTION)
    small = Database(desk.database.url)
    taken: list[Connection] = []

    def give_back() -> None:
        for one in taken:
            one.close()

    def take_all_connections(text: OutboundText) -> SendResult:
        with suppress(NoConnectionLeft):
            while True:
                taken.append(small.engine.connect())
        threading.Timer(0.4, give_back).start()
        return desk.carrier.accept(text)

    desk.carrier.script(take_all_connections)
    assert sender(desk, small).deliver_next()
    small.close()

    assert taken
    message = get(desk, Message, message_id)
    assert (message.state, message.tries, len(desk.carrier.accepted)) == ("sent", 0, 1)


def queued(desk: Desk) -> list[int]:
    with desk.database.read() as session:
        waiting = Message.state.in_(("queued", "claimed", "in_flight"))
        return list(session.scalars(select(Message.id).where(Message.direction == "outbound", waiting)))


def sent(desk: Desk) -> int:
    with desk.database.read() as session:
        return len(list(session.scalars(select(Message.id).where(Message.state == "sent"))))
