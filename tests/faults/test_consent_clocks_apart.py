"""Our clock is minutes or hours from the carrier's, or was when a STOP or a START was pushed; another one was missed.

The one texted last counts (R3, rows 66 and 67). Short lives, played by hand with the rules of test_state_machine.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.faults.broken_promises import say
from tests.faults.test_state_machine import Life

MINUTE = timedelta(minutes=1)
FULL = pytest.mark.full
APART = pytest.mark.parametrize(
    "apart", [-5, 3, *(pytest.param(minutes, marks=FULL) for minutes in (-180, 0, 20, 180))]
)
THEN = pytest.mark.parametrize(
    "then", [0, *(pytest.param(minutes, marks=FULL) for minutes in (-180, -20, 20, 180))]
)


@pytest.fixture
def life() -> Iterator[Life]:
    made = Life()
    yield made
    made.is_broken = True  # its end is not played
    made.teardown()


@APART
@THEN
def test_a_stop_that_was_missed_counts_after_a_start_that_was_pushed(
    life: Life, apart: int, then: int
) -> None:
    life.world.jump(apart * MINUTE)
    say(life, "START")
    life.world.jump(then * MINUTE)
    life.time_passes(minutes=1)
    say(life, "STOP", is_pushed=False)
    life.worker_starts_again()

    assert life.world.line.is_stopped()


@APART
@THEN
def test_a_start_that_was_missed_does_not_undo_a_later_stop_that_was_pushed(
    life: Life, apart: int, then: int
) -> None:
    life.world.jump(apart * MINUTE)
    say(life, "START", is_pushed=False)
    life.time_passes(minutes=1)
    say(life, "STOP")
    life.world.jump(then * MINUTE)
    life.worker_starts_again()

    assert life.world.line.is_stopped()
