"""`run`, `web` and `worker` as real processes: start, answer, refuse, end (RULES 9)."""

import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest

from app import create_app
from carriers.twilio_signature import sign_webhook
from cli.desk import bring_up
from config import Settings
from models.database import Database
from models.installation import machine_now, note_real_carrier
from tests.support.command_line import CommandLine
from tests.support.running import STARTS_WITHIN_S, Running, ask, wait_until_ready

Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[Running] = []

    def start_one(command: str, *, stderr: str = "", **variables: str) -> Running:
        running.append(Running(command, tmp_path, variables, stderr=stderr))
        return running[-1]

    yield start_one
    for one in running:
        one.kill()


def url_of(run: Running) -> str:
    return run.wait_for_line(r"Click: +(http://127\.0\.0\.1:\d+)/simulator")


def test_run_says_where_to_click_warns_and_ends_when_told(start: Start) -> None:
    run = start("run")
    url = url_of(run)
    wait_until_ready(url)
    run.wait_for_line("Stop: +Ctrl-C")

    assert ask(f"{url}/healthz")[0] == 200
    assert "aftercare_heartbeat_age_seconds" in ask(f"{url}/metrics")[1]
    assert "WARNING: no on-call phone" in "".join(run.said)
    assert run.end(signals=5) == 0


def test_run_answers_a_signed_text(start: Start, tmp_path: Path, shell: CommandLine) -> None:
    run = start("run")
    url = url_of(run)
    wait_until_ready(url)
    secret = (tmp_path / "var.keys" / "secret_key").read_text(encoding="ascii").strip()
    fields = [
        ("MessageSid", "SM" + "a" * 32),
        ("AccountSid", "AC" + "51" * 16),
        ("From", "+15735550142"),
        ("To", "+15735550100"),
        ("Body", "Can I work out tonight?"),
        ("NumMedia", "0"),
    ]
    signature = sign_webhook(url="http://127.0.0.1:8000/webhooks/sms", fields=fields, secret=secret)
    form = urlencode(fields).encode()

    accepted = ask(f"{url}/webhooks/sms", data=form, headers={"X-Twilio-Signature": signature})
    forged = ask(f"{url}/webhooks/sms", data=form, headers={"X-Twilio-Signature": "x"})

    assert accepted[0] == 200
    assert "<Response" in accepted[1]
    assert forged[0] == 403
    assert wait_for_reply(shell)["kind"] == "faq"
    assert run.end() == 0


def wait_for_reply(shell: CommandLine) -> dict[str, object]:
    """The answer, once the carrier has it; commands work while the server runs."""
    for _ in range(100):
        sent = [
            row
            for row in shell.must("messages", "list", "--json").rows
            if row["carrier_id"] and row["sent_at"]
        ]
        if sent:
            return sent[0]
        time.sleep(0.1)
    raise AssertionError("nothing was sent")


def test_a_second_run_on_the_same_database_is_refused(start: Start) -> None:
    first = start("run")
    url_of(first)

    second = start("run")

    assert second.process.wait(STARTS_WITHIN_S) == 1
    said = second.end_text()
    assert "already works on this database" in said
    assert len(said.splitlines()) == 1
    assert first.end() == 0


def test_callers_that_say_nothing_keep_nobody_out(start: Start) -> None:
    run = start("run")
    url = url_of(run)
    address = ("127.0.0.1", int(url.rsplit(":", 1)[1]))
    half_said = []
    for _ in range(150):
        half_said.append(socket.create_connection(address, timeout=5))
        half_said[-1].sendall(b"POST /webhooks/sms HTTP/1.1\r\nHost: x\r\nContent-Le")

    assert ask(f"{url}/healthz")[0] == 200
    for one in half_said:
        one.close()
    assert run.end() == 0


@pytest.mark.parametrize("page", [1, -1], ids=["second page", "last page"])
def test_nothing_is_sent_from_a_damaged_file(
    start: Start, shell: CommandLine, tmp_path: Path, page: int
) -> None:
    shell.must("migrate")
    file = tmp_path / "var" / "aftercare.db"
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = file.read_bytes()
    pages = [content[at : at + 4096] for at in range(0, len(content), 4096)]
    pages[page] = b"Z" * 4096
    file.write_bytes(b"".join(pages))

    run, doctor = start("run"), shell.type("doctor")

    assert run.process.wait(STARTS_WITHIN_S) == 1
    said = run.end_text()
    assert "damaged" in said
    assert "restore DIR" in said
    assert len(said.splitlines()) == 1
    assert (doctor.code, "the database file is damaged" in doctor.out) == (1, True)


def test_a_taken_port_is_one_plain_line(start: Start) -> None:
    first = start("run")
    port = url_of(first).rsplit(":", 1)[1]

    second = start("run", BIND=f"127.0.0.1:{port}", DATA_DIR="elsewhere/var")

    assert second.process.wait(STARTS_WITHIN_S) == 1
    said = second.end_text()
    assert "set BIND to a free port" in said
    assert len(said.splitlines()) == 1


def test_run_works_with_its_log_closed(start: Start) -> None:
    run = start("run", stderr="2>&-", LOG_LEVEL="DEBUG")

    wait_until_ready(url_of(run))

    assert run.end() == 0


@pytest.mark.parametrize("command", ["web", "worker"])
def test_apart_they_refuse_sqlite_in_one_line(shell: CommandLine, command: str) -> None:
    said = shell.type(command)

    assert said.code == 1
    assert said.err == (
        f"app.py: `{command}` needs PostgreSQL and DATABASE_URL names SQLite; on one machine use: app.py run\n"
    )


def test_no_simulation_on_a_database_of_real_clients(shell: CommandLine) -> None:
    shell.must("migrate")
    database = Database(f"sqlite:///{shell.folder / 'var' / 'aftercare.db'}")
    with database.write() as session:
        note_real_carrier(session, machine_now(session))
    database.close()

    said = shell.type("run")

    assert said.code == 1
    assert "set CARRIER=twilio" in said.err


def test_making_the_application_leaves_no_thread_running(settings: Settings) -> None:
    bring_up(Database(settings.database_url), settings)
    before = set(threading.enumerate())

    app = create_app(settings)
    app.test_client().get("/healthz")

    for thread in set(threading.enumerate()) - before:
        thread.join(2)  # the library that counts calls cleans up once, for a moment
    assert set(threading.enumerate()) == before
    app.extensions["deployment"].close()


@pytest.mark.postgres
def test_web_and_worker_share_a_postgresql(start: Start, postgres_url: str, shell: CommandLine) -> None:
    shell.set(DATABASE_URL=postgres_url)
    shell.must("migrate")

    worker = start("worker", DATABASE_URL=postgres_url)
    worker.wait_for_line("Working")
    web = start("web", DATABASE_URL=postgres_url, BIND="127.0.0.1:8971")
    wait_until_ready("http://127.0.0.1:8971")

    assert web.end() == 0
    assert worker.end() == 0
