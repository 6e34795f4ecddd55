"""One process of ours: started cold as anybody would, or from one that has everything in memory (`warm.py`)."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tests.support.warm import nursery
from tests.support.with_us import end_with_us


class Started(Protocol):
    """What is asked of a process; subprocess.Popen has it."""

    pid: int
    returncode: int | None

    def poll(self) -> int | None:
        """Its exit code; None = it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Until its end, `timeout` seconds at most."""

    def send_signal(self, sig: int) -> None:
        """To it alone."""


class Process:
    """One process of ours in its own group; its words go to a file."""

    def __init__(self, started: Started, log: Path) -> None:
        self.popen = started
        self.log = log

    def signal(self, number: int) -> None:
        """To the whole group, while it is there: its number may be another's later."""
        if self.is_alive:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.popen.pid, number)

    def kill(self) -> None:
        """kill -9, and wait for the end."""
        self.signal(signal.SIGKILL)
        self.popen.wait(30)

    def end(self, within_s: float = 20) -> int:
        """SIGTERM; its exit code."""
        self.popen.send_signal(signal.SIGTERM)
        return self.popen.wait(within_s)

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self.popen.poll() is None


def start_cold(words: Sequence[str], folder: Path, variables: Mapping[str, str], log: Path) -> Process:
    """A program from its file on the disk."""
    with log.open("ab") as said:
        popen = subprocess.Popen(
            words,
            cwd=folder,
            env=dict(variables),
            stdout=said,
            stderr=said,
            start_new_session=True,
            preexec_fn=end_with_us,
        )
    return Process(popen, log)


def start_warm(
    words: Sequence[str], folder: Path, variables: Mapping[str, str], log: Path, notes: Path | None = None
) -> Process:
    """`app.py` with these words, in a tenth of the time; followed by a tracer where there is a folder for its notes."""
    with log.open("ab") as said:
        says = said.fileno(), said.fileno()
        return Process(nursery().start(words, folder, variables, says, notes), log)
