"""The power is cut while texts come in and go out, and the product starts on what the disk holds (R1, R2).

SQLite lies on a disk of its own (root mounts it); the next life begins on a copy made at the moment of the cut, so that
no page which was not flushed is there. PostgreSQL is stopped `immediate`: nothing that is only in its memory stays.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.oracle import violations
from tests.support.phones import Texted, one_after_another
from tests.support.postgres import Cluster, running_cluster
from tests.support.process import Process
from tests.support.processes import Stand, number_of_client, warm_stand

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]

QUESTION = "Can I work out tonight?"
LIVES = 4
REMINDED_A_LIFE = 6
REMINDED = [number_of_client(place) for place in range(LIVES * REMINDED_A_LIFE)]
ASKING = [number_of_client(1000 + place) for place in range(250)]
LATER_EACH_LIFE_S = 0.2  # all of them before the send is given up (SEND_TIMEOUT_S)
WAITED_FOR_S = 120
DOUBLES_SHOW_AFTER_S = 5
# What the carrier does with the first three of a life. At the cut: taken and not answered, never taken, not taken yet.
HELD_UP = (
    {"do": "accept_stall", "seconds": 5},
    {"do": "stall", "seconds": 5},
    {"do": "stall_accept", "seconds": 1},
)
# A commit is on this server's disk only where we ask for it ourselves.
LAZY = (
    "fsync=on",
    "full_page_writes=on",
    "synchronous_commit=off",
    "wal_writer_delay=10s",
    "wal_writer_flush_after=1GB",
    "wal_buffers=16MB",
)
ACKNOWLEDGED = 20


class Disk:
    """A file system of its own at `place`. Its image holds what was written to the disk, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.place = folder / "var"
        self._image, self._copy = folder / "disk.img", folder / "copy.img"
        self.place.mkdir()
        subprocess.run(["truncate", "-s", "96M", str(self._image)], check=True)
        subprocess.run(["mkfs.ext4", "-q", str(self._image)], check=True)

    def mount(self) -> None:
        words = ["mount", "-o", "loop", str(self._image), str(self.place)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"cannot mount here: {done.stderr.strip()[:80]}")

    def unmount(self) -> None:
        subprocess.run(["umount", "-l", str(self.place)], check=False)

    def flush(self) -> None:
        """Everything that was written so far is on the disk."""
        subprocess.run(["sync", "-f", str(self.place)], check=True)

    def keep_what_is_on_it(self) -> None:
        """What is in memory only is not in the copy."""
        subprocess.run(["cp", "--sparse=always", str(self._image), str(self._copy)], check=True)

    def go_back(self) -> None:
        """Mount what was kept."""
        self.unmount()
        self._copy.replace(self._image)
        self.mount()


@contextmanager
def disk_at(folder: Path) -> Iterator[Disk]:
    disk = Disk(folder)
    disk.mount()
    try:
        yield disk
    finally:
        disk.unmount()


@dataclass(frozen=True, slots=True)
class Cut:
    """What a cut left: acknowledged texts (the carrier's ids) that are not on the disk, and phones the carrier took a
    text to, of which the disk holds no intent (unintended), or no outcome (in_flight).
    """

    forgotten: set[str]
    unintended: set[str]
    in_flight: set[str]


def look_at(disk: Disk, acknowledged: set[str], reached: set[str]) -> Cut:
    """Read from a copy: the first to open the file itself after a cut is the product."""
    with TemporaryDirectory() as folder:
        for part in disk.place.glob("aftercare.db*"):
            shutil.copy(part, folder)
        with closing(sqlite3.connect(Path(folder) / "aftercare.db")) as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            return Cut(
                acknowledged - column(file, "SELECT carrier_sid FROM message WHERE direction = 'inbound'"),
                reached - column(file, "SELECT to_number FROM attempt"),
                reached - column(file, "SELECT to_number FROM attempt WHERE outcome IS NOT NULL"),
            )


def column(file: sqlite3.Connection, question: str) -> set[str]:
    return {row[0] for row in file.execute(question)}


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_power_is_cut_in_the_middle_and_nothing_is_lost_or_sent_twice(tmp_path: Path) -> None:
    with disk_at(tmp_path) as disk, warm_stand(tmp_path) as here:
        clients = here.enrol([*REMINDED, *ASKING])
        disk.flush()
        cuts = []
        with one_after_another(here, ASKING, QUESTION, every_s=0.1) as asked:
            for life in range(LIVES):
                reminded = REMINDED[life * REMINDED_A_LIFE :][:REMINDED_A_LIFE]
                process = live_until_held_up(here, reminded, [clients[number] for number in reminded])
                time.sleep(life * LATER_EACH_LIFE_S)
                cut_power(here, disk, process)
                cuts.append(look_at(disk, acknowledged(asked), here.phones_reached()))
            here.start_ready()

        assert violations_at_the_end(here, dict.fromkeys([*REMINDED, *asked], 1)) == []
        assert [cut.forgotten for cut in cuts] == [set()] * LIVES
        assert [cut.unintended for cut in cuts] == [set()] * LIVES
        assert here.on_file() == Counter(sid for sid, _ in asked.values())
        in_flight = [len(cut.in_flight) for cut in cuts]
        assert any(in_flight), "no cut fell while a send was on its way: nothing was proved"
        taken = len(acknowledged(asked))
        print(
            f"{LIVES} power cuts with {in_flight} texts taken and not settled, {len(REMINDED)} reminders, "
            f"{len(asked)} texts in, {taken} of them acknowledged: 0 lost, 0 twice"
        )


def live_until_held_up(here: Stand, reminded: list[str], client_ids: list[int]) -> Process:
    """Reminders go out and the first of them is taken by the carrier, which has not said so yet."""
    process = here.start_ready()
    steps = [{**step, "to": number} for step, number in zip(HELD_UP, reminded, strict=False)]
    here.control("script", steps)
    here.treat(client_ids)
    here.wait(lambda: reminded[0] in here.phones_reached(), "a send on its way")
    return process


def cut_power(here: Stand, disk: Disk, process: Process) -> None:
    process.signal(signal.SIGSTOP)
    disk.keep_what_is_on_it()
    process.kill()
    here.control("settings", {"_script": []})  # what had not met its request would meet the next life's
    here.database.close()
    disk.go_back()


def acknowledged(asked: dict[str, Texted]) -> set[str]:
    """The carrier's ids of the texts that we answered with 200."""
    return {sid for sid, answer in list(asked.values()) if answer == 200}


def violations_at_the_end(here: Stand, owed: dict[str, int]) -> list[str]:
    """By the carrier's log, once everyone has something, or is given up. Lost in two lives it is before a person."""
    gives_up_at = time.monotonic() + WAITED_FOR_S
    while not settled(here) >= set(owed) and time.monotonic() < gives_up_at:
        time.sleep(0.1)
    time.sleep(DOUBLES_SHOW_AFTER_S)
    return violations(here.accepted(), owed=owed, explained=here.phones_in_review())


def settled(here: Stand) -> set[str]:
    return here.phones_reached() | here.phones_in_review()


@pytest.mark.postgres
def test_a_server_without_power_holds_every_acknowledged_text_by_itself(tmp_path: Path) -> None:
    """The carrier's list is of no help: it cannot be read until we have looked at what is on file."""
    with (
        running_cluster(settings=LAZY) as cluster,
        warm_stand(tmp_path, cluster.url(cluster.make_database())) as here,
    ):
        ours = [here.start("worker"), here.start_ready("web")]
        here.enrol(ASKING)
        here.control("settings", {"list_mode": "500"})
        asked = asked_until_the_server_is_gone(here, cluster)
        for process in ours:
            process.kill()
        cluster.start()
        on_file = here.on_file()

        assert acknowledged(asked) <= set(on_file)
        here.control("settings", {"list_mode": "ok"})
        here.start("worker")
        assert violations_at_the_end(here, dict.fromkeys(asked, 1)) == []
        print(
            f"PostgreSQL stopped at once: {len(acknowledged(asked))} acknowledged texts, all on file: 0 lost, 0 twice"
        )


def asked_until_the_server_is_gone(here: Stand, cluster: Cluster) -> dict[str, Texted]:
    """It stops in the middle of the texts, with no time between the last acknowledged one and its end."""
    with one_after_another(here, ASKING, QUESTION, every_s=0.05) as asked:
        here.wait(lambda: len(acknowledged(asked)) >= ACKNOWLEDGED, "some acknowledged texts")
        cluster.stop("immediate")
    return asked
