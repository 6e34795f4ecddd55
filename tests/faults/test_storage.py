"""The disk fills, goes read-only, is locked, loses power: nothing acknowledged is lost, nothing leaves unrecorded (R1).

Needs root: small file systems of their own are mounted.
"""

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.oracle import violations
from tests.support.processes import Stand, number_of_client, stand

pytestmark = [
    pytest.mark.full,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root"),
]
QUESTION = "Can I work out tonight?"


@contextmanager
def mounted(folder: Path, *words: str) -> Iterator[Path]:
    """A file system at `folder`/var for the length of the block."""
    place = folder / "var"
    place.mkdir()
    done = subprocess.run(["mount", *words, str(place)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"cannot mount here: {done.stderr.strip()[:80]}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)


def ask_some(here: Stand, first: int, count: int) -> dict[str, int]:
    """Known clients ask; our answer to each."""
    numbers = [number_of_client(place) for place in range(first, first + count)]
    return {number: here.text(number, QUESTION) for number in numbers}


def check_at_the_end(here: Stand, numbers: list[str]) -> None:
    owed = dict.fromkeys(numbers, 1)
    here.wait(lambda: {text.to_number for text in here.accepted()} == set(owed), "every answer", 60)
    time.sleep(4)
    assert violations(here.accepted(), owed=owed) == []


def test_a_full_disk_refuses_and_recovers(tmp_path: Path) -> None:
    with mounted(tmp_path, "-t", "tmpfs", "-o", "size=24m", "tmpfs") as place, stand(tmp_path) as here:
        process = here.start_ready()
        before = ask_some(here, 0, 3)
        filler = place / "filler"
        with filler.open("wb") as file:
            try:
                while True:
                    file.write(b"x" * 65536)
                    file.flush()
            except OSError:
                pass
        during = until_refused(here)
        here.wait(lambda: here.ask("/readyz") == 503, "health to go red")
        filler.unlink()
        here.wait(here.is_ready, "health to be green again")
        after = ask_some(here, 600, 3)
        assert set(before.values()) | set(after.values()) == {200}
        assert 503 in during.values()
        process.kill()
        here.start_ready()
        check_at_the_end(here, [*before, *during, *after])


def until_refused(here: Stand) -> dict[str, int]:
    """Texts until one is refused: the log's last pages may still take a few."""
    answers: dict[str, int] = {}
    for place in range(100, 500):
        answers |= ask_some(here, place, 1)
        if 503 in answers.values():
            return answers
    raise AssertionError("a full disk took four hundred texts")


def test_a_locked_database_answers_in_time_and_loses_nothing(tmp_path: Path) -> None:
    with stand(tmp_path) as here:
        process = here.start_ready()
        other = sqlite3.connect(tmp_path / "var" / "aftercare.db", timeout=30, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        begun = time.monotonic()
        during = ask_some(here, 0, 1)
        took = time.monotonic() - begun
        time.sleep(max(0.0, 30 - took))
        other.execute("ROLLBACK")
        other.close()
        here.wait(here.is_ready, "health to be green again")
        after = ask_some(here, 10, 2)

        assert set(during.values()) == {503}
        assert took < 15, "Twilio waits for 15 s"
        assert set(after.values()) == {200}
        process.kill()
        here.start_ready()
        check_at_the_end(here, [*during, *after])
        print(f"locked for 30 s: refused with 503 after {took:.1f} s, fetched later")


@pytest.mark.parametrize("fault", ["pwrite64:error=EROFS", "fdatasync:error=EIO"])
def test_a_disk_that_refuses_to_write_takes_no_text(tmp_path: Path, fault: str) -> None:
    with stand(tmp_path) as here:
        process = here.start_ready()
        call = fault.split(":")[0]
        words = ["strace", "-f", "-qq", "-p", str(process.popen.pid), "-o", "/dev/null"]
        strace = subprocess.Popen([*words, "-e", f"trace={call}", "-e", f"inject={fault}"])
        time.sleep(1)
        during = ask_some(here, 0, 2)
        sent_meanwhile = len(here.accepted())
        here.wait(lambda: here.ask("/readyz") == 503, "health to go red")
        strace.terminate()
        strace.wait(10)
        here.wait(here.is_ready, "health to be green again")

        assert set(during.values()) == {503}
        assert sent_meanwhile == 0
        process.kill()
        here.start_ready()
        check_at_the_end(here, list(during))


@pytest.mark.parametrize("life", range(3))
def test_power_is_cut_and_every_acknowledged_text_is_there(tmp_path: Path, life: int) -> None:
    image = tmp_path / "disk.img"
    subprocess.run(["truncate", "-s", "96M", str(image)], check=True)
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)
    copy = tmp_path / "after.img"
    with mounted(tmp_path, "-o", "loop", str(image)), stand(tmp_path) as here:
        process = here.start_ready()
        answers = ask_some(here, 100 * life, 15 + 7 * life)
        process.signal(signal.SIGSTOP)
        subprocess.run(
            ["cp", "--sparse=always", str(image), str(copy)], check=True
        )  # what the disk holds now
        process.signal(signal.SIGCONT)
    taken = {number for number, answer in answers.items() if answer == 200}
    after = tmp_path / "after"
    after.mkdir()
    with mounted(after, "-o", "loop", str(copy)) as place:
        found = sqlite3.connect(place / "aftercare.db")
        assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = found.execute("SELECT their_number FROM message WHERE direction = 'inbound'").fetchall()
        found.close()
    assert len(taken) == len(answers)
    assert taken <= {row[0] for row in rows}
    print(f"power cut {life}: {len(taken)} acknowledged texts, all on the disk")
