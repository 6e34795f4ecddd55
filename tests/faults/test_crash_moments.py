"""Killed at every commit and every send of "one text in" and "one reminder out": nothing lost, nothing twice (R1, R2).

Judged by the carrier's log. The same moments in real processes, system call by system call: test_crash_calls.py.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from carriers.base import InboundText
from tests.support.crash import Fate, live_until_killed
from tests.support.factories import CLIENT_NUMBER, NOON, OUR_NUMBER
from tests.support.oracle import violations
from tests.support.world import Process, World

MOST_MOMENTS = 120
ROUNDS = {False: 2, True: 3}  # of the first life: until it has heard, or has looked up what it did not hear


def text_in(world: World, rounds: int) -> Callable[[Process], None]:
    """A question comes by webhook; the carrier has it on its own list as well."""
    sid = world.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "Can I work out tonight?")
    inbound = InboundText(sid, CLIENT_NUMBER, OUR_NUMBER, "Can I work out tonight?")

    def life(process: Process) -> None:
        process.webhook(inbound)
        process.live(rounds=rounds)

    return life


def reminder_out(world: World, rounds: int) -> Callable[[Process], None]:
    """The exercise text of yesterday's treatment is due."""
    world.treat(at=NOON - timedelta(hours=19))

    def life(process: Process) -> None:
        process.live(rounds=rounds)

    return life


@pytest.mark.parametrize(
    ("loses_reply", "every"),
    [
        pytest.param(False, 5, id="every fifth"),
        pytest.param(False, 1, id="reply heard", marks=pytest.mark.full),
        pytest.param(True, 1, id="reply lost", marks=pytest.mark.full),
    ],
)
@pytest.mark.parametrize("story", [text_in, reminder_out])
def test_killed_at_each_moment_it_is_sent_exactly_once(
    story: Callable[[World, int], Callable[[Process], None]], loses_reply: bool, every: int, tmp_path: Path
) -> None:
    for dies_at in range(1, MOST_MOMENTS, every):
        folder = tmp_path / str(dies_at)
        folder.mkdir()
        world = World(folder)
        life = story(world, ROUNDS[loses_reply])
        if loses_reply:
            world.carrier.script(world.carrier.take_and_lose_reply)
        fate = Fate(dies_at)
        first = Process(world, fate)
        has_lived = live_until_killed(lambda first=first, life=life: life(first))  # type: ignore[misc]
        first.end()
        world.clock.move(seconds=10)
        second = Process(world, Fate(None))
        second.live(rounds=5)
        second.end()

        assert violations(world.accepted(), owed={CLIENT_NUMBER: 1}) == [], fate.moments[-1:]
        if has_lived:
            break
    else:
        raise AssertionError("the story never ends")
    assert "after a send" in fate.moments
    print(f"killed at {(dies_at - 1) // every} moments: 0 lost, 0 twice")
