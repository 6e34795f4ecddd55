"""Much at once: no memory left (R1, R2), thousands of texts due after days off (R4)."""

import contextlib
import itertools
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from models.clinic import list_clinic_numbers, list_clinics
from outbox.brake import release_hold
from outbox.delivery import Sender
from scheduler.due import enqueue_due
from scheduler.jobs import MOST_ROUNDS, ROUND
from tests.support.engines import ON_BOTH
from tests.support.factories import (
    CLINIC_ZONE,
    make_clinic_number,
)
from tests.support.many_plans import plan_many
from tests.support.oracle import violations
from tests.support.phones import all_ask, has_answered
from tests.support.process import Process
from tests.support.processes import number_of_client, stand
from tests.support.scripted_carrier import make_sender
from tests.support.world import Taken, World, rules, voice

Senders = Callable[[], object]  # sends all that may leave at this moment

QUESTION = "Can I work out tonight?"
DOUBLES_SHOW_AFTER_S = 6

ASKING = 40
ROOM_LEFT = 256 * 1024  # bytes: less than one request takes
EXERCISE_DAYS = (2, 3, 4)  # of March: "you can exercise again" is of use for 15 hours only
CHECK_IN_DAYS = (17, 18, 19, 20)  # of February: the check-in two weeks later is of use for four days
BACK = datetime(2026, 3, 6, 12, tzinfo=CLINIC_ZONE)  # a Friday, after three days without a worker
CROWDS = [  # how many, and when that evening they are released: too late for all of them on that day
    pytest.param(2_000, BACK.replace(hour=19, minute=56), id="2000", marks=pytest.mark.full),
    pytest.param(10_000, BACK.replace(hour=19, minute=30), id="10000", marks=pytest.mark.soak),
]
PACE = timedelta(seconds=1)


@pytest.mark.full
@pytest.mark.timeout(600)
def test_no_memory_left_loses_and_doubles_no_answer(tmp_path: Path) -> None:
    numbers = [number_of_client(place) for place in range(ASKING)]
    with stand(tmp_path) as here:
        here.enrol(numbers)
        process = here.start_ready(PYTHONMALLOC="malloc", MALLOC_MMAP_THRESHOLD_="4096")  # nothing set aside
        limit_memory(process, ROOM_LEFT)

        answers = Counter(answer for _, answer in all_ask(here, numbers, QUESTION, at_once=ASKING))
        was_felt = set(answers) != {200} or not process.is_alive or says_out_of_memory(process)
        limit_memory(process, None)
        here.wait(lambda: not process.is_alive or here.is_ready(), "the process whole or gone")
        process.kill()
        here.start_ready()
        here.wait(lambda: has_answered(here, numbers), "every phone's answer", 400)
        time.sleep(DOUBLES_SHOW_AFTER_S)

        assert was_felt
        assert set(answers) <= {200, 0, 500, 503}
        assert violations(here.accepted(), owed=dict.fromkeys(numbers, 1)) == []
        print(f"answers without memory: {dict(answers)}")


@ON_BOTH
@pytest.mark.parametrize(("crowd", "released_at"), CROWDS)
@pytest.mark.timeout(3600)
def test_thousands_due_after_three_days_off(tmp_path: Path, crowd: int, released_at: datetime) -> None:
    world = World(tmp_path)
    late, timely = plan_a_crowd(world, crowd)
    world.clock.at = BACK.astimezone(UTC)

    with two_senders(world) as send:
        for _ in range(len(late) // (ROUND * MOST_ROUNDS) + 5):
            tick(world)
            send()
        assert world.carrier.log == []
        assert skipped_with_a_reason(world) == len(late)
        assert count(world, "alert WHERE kind = 'system'") == 1

        world.clock.at = released_at.astimezone(UTC)
        with world.line.database.write() as session:
            assert release_hold(session, clinic_id=1, by="staff:1", now=world.clock.at)
        let_leave(world, send)
        evening = len(world.carrier.log)
        while world.clock.at.astimezone(CLINIC_ZONE).hour != 9:
            tick(world)
            send()
            world.clock.move(minutes=30)
        assert len(world.carrier.log) == evening
        let_leave(world, send)

    log = world.carrier.log
    assert 0 < evening < len(log)
    assert Counter(taken.text.to_number for taken in log) == Counter(timely)
    assert shortest_gap(log) >= PACE
    assert {taken.at.astimezone(CLINIC_ZONE).hour for taken in log} <= set(range(9, 20))
    assert skipped_with_a_reason(world) == len(late)
    assert count(world, "alert") == 1
    print(f"{len(late)} skipped, {evening} left that evening, {len(log) - evening} the next morning")


@ON_BOTH
def test_one_tick_skips_what_is_past_its_use_though_the_brake_holds_the_rest(tmp_path: Path) -> None:
    world = World(tmp_path)
    late, timely = plan_a_crowd(world, 6 * ROUND)
    world.clock.at = BACK.astimezone(UTC)
    with world.line.database.write() as session:
        list_clinics(session)[0].automatic_held_since = world.clock.at

    tick(world)

    assert skipped_with_a_reason(world) == len(late)
    assert count(world, "reminder WHERE step = 'check_in' AND status = 'planned'") == len(late) + len(timely)
    assert count(world, "message") == 0


def limit_memory(process: Process, room: int | None) -> None:
    """From now on the process gets only so many bytes more than it has; None = as many as it wants."""
    pid, limit = process.popen.pid, resource.RLIM_INFINITY
    if room is not None:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + room
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))


def says_out_of_memory(process: Process) -> bool:
    """Whether its log speaks of it."""
    return "MemoryError" in process.log.read_text(encoding="utf-8", errors="replace")


def plan_a_crowd(world: World, size: int) -> tuple[list[str], list[str]]:
    """The numbers whose text will be too late, and those whose text will not; each half on both numbers of ours."""
    numbers = [number_of_client(place) for place in range(size)]
    late, timely = numbers[: size // 2], numbers[size // 2 :]
    with world.line.database.write() as session:
        make_clinic_number(session, list_clinics(session)[0], number="+15735550101")
        ours = itertools.cycle(list_clinic_numbers(session))
        for month, days, crowd, sent in (
            (3, EXERCISE_DAYS, late, ("aftercare_now",)),
            (2, CHECK_IN_DAYS, timely, ("aftercare_now", "exercise_over")),
        ):
            for place, day in enumerate(days):
                plan_many(
                    session,
                    next(ours),
                    crowd[place :: len(days)],
                    treated_at=datetime(2026, month, day, 12, tzinfo=CLINIC_ZONE).astimezone(UTC),
                    already_sent=sent,
                    rules=rules(),
                )
    return late, timely


def tick(world: World) -> None:
    """What the clock does at one tick: short rounds while there is more to do, at most so many."""
    for _ in range(MOST_ROUNDS):
        with world.line.database.write() as session:
            done = enqueue_due(session, world.clock.at, voice=voice(), limit=ROUND)
        if not done.did_anything:
            return


@contextlib.contextmanager
def two_senders(world: World) -> Iterator[Senders]:
    """As many as send at the same time, each in a thread of its own."""
    pair = [make_sender(world.line.database, world.carrier, pace=PACE) for _ in range(2)]
    with ThreadPoolExecutor(len(pair)) as threads:
        yield lambda: list(threads.map(drain, pair))


def drain(sender: Sender) -> None:
    while sender.deliver_next():
        pass


def let_leave(world: World, send: Senders) -> None:
    """Second after second, with a tick every ten, until for a minute nothing has left."""
    quiet = 0
    for second in itertools.count():
        if quiet == 60:
            return
        before = len(world.carrier.log)
        if second % 10 == 0:
            tick(world)
        send()
        world.clock.move(seconds=1)
        quiet = 0 if len(world.carrier.log) > before else quiet + 1


def shortest_gap(log: Sequence[Taken]) -> timedelta:
    """Between two texts from the same number of ours."""
    by_number: dict[str, list[datetime]] = {}
    for taken in log:
        by_number.setdefault(taken.text.from_number, []).append(taken.at)
    assert len(by_number) == 2
    return min(second - first for times in by_number.values() for first, second in itertools.pairwise(times))


def skipped_with_a_reason(world: World) -> int:
    return count(world, "reminder WHERE step = 'exercise_over' AND status = 'skipped' AND reason <> ''")


def count(world: World, what: str) -> int:
    with world.line.database.read() as session:
        return int(session.execute(text(f"SELECT count(*) FROM {what}")).scalar_one())
