"""Several workers at the same moment: one text a second from one number (R2), one of them asks the carrier's lists."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event
from typing import Any

import pytest
from sqlalchemy import select, update

from carriers.base import Carrier, OutboundText
from config import Settings
from deployment import Deployment
from messages.catalogue import shipped_pack
from models.client import Client
from models.clinic import ClinicNumber
from models.database import Database
from models.installation import installation
from models.message import Attempt
from outbox.claim import claim
from outbox.kinds import Kind
from scheduler.jobs import JOBS
from tests.support.factories import CLIENT_NUMBER, NOON, OUR_NUMBER, make_reminder, make_visit
from tests.support.line import NO_VOCABULARY
from tests.support.scripted_carrier import SHORT
from tests.support.sending import UNKNOWN, drain, queue
from tests.support.sending_desk import Desk, open_desk
from tests.support.waiting import count_waiting, until

WORKERS = 8
PACE = timedelta(seconds=1)


@pytest.fixture
def desk(database: Database) -> Desk:
    return open_desk(database)


def claim_at_once(desk: Desk) -> int:
    """How many of the workers get a text; where there are row locks, all have read the pace before one moves it."""
    start = Barrier(WORKERS + 1)

    def work() -> bool:
        start.wait(60)
        return claim(desk.database, spans=SHORT, pace=PACE, clocks=desk.clock.clocks()) is not None

    with ThreadPoolExecutor(WORKERS) as pool:
        with desk.database.write() as session:
            session.execute(select(ClinicNumber).with_for_update())
            claims = [pool.submit(work) for _ in range(WORKERS)]
            start.wait(60)
            if not desk.database.is_sqlite:
                until(lambda: count_waiting(desk.database) + count_done(claims) == WORKERS)
        return sum(each.result(60) for each in claims)


def count_done(claims: Sequence[Future[bool]]) -> int:
    return sum(each.done() for each in claims)


def test_of_many_workers_at_once_one_gets_a_text_of_a_number_each_second(desk: Desk) -> None:
    for _ in range(WORKERS):
        queue(desk, Kind.STAFF)

    assert claim_at_once(desk) == 1
    assert claim_at_once(desk) == 0
    desk.clock.move(seconds=1)
    assert claim_at_once(desk) == 1


class SlowCarrier:
    """The same carrier, whose first answer to one of its calls takes until it is let go."""

    def __init__(self, carrier: Carrier, call: str) -> None:
        self._carrier, self._call = carrier, call
        self.is_asked, self.goes_on = Event(), Event()
        self.times_asked = 0

    def __getattr__(self, name: str) -> Any:
        if name == self._call:
            self.times_asked += 1
            if self.times_asked == 1:
                self.is_asked.set()
                self.goes_on.wait(60)
        return getattr(self._carrier, name)


@contextmanager
def two_processes(desk: Desk, settings: Settings, carrier: Any) -> Iterator[list[Deployment]]:
    """Two of ours on one database; what one of them holds is held for longer than the test takes."""
    settings = replace(settings, lease=timedelta(minutes=5))
    opened = [
        Deployment(settings, Database(desk.database.url), carrier, shipped_pack(), NO_VOCABULARY)
        for _ in range(2)
    ]
    try:
        yield opened
    finally:
        for here in opened:
            here.close()


def lose_an_answer(desk: Desk) -> None:
    queue(desk)
    desk.carrier.script(UNKNOWN)
    drain(desk)


def miss_a_text(desk: Desk) -> None:
    desk.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "hello")


def hear_nothing_for_a_day(desk: Desk) -> None:
    queue(desk)
    drain(desk)
    with desk.database.write() as session:
        session.execute(update(Attempt).values(finished_at=datetime.now(UTC) - timedelta(days=2)))


def put_a_backup_back(desk: Desk) -> None:
    desk.carrier.take(OutboundText(OUR_NUMBER, CLIENT_NUMBER, "How do you like it?", timedelta(hours=1), ""))
    with desk.database.write() as session:
        make_reminder(session, make_visit(session, session.get_one(Client, desk.client_id)))
        installation(session).reminders_wait_since = NOON + timedelta(hours=3)


@pytest.mark.parametrize(
    ("name", "arrange", "call"),
    [
        ("look up unknown sends", lose_an_answer, "list_sent_to"),
        ("missed texts", miss_a_text, "list_received_by"),
        ("stuck texts", hear_nothing_for_a_day, "fetch_message"),
        ("end of a restore", put_a_backup_back, "list_sent_to"),
    ],
)
def test_a_job_of_two_processes_never_asks_the_carrier_twice_at_once(
    desk: Desk, settings: Settings, name: str, arrange: Callable[[Desk], None], call: str
) -> None:
    arrange(desk)
    (act,) = [job.act for job in JOBS if job.name == name]
    carrier = SlowCarrier(desk.carrier, call)
    with two_processes(desk, settings, carrier) as (one, other), ThreadPoolExecutor(1) as pool:
        asking = pool.submit(act, one)
        try:
            until(lambda: carrier.is_asked.is_set() or asking.done())
            act(other)
            assert carrier.times_asked == 1
        finally:
            carrier.goes_on.set()
        asking.result(60)
