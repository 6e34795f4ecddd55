"""Our clock was hours ahead and is set right: what was written meanwhile goes on as soon as ever (row 66)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from carriers.base import InboundText, Outcome, SendResult
from models.alert import Alert
from models.clinic import Clinic, ClinicNumber
from models.installation import SENDER, beat, last_beat
from models.lease import Lease
from models.message import Message
from models.photo import Photo
from photos.collect import RETRY_AFTER
from scheduler.put_right import put_right
from tests.support.crash import Fate, live_until_killed
from tests.support.factories import CLIENT_NUMBER, OUR_NUMBER, make_alert, make_conversation
from tests.support.scripted_carrier import SHORT, Reply
from tests.support.world import Process, World

AHEAD, PACE, SECOND = timedelta(hours=5), timedelta(seconds=1), timedelta(seconds=1)
OTHER_CLIENT = "+15735550177"
LOST = SendResult(Outcome.UNKNOWN)
SENDS = 6  # the moment of a send, as a Fate counts them, at which its intent is written and it has begun


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def worker(world: World) -> Iterator[Process]:
    worker = start(world, Fate(None))
    yield worker
    worker.end()


def test_the_next_text_of_a_number_that_sent_meanwhile_leaves_at_its_pace(
    world: World, worker: Process
) -> None:
    world.jump(AHEAD)
    ask(worker, CLIENT_NUMBER)
    worker.tick()
    world.jump(-AHEAD)

    ask(worker, OTHER_CLIENT)
    work_for(worker, 3 * SECOND)

    assert [taken.text.to_number for taken in world.carrier.log] == [CLIENT_NUMBER, OTHER_CLIENT]


def test_a_text_that_was_put_off_meanwhile_is_tried_again(world: World, worker: Process) -> None:
    world.jump(AHEAD)
    world.carrier.script(SendResult(Outcome.REJECTED_RETRY, retry_after=timedelta(minutes=2)))
    ask(worker, CLIENT_NUMBER)
    worker.tick()
    world.jump(-AHEAD)

    work_for(worker, SHORT.retry_longest + 5 * SECOND)

    assert len(world.carrier.log) == 1


@pytest.mark.parametrize(("is_taken", "is_list_down"), [(True, False), (False, False), (True, True)])
def test_a_lost_answer_of_that_time_is_settled_or_shown_in_time(
    world: World, worker: Process, is_taken: bool, is_list_down: bool
) -> None:
    world.jump(AHEAD)
    reply: Reply = world.carrier.take_and_lose_reply if is_taken else LOST
    world.carrier.script(reply)
    ask(worker, CLIENT_NUMBER)
    worker.tick()
    world.jump(-AHEAD)
    world.carrier.is_list_down = is_list_down

    work_for(worker, timedelta(minutes=5))

    assert len(world.carrier.log) == 1
    assert state(worker) == ("review" if is_list_down else "sent")


def test_what_a_worker_that_died_meanwhile_held_is_taken_over(world: World, worker: Process) -> None:
    world.jump(AHEAD)
    ask(worker, CLIENT_NUMBER)
    doomed = start(world, Fate(SENDS))
    live_until_killed(lambda: doomed.sender.deliver_next())
    doomed.end()
    held = state(worker)
    world.jump(-AHEAD)

    work_for(worker, timedelta(minutes=1))

    assert (held, state(worker)) == ("in_flight", "sent")
    assert len(world.carrier.log) == 1


def test_a_wait_that_the_carrier_asked_for_is_not_cut_short(world: World, worker: Process) -> None:
    world.carrier.script(SendResult(Outcome.REJECTED_RETRY, retry_after=timedelta(days=1)))
    ask(worker, CLIENT_NUMBER)
    worker.tick()

    work_for(worker, timedelta(minutes=1))

    with worker.database.read() as session:
        waits_until = session.scalars(select(ClinicNumber.next_send_at)).one()
    assert waits_until is not None
    assert waits_until - world.clock.at > timedelta(hours=23)
    assert moved(worker) == 0


def test_what_others_write_at_this_moment_is_left_alone(world: World, worker: Process) -> None:
    a_little_later = world.clock.at + timedelta(seconds=8)
    with worker.database.write() as session:
        session.add(Lease(name="missed", holder="a live one", until=a_little_later + timedelta(minutes=1)))
        beat(session, SENDER, a_little_later)

    assert moved(worker) == 0


def test_pages_photos_leases_and_beats_of_that_time_are_near_again(world: World, worker: Process) -> None:
    now, ahead = world.clock.at, world.clock.at + AHEAD
    with worker.database.write() as session:
        clinic = session.scalars(select(Clinic)).one()
        thread = make_conversation(session, clinic, number=OTHER_CLIENT)
        alert = make_alert(session, thread, next_page_at=ahead)
        photo = Photo(clinic_id=clinic.id, state="at_carrier", next_try_at=ahead, created_at=now)
        session.add_all([photo, Lease(name="missed", holder="a dead one", until=ahead)])
        beat(session, SENDER, ahead)

    assert moved(worker) == 4
    assert moved(worker) == 0

    with worker.database.read() as session:
        assert session.get_one(Alert, alert.id).next_page_at == now + timedelta(minutes=5)
        assert session.get_one(Photo, photo.id).next_try_at == now + RETRY_AFTER[-1]
        assert session.scalars(select(Lease.until)).one() == now + timedelta(minutes=1)
        assert last_beat(session, SENDER) == now


# --- moves ----------------------------------------------------------------------------------------------------------


def start(world: World, fate: Fate) -> Process:
    worker = Process(world, fate)
    worker.sender.pace = PACE
    return worker


def ask(worker: Process, number: str) -> None:
    sid = worker.world.carrier.receive(number, OUR_NUMBER, "Can I work out tonight?")
    worker.webhook(InboundText(sid, number, OUR_NUMBER, "Can I work out tonight?"))


def work_for(worker: Process, span: timedelta) -> None:
    ends_at = worker.world.clock.at + span
    while worker.world.clock.at < ends_at:
        worker.tick()
        worker.world.clock.move(seconds=min(span / PACE / 12, 10))


def state(worker: Process) -> str:
    with worker.database.read() as session:
        return session.scalars(select(Message.state).where(Message.direction == "outbound")).one()


def moved(worker: Process) -> int:
    with worker.database.write() as session:
        return put_right(session, machine=worker.world.clock.at, spans=SHORT, pace=PACE)
