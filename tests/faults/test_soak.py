"""Hours at ten times a clinic's load with a fault every few minutes: memory, descriptors and threads stay as they are.

AFTERCARE_SOAK_MINUTES sets the length (120). Prints a line a minute.
"""

import os
import random
import time
from pathlib import Path

import pytest

from benchmarks.installation import fill_with_history
from tests.support.oracle import violations
from tests.support.processes import Process, Stand, number_of_client, stand

MINUTES = float(os.environ.get("AFTERCARE_SOAK_MINUTES", "120"))
TEXTS_PER_MINUTE = 60  # ten times a busy clinic's: one text a second, in and out
HISTORY = 4_000  # conversations on file: what SQLite keeps of its file in memory is full from the start
WARM_UP_SHARE = 0.25  # of the time, until memory is looked at
QUESTION = "Can I work out tonight?"
FAULTS = ("accept_reset", "accept_error", "stall", "rate_limit", "junk", "list down", "list up")
SLOPE_PER_HOUR = 0.05

pytestmark = [pytest.mark.soak, pytest.mark.timeout(0)]


def test_nothing_grows_and_nothing_is_lost(tmp_path: Path) -> None:
    with stand(tmp_path) as here:
        fill_with_history(here.database, first=0, size=HISTORY)
        process = here.start_ready()
        owed: dict[str, int] = {}
        seen: list[tuple[float, int, int, int]] = []
        chance, begun = random.Random(11), time.monotonic()
        while (minutes := (time.monotonic() - begun) / 60) < MINUTES:
            fault(here, chance, every=3, minutes=minutes)
            owed |= a_minute(here, len(owed))
            seen.append((minutes, *weight(process)))
            print(
                f"minute {minutes:6.1f}  memory {seen[-1][1]} kB  files {seen[-1][2]}  threads {seen[-1][3]}",
                flush=True,
            )
        here.control("settings", {"list_mode": "ok"})
        here.wait(lambda: {text.to_number for text in here.accepted()} == set(owed), "every text", 300)
        time.sleep(6)

        assert violations(here.accepted(), owed=owed) == []
        assert process.is_alive
        check_growth([row for row in seen if row[0] >= MINUTES * WARM_UP_SHARE])


def fault(here: Stand, chance: random.Random, *, every: int, minutes: float) -> None:
    if int(minutes) % every:
        return
    name = chance.choice(FAULTS)
    if name.startswith("list"):
        here.control("settings", {"list_mode": "500" if name == "list down" else "ok"})
    else:
        here.control("script", [{"do": name, "seconds": 2.0, "times": 2}])


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


def weight(process: Process) -> tuple[int, int, int]:
    """Resident memory in kB, open files, threads."""
    folder = Path("/proc") / str(process.popen.pid)
    words = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines() if ":" in line)
    files = len(list((folder / "fd").iterdir()))
    return int(words["VmRSS"].split()[0]), files, int(words["Threads"])


def check_growth(rows: list[tuple[float, int, int, int]]) -> None:
    """Least squares over memory; descriptors and threads within a few of where they were."""
    count = len(rows)
    if count < 3:
        return
    mean_x = sum(row[0] for row in rows) / count
    mean_y = sum(row[1] for row in rows) / count
    slope = sum((row[0] - mean_x) * (row[1] - mean_y) for row in rows) / sum(
        (row[0] - mean_x) ** 2 for row in rows
    )
    share = slope * 60 / mean_y
    files, threads = (rows[0][2], rows[-1][2]), (rows[0][3], rows[-1][3])
    print(
        f"memory grows by {share:.1%} an hour; files {files[0]} -> {files[1]}; threads {threads[0]} -> {threads[1]}"
    )
    assert share < SLOPE_PER_HOUR or MINUTES < 60  # a short run says little about an hour
    assert abs(files[1] - files[0]) <= 10
    assert abs(threads[1] - threads[0]) <= 10
