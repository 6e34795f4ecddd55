"""The fence between STOP and a send (R3) and the queue's row locks (R2) on PostgreSQL, two transactions at one time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot.conversation import handle_inbound
from carriers.base import InboundText
from config import load_settings
from models.database import FROZEN_FOR_S
from models.message import Message
from models.message_queue import lock_message
from outbox.claim import Claimed, claim
from outbox.intent import write_intent
from scheduler.due import enqueue_due
from tests.support import engines
from tests.support.crash import Fate
from tests.support.factories import CLIENT_NUMBER, NOON, OUR_NUMBER
from tests.support.line import enrol
from tests.support.scripted_carrier import SHORT
from tests.support.waiting import until_it_waits_for_a_lock
from tests.support.world import Process, World, voice

pytestmark = pytest.mark.postgres


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with engines.chosen(engines.POSTGRESQL):
        yield World(tmp_path)


def due_text(world: World) -> Claimed:
    """A reminder that is due, in a worker's hands."""
    with world.line.database.write() as session:
        enqueue_due(session, world.clock.at, voice=voice())
    return claim_one(world)


def claim_one(world: World) -> Claimed:
    claimed = claim(world.line.database, spans=SHORT, pace=timedelta(), clocks=world.clock.clocks())
    assert claimed is not None
    return claimed


def hear_stop(session: Session, world: World) -> None:
    sid = world.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "STOP")
    handle_inbound(
        session, InboundText(sid, CLIENT_NUMBER, OUR_NUMBER, "STOP"), world.clock.at, voice=voice()
    )


def test_a_send_waits_for_the_end_of_a_stop_and_is_not_begun(world: World) -> None:
    world.treat(at=NOON - timedelta(hours=19))
    claimed, database = due_text(world), world.line.database
    worker = Process(world, Fate(None))
    with ThreadPoolExecutor(1) as pool:
        with database.write() as stop:
            hear_stop(stop, world)
            stop.flush()
            sending = pool.submit(worker.sender._deliver, claimed)
            until_it_waits_for_a_lock(database, sending)
        sending.result(30)
    worker.end()

    assert world.carrier.sends == []
    with database.read() as session:
        assert session.get_one(Message, claimed.message_id).reason["refused"] == "stopped"


def test_a_stop_waits_for_the_end_of_an_intent_and_holds_for_what_follows(world: World) -> None:
    world.treat(at=NOON - timedelta(hours=19))
    claimed, database = due_text(world), world.line.database

    def stop() -> None:
        with database.write() as session:
            hear_stop(session, world)

    with ThreadPoolExecutor(1) as pool:
        with database.write() as session:
            ready = write_intent(
                session,
                claimed,
                public_url="https://clinic.example",
                mass_send_limit=None,
                spans=SHORT,
                clocks=world.clock.clocks(),
            )
            stopping = pool.submit(stop)
            until_it_waits_for_a_lock(database, stopping)
        stopping.result(30)

    assert ready is not None
    assert world.line.is_stopped()
    with database.read() as session:
        assert session.get_one(Message, claimed.message_id).state == "in_flight"


def test_an_expired_text_whose_rows_are_held_keeps_no_other_back(world: World) -> None:
    """A worker that froze in the middle of a transaction holds its rows for as long as the server lets it."""
    world.treat(at=NOON - timedelta(hours=19))
    held, database = due_text(world), world.line.database
    world.clock.move(seconds=SHORT.lease.total_seconds() + 1)
    world.client_id = enrol(world.line, name="Bea", number="+15735550143")
    world.treat(at=NOON - timedelta(hours=19))
    with database.write() as session:
        enqueue_due(session, world.clock.at, voice=voice())
    worker = Process(world, Fate(None))
    with database.write() as frozen:
        lock_message(frozen, held.message_id)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(worker.sender.deliver_next).result(4)
        assert [send.to_number for send in world.carrier.sends] == ["+15735550143"]
    worker.sender.recover()
    worker.end()

    with database.read() as session:
        assert session.get_one(Message, held.message_id).state == "queued"


def test_a_text_that_another_worker_is_claiming_is_passed_over(world: World) -> None:
    world.treat(at=NOON - timedelta(hours=19))
    world.client_id = enrol(world.line, name="Bea", number="+15735550143")
    world.treat(at=NOON - timedelta(hours=19))
    database = world.line.database
    with database.write() as session:
        enqueue_due(session, world.clock.at, voice=voice())
    queue = select(Message.id).where(Message.state == "queued").order_by(Message.id)
    with database.write() as other:
        first = other.execute(queue.limit(1).with_for_update()).scalar_one()
        assert claim_one(world).message_id > first


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tcp_user_timeout", "10000"),
        ("tcp_keepalives_idle", "5"),
        ("tcp_keepalives_count", "3"),
        ("synchronous_commit", "on"),
        ("idle_in_transaction_session_timeout", f"{FROZEN_FOR_S}s"),
    ],
)
def test_the_server_lets_go_of_who_is_cut_off_or_frozen_and_keeps_what_it_acknowledged(
    world: World, name: str, value: str
) -> None:
    with world.line.database.read() as session:
        assert session.scalar(text(f"SHOW {name}")) == value


def test_a_process_that_froze_in_the_middle_lets_go_before_its_lease_ends() -> None:
    assert timedelta(seconds=FROZEN_FOR_S) < load_settings({}).lease
