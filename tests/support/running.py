"""Starts the product as processes, as an operator would, and asks it over HTTP on loopback."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from tests.support.process import Started
from tests.support.warm import nursery

ROOT = Path(__file__).resolve().parents[2]
QUICK = {"TICK_S": "0.1", "MESSAGES_PER_SECOND": "100"}
STARTS_WITHIN_S = 60
ENDS_WITHIN_S = 15  # RULES 9


class Running:
    """One process of ours, started warm (`warm.py`); cold, as anybody would, where `stderr` is turned elsewhere."""

    process: Started

    def __init__(self, command: str, folder: Path, variables: Mapping[str, str], *, stderr: str = "") -> None:
        env = {
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(folder / "var"),
            "BIND": "127.0.0.1:0",
            **QUICK,
            **variables,
        }
        self._log = folder / f"stderr-{time.monotonic_ns()}"  # a pipe that nobody reads fills and blocks
        reading, writing = os.pipe()
        with self._log.open("wb") as log, os.fdopen(writing, "wb") as out:
            says = out.fileno(), log.fileno()
            if stderr:
                words = ["sh", "-c", f'exec "{sys.executable}" "{ROOT / "app.py"}" {command} {stderr}']
                self.process = subprocess.Popen(words, cwd=folder, env=env, stdout=says[0], stderr=says[1])
            else:
                self.process = nursery().start([command], folder, env, says)
        self._out = os.fdopen(reading, encoding="utf-8")
        self.said: list[str] = []

    def wait_for_line(self, pattern: str) -> str:
        """Read what it prints until a line matches; the first group of the match."""
        for line in self._out:
            self.said.append(line)
            if found := re.search(pattern, line):
                return found.group(found.lastindex or 0)
        raise AssertionError(f"it ended without saying {pattern}: {self.end_text()}")

    def end(self, *, signals: int = 1) -> int:
        """SIGTERM, then its exit code. Raises TimeoutExpired where it does not end in time."""
        for _ in range(signals):
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(ENDS_WITHIN_S)

    def end_text(self) -> str:
        """What it wrote to stderr."""
        self.process.wait(ENDS_WITHIN_S)
        return self._log.read_text(encoding="utf-8")

    def kill(self) -> None:
        """However the test ended."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(ENDS_WITHIN_S)
        self._out.close()


def ask(url: str, *, data: bytes | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Status and body of one request."""
    request = urllib.request.Request(url, data=data, headers=dict(headers or {}))
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def wait_until_ready(url: str) -> None:
    """Until /readyz is green."""
    for _ in range(STARTS_WITHIN_S * 5):
        try:
            if ask(f"{url}/readyz")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"not ready: {ask(f'{url}/readyz')}")
