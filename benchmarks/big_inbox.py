"""The inbox and the claim of the next text in a large clinic, against a small one."""

import statistics
import time
from collections.abc import Callable

import clock
from benchmarks.installation import fill_with_history, small_installation
from models.database import Database
from models.thread_list import Tab, Viewer, count_threads, list_threads
from scheduler.jobs import make_sender

SMALL, LARGE = 1_000, 20_000
ROUNDS = 15


def main() -> None:
    """Print both sizes and their ratio."""
    times: dict[str, list[float]] = {}
    with small_installation() as app:
        here = app.extensions["deployment"]
        filled = 0
        for size in (SMALL, LARGE):
            fill_with_history(here.database, first=filled, size=size)
            filled = size
            sender = make_sender(here)
            times[f"inbox {size}"] = [_time(lambda: _look(here.database)) for _ in range(ROUNDS)]
            times[f"claim {size}"] = [_time(sender.deliver_next) for _ in range(ROUNDS)]
    for act in ("inbox", "claim"):
        small, large = (statistics.median(times[f"{act} {size}"]) for size in (SMALL, LARGE))
        print(
            f"{act:6} {SMALL} conversations {small * 1000:7.2f} ms   {LARGE} {large * 1000:7.2f} ms"
            f"   ratio {large / small:5.2f}"
        )


def _look(database: Database) -> None:
    with database.read() as session:
        viewer = Viewer(clinic_id=1, staff_id=1, now=clock.now(session))
        list_threads(session, viewer, Tab.NEEDS_REPLY)
        for tab in (Tab.URGENT, Tab.NEEDS_REPLY, Tab.MINE, Tab.SNOOZED, Tab.NOT_DELIVERED, Tab.REVIEW):
            count_threads(session, viewer, tab)


def _time(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
