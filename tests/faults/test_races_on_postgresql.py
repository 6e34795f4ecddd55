"""Two at once on PostgreSQL: what row locks, advisory locks and a second try settle there, and SQLite never meets."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.conversation import Conversation, lock_conversation
from models.installation import TICK
from models.lease import is_alone
from models.message import Message
from scheduler.due import enqueue_due
from tests.support import engines
from tests.support.factories import NOON
from tests.support.line import enrol
from tests.support.world import World, voice

pytestmark = pytest.mark.postgres


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with engines.chosen(engines.POSTGRESQL):
        yield World(tmp_path)


def both(first: object, second: object) -> list[BaseException]:
    """Do two things at once; what they raised."""
    raised: list[BaseException] = []

    def guarded(act: object) -> None:
        try:
            act()  # type: ignore[operator]
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=guarded, args=(act,)) for act in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


def test_a_deadlock_is_tried_anew_and_both_come_through(world: World) -> None:
    enrol(world.line, name="Bea", number="+15735550143")
    database = world.line.database
    with database.read() as session:
        one, two = session.scalars(select(Conversation.id).order_by(Conversation.id))
    meet, tries = threading.Barrier(2), []

    def lock(first: int, second: int) -> None:
        def act(session: Session) -> None:
            tries.append(first)
            lock_conversation(session, first)
            if len(tries) <= 2:
                meet.wait(10)
            lock_conversation(session, second).snoozed_until = NOON

        database.settle(act)

    raised = both(lambda: lock(one, two), lambda: lock(two, one))

    assert raised == []
    assert len(tries) > 2  # one of the two was taken back, and may have met the other once more


def test_trouble_of_the_database_is_no_fault_of_a_step(world: World) -> None:
    world.treat(at=NOON - timedelta(hours=19))
    database = world.line.database
    with database.write() as holder:
        lock_conversation(holder, 1)
        with database.write() as session:
            session.execute(text("SET LOCAL lock_timeout = '100ms'"))
            with pytest.raises(OperationalError):
                enqueue_due(session, NOON, voice=voice())
            session.rollback()
    with database.write() as session:
        done = enqueue_due(session, NOON, voice=voice())
    assert (len(done.enqueued), done.failed) == (1, [])


def test_two_ticks_at_once_write_each_text_once(world: World) -> None:
    world.treat(at=NOON - timedelta(hours=19))
    database, meet, alone = world.line.database, threading.Barrier(2), []

    def tick() -> None:
        with database.write() as session:
            meet.wait(10)
            alone.append(is_alone(session, TICK))
            if alone[-1]:
                enqueue_due(session, NOON, voice=voice())
            meet.wait(10)

    assert both(tick, tick) == []
    assert sorted(alone) == [False, True]
    with database.read() as session:
        texts = list(session.scalars(select(Message.kind).where(Message.direction == "outbound")))
    assert texts == ["reminder"]


def test_a_process_that_dies_gives_its_turn_back(world: World) -> None:
    database = world.line.database
    session = Session(database.engine)
    assert is_alone(session, TICK)
    session.connection().invalidate()  # the connection ends as with its process
    session.close()
    with database.write() as other:
        assert is_alone(other, TICK)
