"""Killed as it begins a system call that writes or talks, while one text comes in and one reminder goes out (rows 1-5).

One unharmed story says which calls there are: on the database's file and its log (SQLite), on the connections to the
database (PostgreSQL), to the carrier and to whoever texts. Of each kind so many are tried, the first and the last among
them: a few in `make test-full`, all in `make soak`, else AFTERCARE_CALLS_EACH. The bytes of the call are not written,
sent or read any more.
"""

import os
import platform
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, make_url, select

from models.message import Message
from tests.support.engines import ON_BOTH, POSTGRESQL, SQLITE
from tests.support.oracle import violations
from tests.support.process import Process
from tests.support.processes import ROOT, Stand, number_of_client, stand
from tests.support.system_calls import NUMBERS, Kind, Moment, begin_notes, empty, followed, noted, order_notes

EACH = os.environ.get("AFTERCARE_CALLS_EACH")
SIZES = (
    pytest.param(int(EACH or 6), id="some", marks=(pytest.mark.full, pytest.mark.timeout(3600))),
    pytest.param(int(EACH or 10_000), id="every", marks=(pytest.mark.soak, pytest.mark.timeout(0))),
)
COMMANDS = {SQLITE: ("run",), POSTGRESQL: ("web", "worker")}
WITH_OTHERS = {
    *(Kind("recvfrom", "caller"), Kind("sendto", "caller")),
    *(Kind("connect", "carrier"), Kind("sendto", "carrier"), Kind("recvfrom", "carrier")),
}
ON_FILE = {
    Kind(call, file) for call in ("pwrite64", "fdatasync") for file in ("aftercare.db", "aftercare.db-wal")
}
AT_THE_SERVER = {Kind(call, on) for call in ("sendto", "recvfrom") for on in ("database", "database, COMMIT")}
MUST_BE_HIT = {SQLITE: WITH_OTHERS | ON_FILE, POSTGRESQL: WITH_OTHERS | AT_THE_SERVER}
FULL_LOG_BYTES = 4_200_000  # more than 1000 pages: SQLite brings its log into the file at the next commit
HAPPENS_WITHIN_S = 3  # of a story that has come to its end
STORIES = 3  # told until one comes as far as the call to be killed at: how often a process looks differs
LEAST_HIT = 0.8  # of the calls of the first story: some are of looks that another story has no time for
READY_WITHIN_S = 300
QUESTION = "Can I work out tonight?"
pytestmark = pytest.mark.skipif(
    platform.system() != "Linux" or platform.machine() not in NUMBERS, reason="needs Linux's ptrace"
)


class Bench:
    """The processes of one installation, each of them followed, and the phones of every story so far."""

    def __init__(self, here: Stand, commands: Sequence[str]) -> None:
        self.here = here
        self.owed: dict[str, int] = {}
        self._lives: dict[str, Process] = {}
        self._commands = commands
        self._ports = {here.port: "caller", int(here.carrier_url.rsplit(":", 1)[1]): "carrier"}
        if port := make_url(here.settings.database_url).port:
            self._ports[port] = "database"

    def start(self) -> None:
        """Start what does not run, and live every story so far to its end."""
        self.here.wait(self._are_all_up, "all to be ready", READY_WITHIN_S)
        self.here.wait(self.has_settled, "every text", READY_WITHIN_S)

    def story(self, kill: tuple[str, Moment] | None = None) -> None:
        """One reminder falls due and one text comes in; where it is said so, a process dies on the way."""
        for command, process in self._lives.items():
            kill_at = kill[1] if kill and kill[0] == command else None
            begin_notes(process.popen.pid, self._notes(command), self._ports, kill_at)
        reminded, asking = (number_of_client(len(self.owed) + place) for place in range(2))
        clients = self.here.enrol([reminded, asking])
        self.owed |= {reminded: 1, asking: 1}
        self.here.treat([clients[reminded]])
        fill_log(self.here)
        self.here.text(asking, QUESTION)

    def kill_at(self, command: str, moment: Moment) -> bool:
        """Tell stories until the process dies there; whether it did."""
        for _ in range(STORIES):
            self.story((command, moment))
            is_hit = self.is_hit(command, moment)
            self.start()
            if is_hit:
                return True
        return False

    def calls(self, command: str) -> list[Moment]:
        """What this process has begun since the story did."""
        return noted(self._notes(command))

    def is_hit(self, command: str, moment: Moment) -> bool:
        """Whether it came so far: then it was killed there."""
        ends_at, is_quiet = time.monotonic() + READY_WITHIN_S, False
        while time.monotonic() < ends_at:
            if moment in self.calls(command):
                if command != "web":  # of which one of its children dies and is replaced
                    self._lives[command].popen.wait(30)
                return True
            if not is_quiet and self.has_settled():
                ends_at, is_quiet = time.monotonic() + HAPPENS_WITHIN_S, True
            time.sleep(0.1)
        assert is_quiet, "the story has not come to its end"
        return False

    def end(self) -> None:
        """Every process is killed and started once more, and every text arrives."""
        for process in self._lives.values():
            process.kill()
        self.start()
        time.sleep(4)  # a double would come after the grace

    def has_settled(self) -> bool:
        """Whether every phone has its text and nothing is on its way."""
        with self.here.database.read() as session:
            waiting = select(func.count()).where(
                Message.state.in_(("queued", "claimed", "in_flight", "unknown"))
            )
            return self.here.phones_reached() == set(self.owed) and not session.scalar(waiting)

    def _are_all_up(self) -> bool:
        for command in self._commands:  # one that was to die may do so only now
            if command not in self._lives or not self._lives[command].is_alive:
                self._lives[command] = self.here.start_followed(command, empty(self._notes(command)))
        worker = self._lives.get("worker")  # of an earlier one /readyz may still think well
        return (
            worker is None or "Working" in worker.log.read_text(encoding="utf-8")
        ) and self.here.is_ready()

    def _notes(self, command: str) -> Path:
        return self.here.folder / f"calls-{command}"


def fill_log(here: Stand) -> None:
    """SQLite's log is longer than it likes, so that the story's next commit brings it into the file."""
    if not here.database.is_sqlite:
        return
    file = here.database.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, timeout=30)) as opened, opened:
        opened.execute("PRAGMA wal_autocheckpoint = 0")
        opened.execute("CREATE TABLE IF NOT EXISTS filling (id INTEGER PRIMARY KEY, bytes BLOB)")
        opened.execute("INSERT OR REPLACE INTO filling VALUES (1, zeroblob(?))", (FULL_LOG_BYTES,))


def chosen(calls: Sequence[Moment], each: int) -> list[Moment]:
    """Of each kind at most so many, spread from the first to the last."""
    counts = Counter(moment.kind for moment in calls)
    return [Moment(kind, n) for kind in sorted(counts) for n in spread(counts[kind], each)]


def spread(count: int, each: int) -> list[int]:
    tries = min(each, count)
    return [1 + round(place * (count - 1) / max(1, tries - 1)) for place in range(tries)]


@ON_BOTH
@pytest.mark.parametrize("each", SIZES)
def test_killed_at_each_call_nothing_is_lost_or_doubled(
    tmp_path: Path, engine: str, stand_url: str | None, each: int
) -> None:
    with stand(tmp_path, stand_url, TICK_S="1") as here:
        bench = Bench(here, COMMANDS[engine])
        bench.start()
        bench.story()
        here.wait(bench.has_settled, "an unharmed story", READY_WITHIN_S)
        seen = {command: bench.calls(command) for command in COMMANDS[engine]}
        hit: list[tuple[str, Moment]] = []
        missed: list[tuple[str, Moment]] = []
        for command, calls in seen.items():
            for moment in chosen(calls, each):
                is_hit = bench.kill_at(command, moment)
                (hit if is_hit else missed).append((command, moment))
                kind = moment.kind
                print(
                    f"{command} {'' if is_hit else 'NOT '}killed at {kind.call} on {kind.on}, no. {moment.n}",
                    flush=True,
                )
        bench.end()

        assert violations(here.accepted(), owed=bench.owed) == []
        assert MUST_BE_HIT[engine] <= {moment.kind for _, moment in hit}
        assert len(hit) >= LEAST_HIT * (len(hit) + len(missed))
        for (command, kind), count in sorted(
            Counter((command, moment.kind) for command, moment in hit).items()
        ):
            of = sum(moment.kind == kind for moment in seen[command])
            print(f"{command}: {kind.call} on {kind.on}: {count} kills at {of} calls of an unharmed story")
        print(f"{len(hit)} kills, {len(bench.owed)} texts owed: 0 lost, 0 twice")


@pytest.mark.full
def test_the_call_asked_for_is_the_last_and_leaves_nothing(tmp_path: Path) -> None:
    writes = (
        "import os; f = os.open('file', os.O_CREAT | os.O_WRONLY); [os.pwrite(f, b'x', n) for n in range(9)]"
    )
    words = [*followed(tmp_path / "calls"), sys.executable, "-c", writes]
    third = Moment(Kind("pwrite64", "file"), 3)
    order_notes(tmp_path / "calls", {}, third)

    code = subprocess.run(words, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, check=False).returncode

    assert code == 256 - signal.SIGKILL
    assert noted(tmp_path / "calls")[-1] == third
    assert (tmp_path / "file").read_bytes() == b"xx"
