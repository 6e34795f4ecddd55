"""Starts `app.py` in a tenth of the time, for tests that kill it hundreds of times.

Importing costs a start seconds. The nursery is a process that has imported everything and read the shipped words, and
nothing else; what it forks begins where `app.py` does. A keeper between the two waits for its end and tells the code.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.support.with_us import end_with_us

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ("cli.run", "cli.web", "cli.worker")
BROUGHT_IN_BY_THEM = (
    "gunicorn.workers.gthread",
    "waitress",
    "carriers.twilio",
    "photos.store",
    "photos.fetch",
)
WORDS_BYTES = 1 << 16


class Forked:
    """A process of the nursery's: what Popen says of its own. Errors: subprocess.TimeoutExpired."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self.pid = int(line.recv(64))
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code; None = it runs."""
        return self._hear(0)

    def wait(self, timeout: float | None = None) -> int:
        """Until its end, `timeout` seconds at most."""
        code = self._hear(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return code

    def send_signal(self, sig: int) -> None:
        """To it alone."""
        if self.poll() is None:
            os.kill(self.pid, sig)

    def _hear(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._line], [], [], timeout)[0]:
            self.returncode = int(self._line.recv(64) or -signal.SIGKILL)
            self._line.close()
        return self.returncode


class Nursery:
    """The process that has everything in memory, as seen from the tests."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="aftercare-warm-")
        self._door = str(Path(self._folder.name) / "door")
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "tests.support.warm", self._door],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            preexec_fn=end_with_us,
        )
        assert self._popen.stdout is not None
        assert self._popen.stdout.readline() == b"ready\n"

    def start(
        self,
        words: Sequence[str],
        folder: Path,
        variables: Mapping[str, str],
        says: tuple[int, int],
        notes: Path | None = None,
    ) -> Forked:
        """Fork one that `says` to these open files what it writes to its standard output and error."""
        told = {"words": words, "folder": str(folder), "variables": variables, "notes": notes and str(notes)}
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line.connect(self._door)
        socket.send_fds(line, [json.dumps(told).encode()], says)
        return Forked(line)


@cache
def nursery() -> Nursery:
    """One for all tests of this process; it ends with it."""
    return Nursery()


def serve(path: str) -> int:
    """Fork whatever is asked for. Only what was forked comes back from here, by its exit code."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.bind(path)
        door.listen()
        print("ready", flush=True)
        while True:
            caller, _ = door.accept()
            if os.fork() == 0:
                door.close()
                return _keep(caller)
            caller.close()
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass


def _keep(caller: socket.socket) -> int:
    end_with_us()
    words, says, *_ = socket.recv_fds(caller, WORDS_BYTES, 2)
    child = os.fork()
    if child == 0:
        os.setsid()
        end_with_us()
        caller.send(str(os.getpid()).encode())
        caller.close()
        return _begin(json.loads(words), says)
    for standard in says:
        os.close(standard)
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(OSError):  # nobody waits for it any more
        caller.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _begin(told: dict[str, Any], says: Sequence[int]) -> int:
    for standard, said in enumerate(says, start=1):
        os.dup2(said, standard)
        os.close(said)
    os.chdir(told["folder"])
    os.environ.clear()
    os.environ.update(told["variables"])
    if told["notes"] is None:
        return _run(told["words"])
    from tests.support.system_calls import Tracer

    return Tracer(Path(told["notes"])).run(lambda: _run(told["words"]))


def _run(words: list[str]) -> int:
    from app import create_app
    from cli.main import run_command

    return run_command(words, create_app)


def _bring_everything_in() -> None:
    from app import create_app
    from config import ensure_keys, load_settings

    for name in (*COMMANDS, *BROUGHT_IN_BY_THEM):
        importlib.import_module(name)
    with TemporaryDirectory(prefix="aftercare-warm-") as folder:
        settings = ensure_keys(load_settings({"DATA_DIR": folder}))
        create_app(settings).extensions["deployment"].close()
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    _bring_everything_in()
    sys.exit(serve(sys.argv[1]))
