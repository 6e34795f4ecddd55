"""SIGTERM, many times, in the middle of a send or of an incoming text: it ends within 15 seconds, nothing is lost and
nothing arrives twice (row 62).
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, text

from config.relations import LOOKS_EVERY
from models.attempts import NOT_SENT
from models.message import Attempt, Message
from tests.support.engines import ON_BOTH
from tests.support.oracle import violations
from tests.support.process import Process
from tests.support.processes import SPANS, Stand, number_of_client, stand

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]
ENDS_WITHIN_S = 15.0
# A send outlasts the 13 s that a worker waits for it; the spans are as short as config/relations.py then lets them be.
# On a busy machine a send is not given up for the age of its check: here it is to be on its way.
SLOW_SENDS = {"INTENT_MAX_AGE_S": "4", "SEND_TIMEOUT_S": "16", "SEND_GRACE_S": "20.5", "LEASE_S": "17"}
PATIENT_SENDS = {"INTENT_MAX_AGE_S": "4", "SEND_TIMEOUT_S": "8", "SEND_GRACE_S": "12.5", "LEASE_S": "9"}
TWO_LOOKS_S = 2 * LOOKS_EVERY.total_seconds()
QUESTION = "Can I work out tonight?"


def until_nothing_may_follow(spans: dict[str, str]) -> float:
    """Seconds after which a text that was begun has been taken over, asked for twice and sent again, if it ever is."""
    return float(spans["LEASE_S"]) + float(spans["SEND_GRACE_S"]) + TWO_LOOKS_S


def states(here: Stand) -> list[str]:
    """How far our texts are."""
    with here.database.read() as session:
        return list(session.scalars(select(Message.state).where(Message.direction == "outbound")))


def begin_a_send(here: Stand, asker: str, do: str, seconds: float) -> float:
    """A text is with the carrier, which says nothing for so long; the moment at which it was seen there."""
    here.control("script", [{"do": do, "seconds": seconds}])
    assert here.text(asker, QUESTION) == 200
    here.wait_until_scripted("a send on its way")
    assert states(here) == ["in_flight"]
    return time.monotonic()


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
        begun = begin_a_send(here, asker, do, 60.0)

        assert told_to_stop(sender, number) < ENDS_WITHIN_S
        assert states(here) == ["in_flight"], "its intent is left"

        here.start("worker" if stand_url else "run")
        here.wait(lambda: states(here) == ["sent"], "the text to be settled", 120)
        time.sleep(max(0.0, begun + until_nothing_may_follow(SLOW_SENDS) - time.monotonic()))
        assert violations(here.accepted(), owed={asker: 1}) == []


@ON_BOTH
def test_told_to_stop_it_waits_for_the_answer_and_writes_it_down(
    tmp_path: Path, stand_url: str | None
) -> None:
    asker = number_of_client(0)
    with stand(tmp_path, stand_url, **PATIENT_SENDS) as here:
        here.enrol([asker])
        *_, sender = all_of(here)
        begin_a_send(here, asker, "accept_stall", 5.0)

        assert told_to_stop(sender, signal.SIGTERM) < ENDS_WITHIN_S

        assert states(here) == ["sent"]
        with here.database.read() as session:
            question = select(Attempt.outcome, Attempt.lookups, Attempt.next_lookup_at).order_by(Attempt.id)
            *held_back, told = session.execute(question).all()
        assert told == ("accepted", 0, None), "nothing is left to look up"
        assert all(attempt.outcome in NOT_SENT for attempt in held_back)
        assert violations(here.accepted(), owed={asker: 1}) == []


def all_of(here: Stand) -> Sequence[Process]:
    """Ready; the one that sends is the last."""
    processes = [
        here.start(command) for command in (["run"] if here.database.is_sqlite else ["web", "worker"])
    ]
    here.wait(here.is_ready, "all to be ready")
    return processes


def test_run_told_to_stop_in_the_middle_of_incoming_texts(tmp_path: Path) -> None:
    askers = [number_of_client(place) for place in range(4)]
    with stand(tmp_path) as here:
        here.enrol(askers)
        (run,) = all_of(here)
        with asking(here, askers, half_in=lambda: unanswered(here)) as answers:
            told_at = time.monotonic()
            run.signal(signal.SIGTERM)
        told_to_stop(run, signal.SIGTERM)

        assert time.monotonic() - told_at < ENDS_WITHIN_S
        here.start("run")
        here.wait(lambda: here.phones_reached() == set(askers), "every text", 120)
        time.sleep(until_nothing_may_follow(SPANS))
        assert answers == dict.fromkeys(askers, 200)
        assert violations(here.accepted(), owed=dict.fromkeys(askers, 1)) == []


@pytest.mark.postgres
def test_web_told_to_stop_in_the_middle_of_incoming_texts(tmp_path: Path, postgres_url: str) -> None:
    first, *askers = (number_of_client(place) for place in range(5))
    with stand(tmp_path, postgres_url, **SLOW_SENDS) as here:
        here.enrol([first, *askers])
        web, worker = all_of(here)
        begin_a_send(here, first, "accept_stall", 12.0)
        with asking(here, askers, half_in=lambda: waiting(here)) as answers:
            told_at = time.monotonic()
            web.signal(signal.SIGTERM)
        told_to_stop(web, signal.SIGTERM)

        assert time.monotonic() - told_at < ENDS_WITHIN_S
        here.wait(lambda: states(here) == ["sent"] * 5, "every text", 120)
        assert answers == dict.fromkeys(askers, 200)
        assert violations(here.accepted(), owed=dict.fromkeys([first, *askers], 1)) == []
        assert worker.is_alive


@contextmanager
def asking(here: Stand, askers: Sequence[str], *, half_in: Callable[[], int]) -> Iterator[dict[str, int]]:
    """Phones text us, and nobody can write their texts down until the block ends; what they were answered by then."""
    answers: dict[str, int] = {}
    phones = [threading.Thread(target=ask, args=(here, asker, answers)) for asker in askers]
    with here.database.write() as session:
        if not here.database.is_sqlite:
            session.execute(text("LOCK TABLE message IN EXCLUSIVE MODE"))
        for phone in phones:
            phone.start()
        here.wait(lambda: half_in() == len(askers), "every text to be half in")
        yield answers
    for phone in phones:
        phone.join()


def ask(here: Stand, number: str, answers: dict[str, int]) -> None:
    answers[number] = here.text(number, QUESTION)


def waiting(here: Stand) -> int:
    """How many texts wait for their table. The worker may wait too, but writes no text down before one was refused."""
    question = (
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE NOT granted AND relation = 'message'::regclass AND query LIKE 'INSERT INTO message %'"
    )
    with here.database.read() as session:
        return int(session.execute(text(question)).scalar_one())


def unanswered(here: Stand) -> int:
    """How many requests were read whole and not answered, by the system's own table of connections."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    ours = [row for row in rows if row[1].endswith(f":{here.port:04X}") and row[3] == "01"]
    return sum(row[4].endswith(":00000000") and row[9] != "0" for row in ours)
