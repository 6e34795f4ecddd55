"""The dead man's switch over real processes: a clock that is silent, a worker that is killed (row 100).

What people are told of it: the on-call phone by the living sender, and the watcher outside by being asked no more.
"""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from sqlalchemy import text

from alerts.dead_man import NOTES
from models.alert import list_open_alerts
from models.clinic import list_clinics
from models.installation import TICK
from tests.support.engines import ON_BOTH, POSTGRESQL
from tests.support.factories import ON_CALL_NUMBER
from tests.support.oracle import texts_to
from tests.support.processes import Stand, number_of_client, stand

pytestmark = [pytest.mark.full, pytest.mark.timeout(1200)]
ON_POSTGRESQL = pytest.mark.parametrize(
    "engine", [pytest.param(POSTGRESQL, marks=pytest.mark.postgres)], indirect=True
)

SILENT_AFTER_S = 8.0
LOOKS_S = 3 * SILENT_AFTER_S  # long enough for a second alert, if there were one
ASKED_WITHIN_S = 240  # the watcher is asked once a minute


class Outside(BaseHTTPRequestHandler):
    """The watcher that expects to be asked."""

    def do_GET(self) -> None:
        self.server.asked.append(time.monotonic())  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def watcher() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Outside)
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def here(tmp_path: Path, stand_url: str | None, watcher: HTTPServer) -> Iterator[Stand]:
    told = {
        "ONCALL_NUMBERS": ON_CALL_NUMBER,
        "DEAD_MAN_AFTER_S": str(SILENT_AFTER_S),
        "DEAD_MAN_URL": f"http://127.0.0.1:{watcher.server_port}/ping",
    }
    with stand(tmp_path, stand_url, **told) as made:
        yield made


@contextmanager
def clock_cannot_tick(here: Stand) -> Iterator[None]:
    """No process of ours gets through a round of the clock, whatever else it does."""
    with refused_beat(here) if here.database.is_sqlite else held_tick(here):
        yield


@contextmanager
def held_tick(here: Stand) -> Iterator[None]:
    """Somebody holds what a tick needs."""
    with here.database.write() as session:
        session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": TICK})
        yield


@contextmanager
def refused_beat(here: Stand) -> Iterator[None]:
    """The file itself takes no beat of the clock, so that each round fails as a whole."""
    refuse = (
        f"CREATE TRIGGER refuse_beat BEFORE UPDATE ON heartbeat WHEN NEW.name = '{TICK}' "
        "BEGIN SELECT RAISE(ABORT, 'no beat is taken'); END"
    )
    with here.database.write() as session:
        session.execute(text(refuse))
    yield
    with here.database.write() as session:
        session.execute(text("DROP TRIGGER refuse_beat"))


def times_asked(watcher: HTTPServer) -> int:
    return len(watcher.asked)  # type: ignore[attr-defined]


def wait_to_be_asked_again(here: Stand, watcher: HTTPServer) -> None:
    """The watcher hears of us once more."""
    before = times_asked(watcher)
    here.wait(lambda: times_asked(watcher) > before, "the watcher outside to be asked", ASKED_WITHIN_S)


def open_alerts(here: Stand) -> list[str | None]:
    with here.database.read() as session:
        return [alert.note for alert in list_open_alerts(session, clinic_id=list_clinics(session)[0].id)]


def pages(here: Stand) -> int:
    return len(texts_to(here.accepted(), ON_CALL_NUMBER))


def owe_a_reminder(here: Stand) -> str:
    number = number_of_client(900)
    here.treat(list(here.enrol([number]).values()))
    return number


@ON_BOTH
def test_a_silent_clock_is_texted_once_and_its_return_is_seen(here: Stand, watcher: HTTPServer) -> None:
    if not here.database.is_sqlite:
        here.start("worker")
    here.start_ready("run" if here.database.is_sqlite else "web")
    wait_to_be_asked_again(here, watcher)
    with clock_cannot_tick(here):
        reminded = owe_a_reminder(here)
        here.wait(lambda: pages(here) > 0, "the on-call phone to be texted")
        silent_since = times_asked(watcher)
        assert here.ask("/readyz") == 503
        time.sleep(LOOKS_S)

        assert open_alerts(here) == [NOTES[TICK]]
        assert (pages(here), times_asked(watcher)) == (1, silent_since)
        assert reminded not in here.phones_reached()
    here.wait(here.is_ready, "health to be green again")
    here.wait(lambda: reminded in here.phones_reached(), "the reminder that waited")
    wait_to_be_asked_again(here, watcher)

    assert pages(here) == 1
    assert len(texts_to(here.accepted(), reminded)) == 1
    assert open_alerts(here) == [NOTES[TICK]], "only a person closes an alert"


@ON_POSTGRESQL
@pytest.mark.parametrize("is_frozen", [False, True])
def test_a_worker_that_ends_is_seen_from_outside_and_so_is_the_next(
    here: Stand, watcher: HTTPServer, is_frozen: bool
) -> None:
    """It can say nothing itself: /readyz of the web pages goes red, and the watcher is asked no more."""
    worker = here.start("worker")
    here.start_ready("web")
    wait_to_be_asked_again(here, watcher)
    if is_frozen:
        worker.signal(signal.SIGSTOP)
    else:
        worker.kill()
    reminded = owe_a_reminder(here)
    here.wait(lambda: here.ask("/readyz") == 503, "health to go red")
    time.sleep(LOOKS_S)
    assert here.ask("/readyz") == 503
    if is_frozen:
        worker.signal(signal.SIGCONT)
    else:
        here.start("worker")
    here.wait(here.is_ready, "health to be green again")
    wait_to_be_asked_again(here, watcher)
    here.wait(lambda: reminded in here.phones_reached(), "the reminder that waited")

    time.sleep(LOOKS_S)
    assert open_alerts(here) == []
    assert pages(here) == 0
    assert len(texts_to(here.accepted(), reminded)) == 1
