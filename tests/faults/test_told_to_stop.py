"""SIGTERM, many times, in the middle of a send or of an incoming text: it ends within 15 seconds, nothing is lost and
nothing arrives twice (row 62).
"""

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from models.message import Message
from tests.support.engines import ON_BOTH
from tests.support.oracle import violations
from tests.support.process import Process
from tests.support.processes import Stand, number_of_client, stand

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]
ENDS_WITHIN_S = 15.0
SLOW_SENDS = {"SEND_TIMEOUT_S": "20", "SEND_GRACE_S": "22", "LEASE_S": "21"}
QUESTION = "Can I work out tonight?"


def in_flight(here: Stand) -> int:
    with here.database.read() as session:
        return session.query(Message).filter(Message.state == "in_flight").count()


def told_to_stop(process: Process, number: signal.Signals) -> float:
    """Told five times, as an impatient person would; the seconds it took."""
    began = time.monotonic()
    for _ in range(5):
        process.signal(number)
        time.sleep(0.1)
    process.popen.wait(30)
    assert process.popen.returncode == 0
    return time.monotonic() - began


@ON_BOTH
@pytest.mark.parametrize(
    ("number", "do"),
    [(signal.SIGTERM, "accept_stall"), (signal.SIGINT, "stall")],
    ids=["TERM, the carrier has it", "INT, the carrier does not"],
)
def test_told_to_stop_in_the_middle_of_a_send(
    tmp_path: Path, stand_url: str | None, number: signal.Signals, do: str
) -> None:
    asker = number_of_client(0)
    with stand(tmp_path, stand_url, **SLOW_SENDS) as here:
        here.enrol([asker])
        *_, sender = all_of(here)
        here.control("script", [{"do": do, "seconds": 18.0, "times": 1}])
        assert here.text(asker, QUESTION) == 200
        here.wait(lambda: in_flight(here) == 1, "a send on its way")

        assert told_to_stop(sender, number) < ENDS_WITHIN_S

        here.control("settings", {"_script": []})
        here.start("worker" if stand_url else "run")
        here.wait(lambda: len(here.accepted()) == 1, "the text", 120)
        time.sleep(4)
        assert violations(here.accepted(), owed={asker: 1}) == []


def all_of(here: Stand) -> Sequence[Process]:
    """Ready; the one that sends is the last."""
    processes = [
        here.start(command) for command in (["run"] if here.database.is_sqlite else ["web", "worker"])
    ]
    here.wait(here.is_ready, "all to be ready")
    return processes


@pytest.mark.postgres
def test_web_told_to_stop_in_the_middle_of_incoming_texts(tmp_path: Path, postgres_url: str) -> None:
    first, *askers = (number_of_client(place) for place in range(5))
    answers: dict[str, int] = {}
    with stand(tmp_path, postgres_url, **SLOW_SENDS) as here:
        here.enrol([first, *askers])
        web, worker = all_of(here)
        here.control("script", [{"do": "accept_stall", "seconds": 18.0, "times": 1}])
        assert here.text(first, QUESTION) == 200
        here.wait(lambda: in_flight(here) == 1, "a send on its way")
        with nobody_writes_texts(here):
            asking = [threading.Thread(target=ask, args=(here, asker, answers)) for asker in askers]
            for phone in asking:
                phone.start()
            here.wait(lambda: waiting(here) == len(askers), "every text to be half in")
            web.signal(signal.SIGTERM)
        took = told_to_stop(web, signal.SIGTERM)
        for phone in asking:
            phone.join()

        assert took < ENDS_WITHIN_S
        assert answers == dict.fromkeys(askers, 200)
        here.wait(lambda: here.phones_reached() == {first, *askers}, "every text", 120)
        time.sleep(4)
        assert violations(here.accepted(), owed=dict.fromkeys([first, *askers], 1)) == []
        assert worker.is_alive


def ask(here: Stand, number: str, answers: dict[str, int]) -> None:
    answers[number] = here.text(number, QUESTION)


@contextmanager
def nobody_writes_texts(here: Stand) -> Iterator[None]:
    with here.database.write() as session:
        session.execute(text("LOCK TABLE message IN EXCLUSIVE MODE"))
        yield


def waiting(here: Stand) -> int:
    """How many texts wait for their table."""
    question = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'message'::regclass"
    with here.database.read() as session:
        return int(session.execute(text(question)).scalar_one())
