"""PostgreSQL lets nobody write for a while, or somebody else holds a table: 503 in time, nothing leaves or is lost.

R1, R2, rows 86 and 87; SQLite's turn is in `test_storage.py`. Nobody restarts a process of ours, and nobody ends our
sessions once the database may be written to again.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from models.clinic import ClinicNumber
from models.message import Message
from tests.support import engines
from tests.support.oracle import violations
from tests.support.processes import Stand, number_of_client, stand

pytestmark = [pytest.mark.full, pytest.mark.postgres, pytest.mark.timeout(600)]
SPANS = {"SEND_TIMEOUT_S": "8", "LEASE_S": "9", "SEND_GRACE_S": "10"}
ON_ITS_WAY_S = (
    6.0  # the carrier thinks about a text that long; its answer finds a database that takes nothing
)
PUT_OFF = timedelta(seconds=30)  # longer than it takes /readyz to notice on a busy machine
TRIED_FOR_S = 4
CARRIER_WAITS_S = 15
OPEN = ("queued", "claimed", "in_flight", "unknown")
QUESTION = "Can I work out tonight?"
FIRST = number_of_client(0)
ASKING = [number_of_client(10 + place) for place in range(6)]
REMINDED = [number_of_client(900 + place) for place in range(3)]


@pytest.fixture
def here(tmp_path: Path, postgres_url: str) -> Iterator[Stand]:
    """Our `web` and `worker` at work."""
    with stand(tmp_path, postgres_url, **SPANS) as made:
        made.start("worker")
        made.start_ready("web")
        yield made


def test_a_read_only_database_refuses_in_time_and_recovers(here: Stand) -> None:
    put_on_its_way(here, FIRST)
    due_at = owe_reminders(here)
    with read_only(here):
        during = ask_all(here, ASKING)
        here.wait(lambda: here.ask("/readyz") == 503, "health to go red")
        let_them_fall_due(here, due_at)
        assert here.ask("/healthz") == 200
        assert here.phones_reached() == {FIRST}
        assert count(here, "in_flight") == 1, "the carrier's answer could be written down"
    here.wait(here.is_ready, "health to be green again")
    after = ask_all(here, [number_of_client(20)])

    assert {answer for answer, _ in during.values()} == {503}
    assert {answer for answer, _ in after.values()} == {200}
    check_at_the_end(here, [FIRST, *during, *after, *REMINDED])
    print(f"read-only: 503 after {longest(during):.1f} s")


def test_a_table_that_somebody_else_holds_is_answered_in_time(here: Stand) -> None:
    due_at = owe_reminders(here)
    with table_held(here):
        during = ask_all(here, ASKING)
        let_them_fall_due(here, due_at)

    assert {answer for answer, _ in during.values()} == {503}
    assert longest(during) < CARRIER_WAITS_S
    check_at_the_end(here, [*during, *REMINDED])
    print(f"a table held by somebody else: 503 after {longest(during):.1f} s")


def test_texts_of_one_phone_that_wait_for_each_other_are_answered_in_time(here: Stand) -> None:
    here.enrol([FIRST])
    with table_held(here):
        answers = ask_every_second(here, [FIRST] * 8)
        here.wait(lambda: here.ask("/readyz") == 503, "health to go red though nothing is due")
    here.wait(here.is_ready, "health to be green again")

    assert [answer for answer, _ in answers] == [503] * 8
    assert max(took for _, took in answers) < CARRIER_WAITS_S
    here.wait(lambda: len(here.on_file()) == 8, "every text to be fetched")
    print(f"eight texts of one phone: 503 after {max(took for _, took in answers):.1f} s")


@contextmanager
def read_only(here: Stand) -> Iterator[None]:
    """As an operator or a provider does it: new sessions may only read, and there are no others."""
    name = here.settings.database_url.rsplit("/", 1)[1]
    server = engines.cluster()
    server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    server.execute(engines.END_OTHERS.format(name=name))
    yield
    server.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")


@contextmanager
def table_held(here: Stand) -> Iterator[None]:
    with here.database.write() as session:
        session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        session.execute(text("LOCK TABLE message IN ACCESS EXCLUSIVE MODE"))
        yield


def owe_reminders(here: Stand) -> datetime:
    """Those of REMINDED are in the outbox, and our number's turn comes at the moment that is returned."""
    clients, due_at = here.enrol(REMINDED), datetime.now(UTC) + PUT_OFF
    with here.database.write() as session:
        session.execute(update(ClinicNumber).values(next_send_at=due_at))
    here.treat(list(clients.values()))
    here.wait(lambda: count(here, "queued") == len(REMINDED), "the reminders to be queued")
    return due_at


def put_on_its_way(here: Stand, number: str) -> None:
    """The carrier has a text for this phone and has not said so yet."""
    here.enrol([number])
    here.control("script", [{"do": "accept_stall", "seconds": ON_ITS_WAY_S, "to": number}])
    assert here.text(number, QUESTION) == 200
    here.wait(lambda: number in here.phones_reached(), "a text to be on its way")


def let_them_fall_due(here: Stand, due_at: datetime) -> None:
    """The moment of the owed reminders passes while the fault stands, and none leaves."""
    left_s = (due_at - datetime.now(UTC)).total_seconds()
    assert left_s > 0, "the fault came too late to prove anything"
    time.sleep(left_s + TRIED_FOR_S)
    assert not here.phones_reached() & set(REMINDED)


def ask_all(here: Stand, numbers: list[str]) -> dict[str, tuple[int, float]]:
    """Each phone asks; our answer and the seconds it took. 0 = not within the carrier's 15 s."""
    return dict(zip(numbers, ask_every_second(here, numbers), strict=True))


def ask_every_second(here: Stand, numbers: list[str]) -> list[tuple[int, float]]:
    """One a second asks, whether or not those before were answered."""
    with ThreadPoolExecutor(len(numbers)) as pool:
        asked = []
        for number in numbers:
            asked.append(pool.submit(ask, here, number))
            time.sleep(1)
        return [each.result() for each in asked]


def ask(here: Stand, number: str) -> tuple[int, float]:
    began = time.monotonic()
    return here.text(number, QUESTION), time.monotonic() - began


def longest(answers: dict[str, tuple[int, float]]) -> float:
    return max(took for _, took in answers.values())


def check_at_the_end(here: Stand, numbers: list[str]) -> None:
    """Each phone has its one text, without a restart."""
    here.wait(lambda: here.phones_reached() == set(numbers), "every text", 120)
    here.wait(lambda: not count(here, *OPEN), "every text to come to its end")
    assert violations(here.accepted(), owed=dict.fromkeys(numbers, 1)) == []
    assert here.phones_in_review() == set()


def count(here: Stand, *states: str) -> int:
    with here.database.read() as session:
        return session.query(Message).filter(Message.state.in_(states)).count()
