"""STOP at each point of a send (R3), and what else may change under a worker's hands."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from carriers.base import InboundText, Outcome, SendResult
from models.client import find_client
from models.clinic import list_clinic_numbers
from models.conversation import Conversation
from models.message import Message
from outbox.gate import Draft, enqueue
from outbox.kinds import Kind
from scheduler.due import enqueue_due
from scheduler.visits import correct_treatment
from tests.support.begun import read_begun
from tests.support.crash import Fate, Meddler
from tests.support.factories import CLIENT_NUMBER, NOON, ON_CALL_NUMBER, OUR_NUMBER
from tests.support.line import enrol
from tests.support.oracle import texts_to
from tests.support.slow_line import slow_line
from tests.support.world import Process, World, rules, voice

MOST_MOMENTS = 40


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def says(world: World, words: str) -> None:
    """The client's text is acknowledged when this returns."""
    sid = world.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, words)
    other = Process(world, Fate(None))
    other.webhook(InboundText(sid, CLIENT_NUMBER, OUR_NUMBER, words))
    other.end()


def owe_reminder(world: World) -> None:
    world.treat(at=NOON - timedelta(hours=19))


def write_as_staff(world: World) -> None:
    with world.line.database.write() as session:
        client = find_client(session, world.client_id)
        thread = session.get_one(Conversation, client.conversation_id)
        reply = Draft(
            clinic_id=client.clinic_id,
            conversation_id=thread.id,
            clinic_number_id=thread.clinic_number_id,
            their_number=thread.number,
            kind=Kind.STAFF,
            body="About your exercise: call us, please.",
        )
        enqueue(session, reply, now=NOON)


@pytest.mark.parametrize("owe", [owe_reminder, write_as_staff])
@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.full)])
def test_stop_at_each_point_of_a_send(tmp_path: Path, every: int, owe: Callable[[World], None]) -> None:
    """An intent on file is on its way: its last check held the same lock as STOP, at most a second before the wire."""
    for at in range(1, MOST_MOMENTS, every):
        folder = tmp_path / str(at)
        folder.mkdir()
        world = World(folder)
        owe(world)
        meddler = Meddler(at, lambda world=world: says(world, "STOP"))  # type: ignore[misc]
        worker = Process(world, meddler)
        worker.live(rounds=2)
        worker.end()

        texts = [body for body in texts_to(world.accepted(), CLIENT_NUMBER) if "exercise" in body]
        if not meddler.has_acted:
            assert len(texts) == 1
            break
        before, after = meddler.moments[: meddler.acted_after], meddler.moments[meddler.acted_after :]
        was_on_its_way = "before a send" in before or after[:1] == ["before a send"]  # its intent was on file
        assert len(texts) <= 1
        assert was_on_its_way or not texts, f"begun after STOP at moment {at}"
    else:
        raise AssertionError("the life never ends")


def test_a_lost_answer_is_not_repeated_after_stop(world: World) -> None:
    world.treat(at=NOON - timedelta(hours=19))
    world.carrier.script(SendResult(Outcome.UNKNOWN))
    worker = Process(world, Fate(None))
    worker.tick()
    says(world, "STOP")
    worker.live(rounds=8)
    worker.end()

    assert [body for body in texts_to(world.accepted(), CLIENT_NUMBER) if "exercise" in body] == []


def test_start_brings_no_old_reminders_back_after_their_time(world: World) -> None:
    """Nobody works in between, so both steps are as planned as before; one is still of use."""
    world.treat(at=NOON - timedelta(hours=19))
    world.client_id = enrol(world.line, name="Bea")
    world.treat(at=NOON - timedelta(days=13))
    says(world, "STOP")
    world.clock.move(days=2)
    says(world, "START")
    worker = Process(world, Fate(None))
    worker.live(rounds=4)
    worker.end()

    assert steps_begun(world) == ["check_in"]


@pytest.mark.parametrize("is_awake", [True, False], ids=["worker awake", "worker away"])
def test_start_soon_after_stop_brings_back_what_is_planned_and_not_what_was_queued(
    world: World, is_awake: bool
) -> None:
    enqueue_reminder(world)
    world.client_id = enrol(world.line, name="Bea")
    world.treat(at=NOON - timedelta(days=14, hours=1))
    worker = Process(world, Fate(None))
    says(world, "STOP")
    if is_awake:
        worker.live(rounds=2)
    assert world.carrier.begun == []
    world.clock.move(minutes=10)
    says(world, "START")
    worker.live(rounds=4)
    worker.end()

    assert steps_begun(world) == ["check_in"]


def steps_begun(world: World) -> list[str]:
    """The planned steps that were handed to the carrier."""
    with world.line.database.read() as session:
        steps = [read_begun(session, taken).step for taken in world.carrier.begun]
    return [step.name for step in steps if step is not None]


def test_stop_holds_for_everybody_on_a_shared_number(world: World) -> None:
    world.treat(at=NOON - timedelta(hours=19))
    sister = enrol(world.line, name="Bea")
    world.client_id = sister
    world.treat(at=NOON - timedelta(hours=19))
    says(world, "STOP")
    worker = Process(world, Fate(None))
    worker.live(rounds=3)
    worker.end()

    assert [body for body in texts_to(world.accepted(), CLIENT_NUMBER) if "exercise" in body] == []


def enqueue_reminder(world: World) -> None:
    owe_reminder(world)
    with world.line.database.write() as session:
        enqueue_due(session, NOON, voice=voice())


def owed(world: World) -> Message:
    with world.line.database.read() as session:
        kinds = (Kind.REMINDER, Kind.STAFF)
        return session.scalars(select(Message).where(Message.kind.in_(kinds))).one()


@pytest.mark.parametrize("owe", [enqueue_reminder, write_as_staff])
def test_stop_while_the_connection_is_made_keeps_the_text_back(
    world: World, tmp_path: Path, owe: Callable[[World], None]
) -> None:
    owe(world)
    with slow_line(world, tmp_path, lambda: says(world, "STOP")) as line:
        line.send()
        line.send()

    assert line.was_slow
    assert [body for body in line.bodies() if "exercise" in body] == []
    assert (owed(world).state, owed(world).reason["refused"]) == ("refused", "stopped")


def test_a_text_whose_connection_took_too_long_is_decided_anew_and_leaves_once(
    world: World, tmp_path: Path
) -> None:
    write_as_staff(world)
    with slow_line(world, tmp_path, lambda: None) as line:
        line.send()
        assert (line.bodies(), owed(world).state) == ([], "queued")
        line.send()
        line.send()

    assert len(line.bodies()) == 1
    assert owed(world).state == "sent"


def test_an_alert_leaves_however_long_the_connection_took(world: World, tmp_path: Path) -> None:
    with world.line.database.write() as session:
        number = list_clinic_numbers(session)[0]
        page = Draft(
            clinic_id=number.clinic_id,
            conversation_id=None,
            clinic_number_id=number.id,
            their_number=ON_CALL_NUMBER,
            kind=Kind.ALERT,
            body="Urgent text waiting",
        )
        enqueue(session, page, now=NOON)
    with slow_line(world, tmp_path, lambda: None) as line:
        line.send()

    assert line.bodies() == ["Urgent text waiting"]


def test_a_queued_text_waits_where_the_treatment_turns_out_to_be_later(world: World) -> None:
    """R4: the 16 hours count from when it really was, also for a text that only waits for its turn."""
    world.treat(at=NOON - timedelta(hours=17))
    with world.line.database.write() as session:
        assert len(enqueue_due(session, NOON, voice=voice()).enqueued) == 1
        at = NOON - timedelta(hours=14)
        correct_treatment(session, 1, injected_at=at, actor="staff:1", rules=rules(), now=NOON)
    worker = Process(world, Fate(None))
    worker.live(rounds=2)
    assert "exercise_over" not in steps_begun(world)
    world.clock.move(hours=2)
    worker.live(rounds=2)
    worker.end()

    assert steps_begun(world).count("exercise_over") == 1


def test_a_queued_text_never_leaves_where_a_newer_visit_has_closed_it(world: World) -> None:
    world.treat(at=NOON - timedelta(hours=17))
    with world.line.database.write() as session:
        assert len(enqueue_due(session, NOON, voice=voice()).enqueued) == 1
    world.treat(at=NOON - timedelta(hours=1))
    worker = Process(world, Fate(None))
    worker.live(rounds=2)
    worker.end()

    assert "exercise_over" not in steps_begun(world)


def test_a_lost_answer_is_not_repeated_where_a_newer_visit_has_closed_the_step(world: World) -> None:
    world.treat(at=NOON - timedelta(hours=19))
    world.carrier.script(SendResult(Outcome.UNKNOWN))
    worker = Process(world, Fate(None))
    worker.tick()
    assert steps_begun(world) == ["exercise_over"]
    world.treat(at=NOON - timedelta(hours=1))
    worker.live(rounds=8)
    worker.end()

    assert steps_begun(world).count("exercise_over") == 1
