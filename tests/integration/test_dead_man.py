"""The dead man's switch: silence of the clock or the sender is noticed, told to people, and seen from outside."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from flask import Flask
from requests import ConnectionError as NoAnswer
from requests import HTTPError
from structlog.testing import capture_logs

from alerts.dead_man import NOTES, BeatWatch
from app import create_app
from cli.watchdog import Watchdog, ask_for
from config import ConfigurationError, Settings, load_settings
from deployment import Deployment
from models.alert import Alert, list_open_alerts
from models.clinic import list_clinics
from models.installation import SENDER, TICK, beat, installation, machine_now
from models.listings import list_messages
from models.staff import OnCall
from outbox.stop import stop_sending
from tests.support.factories import NOON, ON_CALL_NUMBER
from tests.support.migrated import bring_up_copy

URL = "https://watcher.example/ping/secret-id"
LIMIT = timedelta(minutes=3)


@dataclass
class Machine:
    """An installation whose steady seconds and beats a test moves by hand."""

    here: Deployment
    seconds: float = 1000.0
    pinged: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dog = Watchdog(self.here, steady=lambda: self.seconds, ping=self.pinged.append)

    def live(self, seconds: int, *parts: str) -> tuple[str, ...]:
        """Time passes while only these parts beat; the silent ones at the end."""
        silent: tuple[str, ...] = ()
        for _ in range(seconds // 10):
            self.seconds += 10
            with self.here.database.write() as session:
                for part in parts:
                    beat(session, part, machine_now(session))
            silent = self.dog.look()
        return silent

    def alerts(self) -> list[Alert]:
        with self.here.database.read() as session:
            return list_open_alerts(session, clinic_id=list_clinics(session)[0].id)

    def pages(self) -> int:
        with self.here.database.read() as session:
            clinic = list_clinics(session)[0]
            return sum(row.kind == "alert" for row in list_messages(session, clinic_id=clinic.id))


@pytest.fixture
def app(settings_here: Settings) -> Iterator[Flask]:
    bring_up_copy(settings_here)
    app = create_app(replace(settings_here, dead_man_url=URL, dead_man_after=LIMIT))
    yield app
    app.extensions["deployment"].close()


@pytest.fixture
def machine(app: Flask) -> Machine:
    here: Deployment = app.extensions["deployment"]
    with here.database.write() as session:
        clinic = list_clinics(session)[0]
        session.add(OnCall(clinic_id=clinic.id, name="Sam", number=ON_CALL_NUMBER, position=1))
    return Machine(here)


def test_while_both_beat_nobody_is_disturbed(machine: Machine) -> None:
    assert machine.live(600, TICK, SENDER) == ()
    assert machine.alerts() == []


def test_a_silent_clock_is_paged_through_the_living_sender(machine: Machine) -> None:
    machine.live(60, TICK, SENDER)
    assert machine.live(170, SENDER) == ()

    with capture_logs() as logs:
        assert machine.live(90, SENDER) == (TICK,)

    assert [alert.note for alert in machine.alerts()] == [NOTES[TICK]]
    assert machine.pages() == 1
    assert machine.here.wake.is_set()
    assert "critical" in {line["log_level"] for line in logs}


def test_a_silent_sender_is_an_alert_on_the_screen_and_a_red_readyz(machine: Machine, app: Flask) -> None:
    machine.live(60, TICK, SENDER)
    with machine.here.database.write() as session:
        beat(session, SENDER, machine_now(session) - timedelta(minutes=9))

    with capture_logs() as logs:
        assert machine.live(300, TICK) == (SENDER,)

    assert [alert.note for alert in machine.alerts()] == [NOTES[SENDER]]
    assert app.test_client().get("/readyz").status_code == 503
    assert "critical" in {line["log_level"] for line in logs}


def test_a_part_that_never_began_is_noticed_too(machine: Machine) -> None:
    assert machine.live(300) == (TICK, SENDER)


def test_it_is_said_once_and_ends_when_the_beat_returns(machine: Machine) -> None:
    machine.live(900, SENDER)
    assert len(machine.alerts()) == 1

    assert machine.live(20, TICK, SENDER) == ()
    assert len(machine.alerts()) == 1, "only a person closes an alert"


def test_a_clock_that_jumps_makes_no_part_look_dead() -> None:
    watch = BeatWatch(LIMIT, steady=0)

    for second in range(0, 900, 10):
        jump = timedelta(hours=second % 7 - 3)
        assert watch.silent({TICK: NOON + jump, SENDER: NOON - jump}, steady=second) == ()


def test_a_process_that_stood_still_calls_no_part_dead_until_the_limit_has_passed_again() -> None:
    beat = {TICK: NOON, SENDER: NOON}
    watch = BeatWatch(timedelta(seconds=60), steady=0)
    assert [watch.silent(beat, steady=at) for at in (5.0, 10.0)] == [(), ()]

    assert watch.silent(beat, steady=500.0) == ()
    assert [watch.silent(beat, steady=500.0 + at) for at in (25.0, 50.0, 61.0)] == [(), (), (TICK, SENDER)]


def test_while_all_is_well_the_watcher_outside_is_asked_once_a_minute(machine: Machine) -> None:
    machine.live(300, TICK, SENDER)

    assert machine.pinged == [URL] * 5


def test_the_watcher_hears_nothing_when_a_part_is_silent(machine: Machine) -> None:
    machine.live(300, TICK, SENDER)
    machine.pinged.clear()
    with machine.here.database.write() as session:
        beat(session, SENDER, machine_now(session) - timedelta(minutes=9))

    machine.live(300, TICK)

    assert machine.pinged == []


def test_the_watcher_hears_nothing_while_no_alert_could_leave(machine: Machine) -> None:
    with machine.here.database.write() as session:
        stop_sending(session, why="the account is suspended", now=NOON, machine=NOON)

    machine.live(300, TICK, SENDER)

    assert machine.pinged == []


@pytest.mark.parametrize("error", [NoAnswer(f"no route to {URL}"), HTTPError(f"500 for {URL}")])
def test_a_watcher_that_does_not_answer_harms_nobody_and_its_address_stays_secret(
    machine: Machine, error: Exception
) -> None:
    def fail(_url: str) -> None:
        raise error

    machine.dog._ping = fail
    with capture_logs() as logs:
        machine.live(120, TICK, SENDER)

    assert any("not answered" in line["event"] for line in logs)
    assert "secret-id" not in repr(logs)
    assert "secret-id" not in repr(machine.here.settings)


def test_a_database_that_cannot_be_asked_ends_neither_the_watch_nor_goes_unnoticed(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk gone")

    monkeypatch.setattr("cli.watchdog.beats", fail)
    with capture_logs() as logs:
        for _ in range(40):
            machine.seconds += 10
            silent = machine.dog.look()

    assert silent == (TICK, SENDER)
    assert "critical" in {line["log_level"] for line in logs}


def test_the_mark_of_the_file_moves_on_each_minute(machine: Machine) -> None:
    if not machine.here.database.is_sqlite:
        return  # no file: the mark is what the server knows the database by
    marks = set()
    for _ in range(3):
        machine.live(60, TICK, SENDER)
        with machine.here.database.read() as session:
            marks.add(installation(session).mark)
    assert len(marks) == 3


class Watcher(BaseHTTPRequestHandler):
    """What a service such as healthchecks sees."""

    def do_GET(self) -> None:
        self.server.seen.append((self.path, self.headers, self.rfile.read(0)))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def watcher() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Watcher)
    server.seen, server.status = [], 200  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("status", [200, 302])
def test_the_request_carries_nothing_and_follows_nothing(watcher: HTTPServer, status: int) -> None:
    watcher.status = status  # type: ignore[attr-defined]

    ask_for(f"http://127.0.0.1:{watcher.server_port}/ping/1")

    ((path, headers, body),) = watcher.seen  # type: ignore[attr-defined]
    assert (path, body) == ("/ping/1", b"")
    assert {name.lower() for name in headers} <= {
        "host",
        "user-agent",
        "accept",
        "accept-encoding",
        "connection",
    }


def test_a_refusal_is_an_error(watcher: HTTPServer) -> None:
    watcher.status = 404  # type: ignore[attr-defined]

    with pytest.raises(HTTPError):
        ask_for(f"http://127.0.0.1:{watcher.server_port}/gone")


@pytest.mark.parametrize(
    "url",
    [
        "http://watcher.example/1",
        "ftp://localhost/1",
        "https://user@watcher.example/",
        "https://",
        "no",
        "https://a b",
    ],
)
def test_only_https_or_this_machine(url: str) -> None:
    with pytest.raises(ConfigurationError, match="DEAD_MAN_URL"):
        load_settings({"DEAD_MAN_URL": url})


@pytest.mark.parametrize(
    "url", [URL, "http://127.0.0.1:9000/1", "http://localhost/1", "https://w.example/p?id=1"]
)
def test_these_are_taken(url: str) -> None:
    assert load_settings({"DEAD_MAN_URL": url}).dead_man_url == url


def test_the_limit_is_longer_than_one_honest_send() -> None:
    with pytest.raises(ConfigurationError, match="DEAD_MAN_AFTER_S"):
        load_settings({"DEAD_MAN_AFTER_S": "10"})
