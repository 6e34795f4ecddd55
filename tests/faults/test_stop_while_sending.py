"""STOP is texted while reminders go out, all of it real processes (R3). The judge: the carrier's log and our answers.

The carrier's own clock shows whole seconds, so its log is read without a pause: a text is dated by the last look that
did not show it yet.
"""

import json
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import func, select, update

from models.clinic import ClinicNumber
from models.message import Message
from tests.support.engines import ON_BOTH
from tests.support.oracle import Accepted, after_stop, texts_to, violations
from tests.support.processes import ROOT, Stand, number_of_client, stand

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]
REMINDED = [number_of_client(place) for place in range(100)]
SAY_STOP, STAY = REMINDED[::2], REMINDED[1::2]
AT_LEAST = 5  # STOPs before and as many after their reminder, or the test shows nothing
REMINDER, CONFIRMATION = "exercise", "opted out"
BY_US = {"OPT_OUT_MODE": "self"}  # STOP is confirmed by us, not by the carrier


@ON_BOTH
def test_nothing_but_the_confirmation_leaves_later_than_a_second_after_stop(
    tmp_path: Path, stand_url: str | None
) -> None:
    with stand(tmp_path, stand_url, MESSAGES_PER_SECOND="20", **BY_US) as here:
        start(here)
        owe_reminders(here, REMINDED)
        with followed_log(here) as accepted:
            let_reminders_go(here)
            stopped_at = all_say_stop(here, accepted)
            here.wait(lambda: count(here, "queued", "claimed", "in_flight", "unknown") == 0, "the last text")
        reminders = [text for text in accepted if CONFIRMATION not in text.body]
        confirmations = [text for text in accepted if CONFIRMATION in text.body]
        had_it = {text.to_number for text in reminders}
        print(in_figures(reminders, stopped_at))

        assert after_stop(accepted, stopped_at, confirmation=CONFIRMATION) == []
        assert violations(reminders, owed=dict.fromkeys(REMINDED, 1), explained=SAY_STOP) == []
        assert violations(confirmations, owed=dict.fromkeys(SAY_STOP, 1)) == []
        assert AT_LEAST <= len(had_it.intersection(SAY_STOP)) <= len(SAY_STOP) - AT_LEAST
        assert reminded_by_list(here) == had_it


@ON_BOTH
@pytest.mark.parametrize("send_timeout", ["10", "1"], ids=["answer heard", "answer lost"])
def test_a_text_on_its_way_when_stop_comes_may_arrive_and_stands_as_sent(
    tmp_path: Path, stand_url: str | None, send_timeout: str
) -> None:
    number = REMINDED[0]
    spans = {"SEND_TIMEOUT_S": send_timeout, "SEND_GRACE_S": "12", "LEASE_S": "11"}
    with stand(tmp_path, stand_url, **spans, **BY_US) as here:
        start(here)
        owe_reminders(here, [number])
        here.control("script", [{"do": "stall_accept", "to": number, "seconds": 8}])
        let_reminders_go(here)
        here.wait_until_scripted("the reminder to be on its way")
        answer = here.text(number, "STOP")
        were_there = reached(here, REMINDER)
        here.wait(lambda: reminded_by_list(here) == {number}, "the reminder to stand as sent")
        here.wait(lambda: reached(here, CONFIRMATION) == {number}, "the confirmation")

        assert (answer, were_there) == (200, set())
        assert sum(REMINDER in body for body in texts_to(here.accepted(), number)) == 1
        assert len(here.accepted()) == 2


def start(here: Stand) -> None:
    """Everything in one process on SQLite; a web and two workers on PostgreSQL."""
    commands = ("run",) if here.database.is_sqlite else ("web", "worker", "worker")
    processes = [here.start(command) for command in commands]
    here.wait(here.is_ready, "the first answer")
    for process in processes[1:]:
        here.wait(lambda process=process: "Working" in process.log.read_text(), "each worker")  # type: ignore[misc]


def owe_reminders(here: Stand, numbers: Sequence[str]) -> None:
    """One each, in the queue and not let go yet."""
    let_reminders_go(here, at=datetime.now(UTC) + timedelta(hours=1))
    here.treat(list(here.enrol(numbers).values()))
    here.wait(lambda: count(here, "queued") == len(numbers), "the reminders to be queued")


def let_reminders_go(here: Stand, *, at: datetime | None = None) -> None:
    with here.database.write() as session:
        session.execute(update(ClinicNumber).values(next_send_at=at or datetime.now(UTC)))


def count(here: Stand, *states: str) -> int:
    """Texts of ours in these states."""
    texts = select(func.count()).select_from(Message)
    with here.database.read() as session:
        return session.scalar(texts.where(Message.direction == "outbound", Message.state.in_(states))) or 0


def all_say_stop(here: Stand, accepted: Sequence[Accepted]) -> dict[str, datetime]:
    """Each at a moment of its own while the reminders of those who stay go out; when it was answered 200."""
    chance = random.Random(11)
    turns = sorted((chance.randrange(len(STAY)), number) for number in SAY_STOP)
    with ThreadPoolExecutor(len(SAY_STOP)) as pool:
        answered = {}
        for turn, number in turns:
            here.wait(partial(has_come_to, accepted, turn), "the next reminder")
            answered[number] = pool.submit(say_stop, here, number)
        return {number: answer.result() for number, answer in answered.items()}


def has_come_to(accepted: Sequence[Accepted], turn: int) -> bool:
    return sum(text.to_number in STAY for text in accepted) >= turn


def say_stop(here: Stand, number: str) -> datetime:
    assert here.text(number, "STOP") == 200
    return datetime.now(UTC)


@contextmanager
def followed_log(here: Stand) -> Iterator[list[Accepted]]:
    """What the carrier accepts during the block, each text dated by the last look that did not show it yet."""
    seen: list[Accepted] = []
    is_over = Event()

    def follow() -> None:
        before, is_last = datetime.now(UTC), False
        while not is_last:
            is_last = is_over.wait(0.02)
            now = datetime.now(UTC)
            seen.extend(replace(text, at=before.isoformat()) for text in here.accepted()[len(seen) :])
            before = now

    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(follow)
        try:
            yield seen
        finally:
            is_over.set()
            following.result()


def reached(here: Stand, word: str) -> set[str]:
    """Phones that were sent a text with this word."""
    return {text.to_number for text in here.accepted() if word in text.body}


def reminded_by_list(here: Stand) -> set[str]:
    """Phones whose reminder stands as sent in `messages list`."""
    words = [sys.executable, str(ROOT / "app.py"), "messages", "list", "--json"]
    said = subprocess.run(
        words, cwd=here.folder, env=here.variables, capture_output=True, text=True, check=True
    )
    rows = [json.loads(line) for line in said.stdout.splitlines()]
    return {row["phone"] for row in rows if row["kind"] == "reminder" and row["state"] == "sent"}


def in_figures(reminders: Iterable[Accepted], stopped_at: Mapping[str, datetime]) -> str:
    """How many were reminded before STOP, after it and never; the latest one after it."""
    after = [
        (datetime.fromisoformat(text.at) - stopped_at[text.to_number]).total_seconds()
        for text in reminders
        if text.to_number in stopped_at
    ]
    on_their_way = [seconds for seconds in after if seconds > 0]
    return (
        f"{len(stopped_at)} STOPs: {len(stopped_at) - len(after)} before their reminder, which never left, "
        f"{len(after)} after it, {len(on_their_way)} of these on their way; "
        f"the latest {max(on_their_way, default=0):.2f} s after STOP"
    )
