"""Our clock jumps an hour back or on, or a year on, in the middle of work (row 66). The carrier's clock does not."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from carriers.base import InboundText
from models.clinic import list_clinic_numbers, list_clinics
from models.reminder import Reminder
from scheduler.due import enqueue_due
from tests.support.crash import Fate, Meddler
from tests.support.factories import CLIENT_NUMBER, OUR_NUMBER, make_clinic_number
from tests.support.many_plans import plan_many
from tests.support.processes import number_of_client
from tests.support.world import Process, World, rules, voice

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
CHECK_INS, QUEUED = 24, 18
TEN = datetime(2026, 3, 17, 10, tzinfo=ZoneInfo("America/Chicago"))  # a Tuesday: day 14 of a visit on the 3rd
HOLDS_A_CLAIM, BEFORE_A_SEND, AFTER_A_SEND = 2, 5, 6  # moments of one send, as a Fate counts them


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("jump", [-HOUR, HOUR, 365 * DAY], ids=["back", "on", "a year on"])
def test_a_clock_that_jumps_sends_nothing_early_and_nothing_twice(world: World, jump: timedelta) -> None:
    numbers = owe_check_ins(world, CHECK_INS)
    world.clock.at = (TEN + MINUTE).astimezone(UTC)
    with world.line.database.write() as session:
        assert len(enqueue_due(session, world.clock.at, voice=voice(), limit=QUEUED).enqueued) == QUEUED
    running, log = start_unbraked(world, Fate(None)), world.carrier.log
    world.carrier.script(world.carrier.take_and_lose_reply)
    running.sender.deliver_next()
    owe_answer(running)  # leaves before a reminder does: the worker that holds a claim holds this one

    def clock_jumps() -> None:
        world.jump(jump)
        world.clock.move(seconds=2)
        running.tick()
        left.append(len(log))

    left: list[int] = []
    freeze(world, (HOLDS_A_CLAIM, BEFORE_A_SEND, AFTER_A_SEND), clock_jumps)
    left.append(len(log))
    for seconds in (*6 * [600], *12 * [5], *6 * [600]):
        running.tick()
        world.clock.move(seconds=seconds)
    running.end()

    by_those_who_saw_it = log[: left[0]] + log[left[1] :]
    early = {taken.text.to_number for taken in by_those_who_saw_it if taken.at < TEN}
    assert early <= {CLIENT_NUMBER}  # an answer has no hours
    got = Counter(taken.text.to_number for taken in log)
    assert set(got.values()) == {1}
    if jump < DAY:
        assert set(got) == {*numbers, CLIENT_NUMBER}
    else:
        assert (len(got), count_skipped(world, "check_in")) == (3, CHECK_INS - 3)


def owe_check_ins(world: World, count: int) -> list[str]:
    """So many clients whose check-in is due at TEN, on two numbers of ours: pace holds back one that has just sent."""
    numbers = [number_of_client(place) for place in range(count)]
    halves = (numbers[: count // 2], numbers[count // 2 :])
    with world.line.database.write() as session:
        make_clinic_number(session, list_clinics(session)[0], number="+15735550101")
        for ours, theirs in zip(list_clinic_numbers(session), halves, strict=True):
            plan_many(
                session,
                ours,
                theirs,
                treated_at=(TEN - 14 * DAY + HOUR).astimezone(UTC),
                already_sent=("aftercare_now", "exercise_over"),
                rules=rules(),
            )
    return numbers


def owe_answer(worker: Process) -> None:
    """A client has asked something."""
    sid = worker.world.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "Can I work out tonight?")
    worker.webhook(InboundText(sid, CLIENT_NUMBER, OUR_NUMBER, "Can I work out tonight?"))


def start_unbraked(world: World, fate: Fate) -> Process:
    """A worker of a clinic for which so many texts an hour are usual."""
    worker = Process(world, fate)
    worker.sender.mass_send_limit = 10 * CHECK_INS
    return worker


def freeze(world: World, moments: Sequence[int], act: Callable[[], None]) -> None:
    """Workers stand still, each at one of these moments of a send of its own, while `act` happens; then they go on."""
    if not moments:
        act()
        return
    worker = start_unbraked(world, Meddler(moments[0], lambda: freeze(world, moments[1:], act)))
    worker.sender.deliver_next()
    worker.end()


def count_skipped(world: World, step: str) -> int:
    """Steps of this name that were skipped, each with its reason."""
    rows = select(Reminder.id).where(
        Reminder.step == step, Reminder.status == "skipped", Reminder.reason != ""
    )
    with world.line.database.read() as session:
        return len(list(session.scalars(rows)))
