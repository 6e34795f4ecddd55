"""Hours at ten times a clinic's load with a fault every few minutes: memory, descriptors and threads stay as they are.

AFTERCARE_SOAK_MINUTES sets the length (120). Prints a line a minute.
"""

import itertools
import os
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import linear_regression, mean, median

import pytest
from sqlalchemy import text

from benchmarks.installation import fill_with_history
from cli.background import SENDERS
from tests.support import engines
from tests.support.oracle import violations
from tests.support.process import Process
from tests.support.processes import Stand, number_of_client, stand

MINUTES = float(os.environ.get("AFTERCARE_SOAK_MINUTES", "120"))
TEXTS_PER_MINUTE = 60  # ten times a busy clinic's: one text a second, in and out
HISTORY = 4_000  # conversations on file: what SQLite keeps of its file in memory is full from the start
WARM_UP_SHARE = 0.25  # of the time, until memory is looked at
QUESTION = "Can I work out tonight?"
OF_THE_CARRIER = ("accept_reset", "accept_error", "stall", "rate_limit", "junk")
FAULTS = (*OF_THE_CARRIER, "list down", "frozen", "locked")  # each in turn
EVERY_MINUTES = 3
STOPPED_S = 4.0  # longer than the lease: a frozen worker's texts are taken over
SLOPE_PER_HOUR = 0.05

pytestmark = [pytest.mark.soak, pytest.mark.timeout(0)]
Weight = tuple[int, int, int]


def test_one_machine_on_sqlite(tmp_path: Path) -> None:
    with stand(tmp_path) as here:
        soak(here, ("run",))


@pytest.mark.postgres
def test_web_and_worker_on_postgresql(tmp_path: Path) -> None:
    name = engines.cluster().make_database()
    with stand(tmp_path, engines.cluster().url(name)) as here:
        soak(here, ("web", "worker"))
    engines.cluster().drop_database(name)


def soak(here: Stand, commands: Sequence[str]) -> None:
    """Nothing grows in any of the processes, nothing is lost and nothing sent twice."""
    fill_with_history(here.database, first=0, size=HISTORY)
    processes = [here.start(command) for command in commands]
    here.wait(here.is_ready, "all to be ready")
    owed: dict[str, int] = {}
    seen: list[list[Weight]] = [[] for _ in processes]
    minutes_seen: list[float] = []
    begun = time.monotonic()
    for minute in itertools.count():
        if (minutes := (time.monotonic() - begun) / 60) >= MINUTES:
            break
        here.control("settings", {"list_mode": "ok"})
        if minute % EVERY_MINUTES == 0:
            number = minute // EVERY_MINUTES
            fault(here, FAULTS[number % len(FAULTS)], processes[number % len(processes)])
        owed |= a_minute(here, len(owed))
        minutes_seen.append(minutes)
        for command, process, weights in zip(commands, processes, seen, strict=True):
            weights.append(weight(process))
            print(f"minute {minutes:6.1f}  {command:6}  {in_words(weights[-1])}", flush=True)
    here.control("settings", {"list_mode": "ok"})
    here.wait(lambda: here.phones_reached() | here.phones_in_review() == set(owed), "every text", 600)
    time.sleep(6)

    in_review = here.phones_in_review()
    print(f"{len(owed)} texts owed, {len(in_review)} of them before a person")
    assert violations(here.accepted(), owed=owed, explained=in_review) == []
    assert len(in_review) <= len(owed) / 1000  # a lost answer while the list fails as well
    assert all(process.is_alive for process in processes)
    warm = sum(minutes < MINUTES * WARM_UP_SHARE for minutes in minutes_seen)
    for command, weights in zip(commands, seen, strict=True):
        check_growth(command, minutes_seen[warm:], weights[warm:])


def fault(here: Stand, name: str, process: Process) -> None:
    print(f"fault: {name}", flush=True)
    if name in OF_THE_CARRIER:
        here.control("script", [{"do": name, "seconds": 2.0, "times": 2}])
    elif name == "list down":
        here.control("settings", {"list_mode": "500"})
    elif name == "frozen":
        process.signal(signal.SIGSTOP)
        threading.Timer(STOPPED_S, process.signal, (signal.SIGCONT,)).start()
    else:
        threading.Thread(target=hold_locked, args=(here,)).start()


def hold_locked(here: Stand) -> None:
    """Nobody else writes messages meanwhile."""
    with here.database.write() as session:
        if not here.database.is_sqlite:
            session.execute(text("LOCK TABLE message IN EXCLUSIVE MODE"))
        time.sleep(STOPPED_S)


def a_minute(here: Stand, first: int) -> dict[str, int]:
    """Half of the numbers are owed a reminder, half ask; each is owed one text."""
    half = TEXTS_PER_MINUTE // 2
    numbers = [number_of_client(first + place) for place in range(2 * half)]
    clients = here.enrol(numbers)
    ends_at = time.monotonic() + 60
    for place in range(half):
        here.treat([clients[numbers[place]]])
        here.text(numbers[half + place], QUESTION)
        time.sleep(max(0.0, (ends_at - time.monotonic()) / (half - place)))
    return dict.fromkeys(numbers, 1)


def weight(process: Process) -> Weight:
    """Resident memory in kB, open files, threads: of the process and of those it started."""
    family = [process.popen.pid, *children_of(process.popen.pid)]
    memory, files, threads = zip(*(weight_of_one(pid) for pid in family), strict=True)
    return sum(memory), sum(files), sum(threads)


def children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def weight_of_one(pid: int) -> Weight:
    folder = Path("/proc") / str(pid)
    words = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines() if ":" in line)
    files = len(list((folder / "fd").iterdir()))
    return int(words["VmRSS"].split()[0]), files, int(words["Threads"])


def in_words(weight_of: Weight) -> str:
    return f"memory {weight_of[0]} kB  files {weight_of[1]}  threads {weight_of[2]}"


def check_growth(command: str, minutes: list[float], weights: list[Weight]) -> None:
    """Memory by least squares; threads and files, of which a send that is slow adds one each, by their middle.

    The carrier's client cuts a slow answer off by a timer, which is a thread for as long: one for each sender.
    The pool of PostgreSQL's connections grows once, to the most that were needed at one time.
    """
    if len(weights) < 9:
        return
    memory = [row[0] for row in weights]
    hourly = linear_regression(minutes, memory).slope * 60 / mean(memory)
    third = len(weights) // 3
    files = [
        median(row[1] for row in part) for part in (weights[:third], weights[third:-third], weights[-third:])
    ]
    threads = [row[2] for row in weights]
    print(f"{command}: memory {hourly:+.1%} an hour; files {files}; threads {sorted(set(threads))}")
    assert hourly < SLOPE_PER_HOUR or MINUTES < 60  # a short run says little about an hour
    assert abs(files[2] - files[1]) <= 1
    assert files[2] <= files[0] + SENDERS
    assert min(threads[:third]) == min(threads[-third:]) == median(threads)
    assert max(threads) <= min(threads) + SENDERS
