"""`run` on SQLite, killed at the n-th system call of each kind while a text comes in and a reminder goes out.

strace kills the process at the call itself: before the bytes are written, flushed, sent or read. Needs strace.
"""

import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.oracle import violations
from tests.support.processes import Process, number_of_client, stand

# The calls of one text in and one reminder out come to this many, as counted on Linux 6 with Python 3.11; the idle
# clock makes some of its own, so a few moments more are tried than the story needs. strace counts for each thread, and
# no thread connects twice in one story: `connect` is tried three times at its first.
CALLS: dict[str, Sequence[int]] = {
    "fdatasync": range(1, 10),
    "pwrite64": range(1, 25),
    "connect": (1, 1, 1),
    "sendto": range(1, 7),
    "recvfrom": range(1, 9),
}
QUESTION = "Can I work out tonight?"
pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]


@pytest.mark.parametrize("call", CALLS)
def test_killed_at_each_call_nothing_is_lost_or_doubled(call: str, tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    with stand(tmp_path, TICK_S="1") as here:
        if (
            call == "connect"
        ):  # one text waits for the carrier while the other leaves, on a connection of its own
            here.control("script", [{"do": "accept_stall", "seconds": 0.7, "times": 1000}])
        owed: dict[str, int] = {}
        killed = 0
        process = here.start_ready()
        for place, moment in enumerate(CALLS[call]):
            reminded, asking = number_of_client(2 * place), number_of_client(2 * place + 1)
            clients = here.enrol([reminded, asking])
            with killing_at(process, call, moment, tmp_path):
                here.treat([clients[reminded]])
                here.text(asking, QUESTION)
                killed += has_died(process, within_s=4)
            owed |= {reminded: 1, asking: 1}
            if not process.is_alive:
                process = here.start_ready()  # the start fetches what nobody was there to take
        if process.is_alive:
            process.kill()
        here.start_ready()
        here.wait(lambda: {text.to_number for text in here.accepted()} == set(owed), "every text", 60)
        time.sleep(4)

        assert violations(here.accepted(), owed=owed) == []
        assert killed >= 2, f"strace killed only {killed} times"
        print(f"{call}: {killed} kills, {len(owed)} texts owed: 0 lost, 0 twice")


class killing_at:  # noqa: N801 - reads as a phrase
    """While the block runs, the process dies at its n-th call of this kind."""

    def __init__(self, process: Process, call: str, moment: int, folder: Path) -> None:
        inject = f"inject={call}:signal=SIGKILL:when={moment}"
        words = ["strace", "-f", "-qq", "-p", str(process.popen.pid), "-e", f"trace={call}", "-e", inject]
        self._strace = subprocess.Popen([*words, "-o", str(folder / "strace")])

    def __enter__(self) -> None:
        time.sleep(0.3)

    def __exit__(self, *_error: object) -> None:
        self._strace.terminate()
        self._strace.wait(10)


def has_died(process: Process, *, within_s: float) -> bool:
    ends_at = time.monotonic() + within_s
    while process.is_alive and time.monotonic() < ends_at:
        time.sleep(0.05)
    return not process.is_alive
