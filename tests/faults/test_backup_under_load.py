"""A backup while real processes write, and its restore (row 94; R7): one moment, nothing twice."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from messages.catalogue import load_pack
from models.installation import installation
from models.message import InboundReceipt, Message
from models.reminder import Reminder
from scheduler.reminders import hold, release
from tests.support.engines import ON_BOTH
from tests.support.oracle import texts_to, violations
from tests.support.phones import Texted, one_after_another
from tests.support.postgres import client_programs
from tests.support.process import Process
from tests.support.processes import ROOT, Stand, number_of_client, warm_stand

pytestmark = [pytest.mark.full, pytest.mark.timeout(1800)]

QUESTION = "Can I work out tonight?"
LEFT_SINCE, NEVER_LEFT, ASKS_AFTERWARDS = (number_of_client(900 + place) for place in range(3))
ASKING = [number_of_client(place) for place in range(400)]
PUT_OFF = {"do": "rate_limit", "retry_after": "2", "to": NEVER_LEFT, "times": 100_000}
SOME = 5  # texts in before, during and after
DOUBLES_SHOW_AFTER_S = 6


@pytest.fixture
def here(tmp_path: Path, stand_url: str | None) -> Iterator[Stand]:
    """Our processes on the database of the test, beside the carrier."""
    with warm_stand(tmp_path, stand_url) as made:
        yield made


def start_all(here: Stand) -> list[Process]:
    """Ready: `run` on SQLite, which allows one process, `worker` and `web` on PostgreSQL."""
    if here.database.is_sqlite:
        return [here.start_ready("run")]
    return [here.start("worker"), here.start_ready("web")]


def type_in(here: Stand, *words: str) -> None:
    """One command, as an operator types it; fails where it does."""
    path = os.environ["PATH"] if here.database.is_sqlite else f"{client_programs()}:{os.environ['PATH']}"
    command = [sys.executable, str(ROOT / "app.py"), *words]
    done = subprocess.run(
        command,
        cwd=here.folder,
        env={**here.variables, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def plan_two_reminders(here: Stand) -> int:
    """One is put off by the carrier for as long as we wish, the other held by staff: its id."""
    here.control("script", [PUT_OFF])
    clients = here.enrol([LEFT_SINCE, NEVER_LEFT, ASKS_AFTERWARDS, *ASKING])
    here.treat([clients[LEFT_SINCE], clients[NEVER_LEFT]])
    with here.database.write() as session:
        theirs = (Reminder.client_id == clients[LEFT_SINCE], Reminder.step == "exercise_over")
        step: int = session.execute(select(Reminder.id).where(*theirs)).scalar_one()
        hold(session, step, by="Dana", actor="staff:1", now=datetime.now(UTC))
        return step


def let_go(here: Stand, step: int) -> None:
    rules = load_pack().plan
    with here.database.write() as session:
        release(session, step, actor="staff:1", rules=rules, now=datetime.now(UTC))


def status_of(here: Stand, step: int) -> tuple[str, str | None]:
    with here.database.read() as session:
        row = session.get_one(Reminder, step)
        return row.status, row.held_by


def reminders_wait(here: Stand) -> bool:
    with here.database.read() as session:
        return installation(session).reminders_wait_since is not None


def check_one_moment(
    here: Stand, manifest: dict[str, Any], before: set[str], asked: dict[str, Texted]
) -> None:
    """What `restore` has put there: the rows that were counted, each text with what its transaction wrote too."""
    with here.database.read() as session:
        inbound = {row.carrier_sid: row.id for row in session.scalars(_texts("inbound"))}
        answered = Counter(
            row.in_reply_to_id for row in session.scalars(_texts("outbound")) if row.in_reply_to_id
        )
        receipts = set(session.scalars(select(InboundReceipt.sid)))
        rows = session.scalar(select(func.count()).select_from(Message))
    assert rows == manifest["rows"]["message"]
    assert before <= set(inbound) <= {sid for sid, _ in asked.values()}
    assert receipts == set(inbound)
    assert answered == Counter(inbound.values())


def _texts(direction: str) -> Any:
    return select(Message).where(Message.direction == direction)


def taken(asked: dict[str, Texted]) -> set[str]:
    """The carrier's ids of what we have acknowledged so far."""
    return {sid for sid, answer in list(asked.values()) if answer == 200}


@ON_BOTH
def test_a_backup_under_load_is_one_moment_and_its_restore_doubles_nothing(here: Stand) -> None:
    step = plan_two_reminders(here)
    servers = start_all(here)
    with one_after_another(here, ASKING, QUESTION, every_s=0.1) as asked:
        here.wait(lambda: len(taken(asked)) >= SOME, "texts before the backup", 300)
        before = taken(asked)
        type_in(here, "backup", "b")
        during = taken(asked) - before
        let_go(here, step)
        here.wait(
            lambda: len(texts_to(here.accepted(), LEFT_SINCE)) == 1, "what leaves after the backup", 300
        )
        after = len(asked)
        here.wait(lambda: len(asked) >= after + SOME, "texts after the backup", 300)
    here.wait(lambda: here.phones_reached() >= set(asked), "every answer", 300)
    assert during, "nothing came in while the backup was taken"
    for process in servers:
        process.end(60)
    here.database.close()
    type_in(here, "restore", "b", "--force")
    check_one_moment(here, json.loads((here.folder / "b" / "manifest.json").read_text()), before, asked)
    assert status_of(here, step) == ("held", "Dana")

    here.control("settings", {"list_mode": "503", "_script": []})
    start_all(here)
    here.text(ASKS_AFTERWARDS, QUESTION)
    here.wait(lambda: ASKS_AFTERWARDS in here.phones_reached(), "an answer while reminders wait", 300)
    assert reminders_wait(here)
    assert NEVER_LEFT not in here.phones_reached()

    here.control("settings", {"list_mode": "ok"})
    here.wait(lambda: not reminders_wait(here), "the list to be compared", 300)
    here.wait(lambda: NEVER_LEFT in here.phones_reached(), "the reminder that had not left", 300)
    here.wait(lambda: {sid for sid, _ in asked.values()} <= set(here.on_file()), "what came since", 300)
    time.sleep(DOUBLES_SHOW_AFTER_S)
    check_nothing_left_twice(here, step, before, asked)


def check_nothing_left_twice(here: Stand, step: int, before: set[str], asked: dict[str, Texted]) -> None:
    assert status_of(here, step) == ("held", "restore")
    owed = dict.fromkeys([LEFT_SINCE, NEVER_LEFT, ASKS_AFTERWARDS, *asked], 1)
    assert violations(here.accepted(), owed=owed) == []
    assert set(here.on_file().values()) == {1}
    print(f"{len(asked)} texts in, {len(before)} before the backup: 0 lost, 0 twice")
