"""The disk fills, goes read-only, is locked, loses power: nothing acknowledged is lost, nothing leaves unrecorded (R1).

Needs root: small file systems of their own are mounted.
"""

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from models.message import Attempt, Message
from tests.support.disks import fill, mounted
from tests.support.oracle import violations
from tests.support.processes import Stand, number_of_client, stand

pytestmark = [
    pytest.mark.full,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root"),
]
QUESTION = "Can I work out tonight?"
REMINDED = number_of_client(900)
PUT_OFF_S = 40  # longer than it takes a fault to be noticed by /readyz on a busy machine
TRIED_FOR_S = 5


def ask_some(here: Stand, first: int, count: int) -> dict[str, int]:
    """Known clients ask; our answer to each."""
    numbers = [number_of_client(place) for place in range(first, first + count)]
    return {number: here.text(number, QUESTION) for number in numbers}


def ask_all_along(here: Stand, count: int, *, every_s: float) -> dict[str, int]:
    """One after the other asks, whether or not the ones before were answered. 0 = not within the carrier's 15 s."""
    with ThreadPoolExecutor(count) as pool:
        asked = {}
        for place in range(count):
            number = number_of_client(place)
            asked[number] = pool.submit(here.text, number, QUESTION)
            time.sleep(every_s)
        return {number: answer.result() for number, answer in asked.items()}


def owe_a_reminder(here: Stand) -> datetime:
    """REMINDED's reminder is in the outbox, put off by the carrier until the moment that is returned."""
    step = {"do": "rate_limit", "retry_after": str(PUT_OFF_S), "to": REMINDED}
    here.control("script", [step])
    here.treat(list(here.enrol([REMINDED]).values()))
    here.wait(lambda: put_off_until(here) is not None, "the reminder to be put off")
    due_at = put_off_until(here)
    assert due_at is not None
    return due_at


def put_off_until(here: Stand) -> datetime | None:
    question = select(Message.retry_at).where(Message.their_number == REMINDED)
    with here.database.read() as session:
        return session.scalar(question)


def let_it_fall_due(here: Stand, due_at: datetime) -> None:
    """The moment of the owed reminder passes while the fault stands, and it does not leave."""
    left_s = (due_at - datetime.now(UTC)).total_seconds()
    assert left_s > 0, "the fault came too late to prove anything"
    assert REMINDED not in numbers_accepted(here)
    time.sleep(left_s + TRIED_FOR_S)
    assert REMINDED not in numbers_accepted(here)
    assert numbers_accepted(here) <= numbers_intended(here)


def numbers_accepted(here: Stand) -> set[str]:
    return {text.to_number for text in here.accepted()}


def numbers_intended(here: Stand) -> set[str]:
    """Whom an intent on file names."""
    question = select(Message.their_number).join(Attempt, Attempt.message_id == Message.id)
    with here.database.read() as session:
        return set(session.scalars(question))


def check_at_the_end(here: Stand, numbers: list[str]) -> None:
    """Everyone has the one answer, and the reminder has left once, without a restart."""
    owed = dict.fromkeys([*numbers, REMINDED], 1)
    here.wait(lambda: numbers_accepted(here) == set(owed), "every text", 180)
    time.sleep(4)
    assert violations(here.accepted(), owed=owed) == []


def test_a_full_disk_refuses_and_recovers(tmp_path: Path) -> None:
    with (
        mounted(tmp_path / "var", "-t", "tmpfs", "-o", "size=24m", "tmpfs") as place,
        stand(tmp_path) as here,
    ):
        here.start_ready()
        before = ask_some(here, 0, 3)
        due_at = owe_a_reminder(here)
        fill(place / "filler")
        during = until_refused(here)
        here.wait(lambda: here.ask("/readyz") == 503, "health to go red")
        let_it_fall_due(here, due_at)
        (place / "filler").unlink()
        here.wait(here.is_ready, "health to be green again")
        after = ask_some(here, 600, 3)

        assert set(before.values()) | set(after.values()) == {200}
        assert 503 in during.values()
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
        here.start_ready()
        due_at = owe_a_reminder(here)
        with locked(tmp_path / "var" / "aftercare.db"):
            during = ask_all_along(here, 8, every_s=2)
            here.wait(lambda: here.ask("/readyz") == 503, "health to go red")
            let_it_fall_due(here, due_at)
        here.wait(here.is_ready, "health to be green again")
        after = ask_some(here, 10, 2)

        assert set(during.values()) == {503}
        assert set(after.values()) == {200}
        check_at_the_end(here, [*during, *after])


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another program holds the file."""
    with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


@pytest.mark.parametrize("fault", ["pwrite64:error=EROFS", "fdatasync:error=EIO"])
def test_a_disk_that_refuses_to_write_takes_no_text(tmp_path: Path, fault: str) -> None:
    with stand(tmp_path) as here:
        process = here.start_ready()
        due_at = owe_a_reminder(here)
        with refused(here, process.popen.pid, fault):
            during = ask_some(here, 0, 2)
            here.wait(lambda: here.ask("/readyz") == 503, "health to go red")
            let_it_fall_due(here, due_at)
        here.wait(here.is_ready, "health to be green again")

        assert set(during.values()) == {503}
        check_at_the_end(here, list(during))


@contextmanager
def refused(here: Stand, pid: int, fault: str) -> Iterator[None]:
    """The system refuses one kind of call of this process."""
    call = fault.split(":")[0]
    words = ["strace", "-f", "-qq", "-p", str(pid), "-o", "/dev/null"]
    strace = subprocess.Popen([*words, "-e", f"trace={call}", "-e", f"inject={fault}"])
    try:
        here.wait(lambda: is_traced(pid), "every thread to be traced")
        yield
    finally:
        strace.terminate()
        strace.wait(10)


def is_traced(pid: int) -> bool:
    threads = Path(f"/proc/{pid}/task").glob("*/status")
    return not any("TracerPid:\t0\n" in status.read_text() for status in threads)


@pytest.mark.parametrize("life", range(3))
def test_power_is_cut_and_every_acknowledged_text_is_there(tmp_path: Path, life: int) -> None:
    image = tmp_path / "disk.img"
    subprocess.run(["truncate", "-s", "96M", str(image)], check=True)
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)
    copy = tmp_path / "after.img"
    with mounted(tmp_path / "var", "-o", "loop", str(image)), stand(tmp_path) as here:
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
    with mounted(after / "var", "-o", "loop", str(copy)) as place:
        found = sqlite3.connect(place / "aftercare.db")
        assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = found.execute("SELECT their_number FROM message WHERE direction = 'inbound'").fetchall()
        found.close()
    assert len(taken) == len(answers)
    assert taken <= {row[0] for row in rows}
    print(f"power cut {life}: {len(taken)} acknowledged texts, all on the disk")
