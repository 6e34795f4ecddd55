"""STOP at each point of a send (R3), and what else may change under a worker's hands."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from carriers.base import InboundText, Outcome, SendResult
from models.client import find_client
from models.conversation import Conversation
from outbox.gate import Draft, enqueue
from outbox.kinds import Kind
from tests.support.crash import Fate
from tests.support.factories import CLIENT_NUMBER, NOON, OUR_NUMBER
from tests.support.line import enrol
from tests.support.oracle import texts_to
from tests.support.world import Process, World

MOST_MOMENTS = 40


class Meddler(Fate):
    """Lets something else happen at one moment of a life, between transactions."""

    def __init__(self, at: int, act: Callable[[], None]) -> None:
        super().__init__(None)
        self._at, self._act = at, act
        self.has_acted = False
        self.acted_after = 0

    def pass_by(self, moment: str) -> None:
        super().pass_by(moment)
        if moment == "before a commit" or self.has_acted or len(self.moments) < self._at:
            return
        self.has_acted, self.acted_after = True, len(self.moments)
        self._act()


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
    world.treat(at=NOON - timedelta(hours=19))
    says(world, "STOP")
    worker = Process(world, Fate(None))
    worker.live(rounds=1)
    world.clock.move(days=2)
    says(world, "START")
    worker.live(rounds=4)
    worker.end()

    assert [body for body in texts_to(world.accepted(), CLIENT_NUMBER) if "exercise again" in body] == []


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
