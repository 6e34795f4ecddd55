"""The product as real processes against the fake Twilio as another: started, killed, frozen, judged from outside.

A Stand holds what outlives a process: the database, the carrier and its log. Spans are short; their relations hold.
"""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from cli.desk import bring_up
from config import ensure_keys, load_settings
from messages.catalogue import load_pack
from models.clinic import list_clinics
from models.database import Database
from models.message import Message
from scheduler.visits import NewTreatment, add_treatment
from tests.support.factories import OUR_NUMBER, make_client, make_consent, make_conversation
from tests.support.noon import noon_zone
from tests.support.oracle import Accepted, read_log
from tests.support.postgres import free_port
from tests.support.process import Process, start_cold, start_warm
from tests.support.twilio_webhooks import ACCOUNT_SID, AUTH_TOKEN, WebhookSender, inbound_fields, new_sid

ROOT = Path(__file__).resolve().parents[2]
TODAYS = str(ROOT)  # the folder of today's code
SPANS = {
    "SEND_CONNECT_TIMEOUT_S": "0.5",
    "SEND_TIMEOUT_S": "1",
    "SEND_GRACE_S": "2.5",
    "LEASE_S": "2",
    "LOOKUP_SPACING_S": "0.3",
    "EMERGENCY_RESEND_S": "0.3",
    "TICK_S": "0.2",
    "MESSAGES_PER_SECOND": "200",
    "MASS_SEND_LIMIT": "100000",
}
STARTS_WITHIN_S = 90


def number_of_client(place: int) -> str:
    """A number of its own for each client."""
    return f"+1573{2_000_000 + place}"


class Stand:
    """One installation with a real carrier's face. Use as a context manager; ends only what it started.

    `auto_report`: what the carrier reports of each text by itself, such as "sent,delivered".
    `made_by`: the folder of the code that makes the database, where it is not today's.
    """

    def __init__(
        self,
        folder: Path,
        database_url: str | None = None,
        *,
        carrier_host: str = "127.0.0.1",
        auto_report: str = "",
        made_by: str = TODAYS,
        **variables: str,
    ) -> None:
        self.folder = folder
        self.auto_report = auto_report
        self.is_warm = False
        self.port = free_port()
        self.carrier_log = folder / "accepted.jsonl"
        self.url = f"http://127.0.0.1:{self.port}"
        self._processes: list[Process] = []
        self.carrier_url = f"http://{carrier_host}:{free_port()}"
        self.variables = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(folder),
            "DATA_DIR": str(folder / "var"),
            "DATABASE_URL": database_url or f"sqlite:///{folder / 'var' / 'aftercare.db'}",
            "CARRIER": "twilio",
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_API_BASE": self.carrier_url,
            "PUBLIC_URL": self.url,
            "SECRET_KEY": "a secret of the tests, long enough to be one",
            "CLINIC_NAME": "Demo Clinic",
            "CLINIC_NUMBER": OUR_NUMBER,
            "CLINIC_TIMEZONE": noon_zone(datetime.now(UTC)),
            "BIND": f"127.0.0.1:{self.port}",
            **SPANS,
            **variables,
        }
        self.settings = ensure_keys(load_settings({**self.variables}))
        self.database = Database(self.settings.database_url)
        if made_by == TODAYS:
            bring_up(self.database, self.settings)
        else:
            self.call("migrate", code=made_by)
        self.hooks = WebhookSender(self.url, f"127.0.0.1:{self.port}")

    def __enter__(self) -> "Stand":
        self._start_carrier()
        return self

    def __exit__(self, *_error: object) -> None:
        for process in self._processes:
            process.signal(signal.SIGCONT)
            process.kill()
        self.database.close()

    # --- processes ------------------------------------------------------------------------------------------

    def start(
        self, command: str, *, before: Sequence[str] = (), code: str = TODAYS, **variables: str
    ) -> Process:
        """`run`, `web` or `worker` of the code in this folder, behind other words such as ip netns exec."""
        told = {**self.variables, "PYTHONPATH": code, **variables}
        if self.is_warm and not before and code == TODAYS:
            return self._note(start_warm([command], self.folder, told, self._log(command)))
        words = [*before, sys.executable, f"{code}/app.py", command]
        return self._note(start_cold(words, self.folder, told, self._log(command)))

    def start_followed(self, command: str, notes: Path) -> Process:
        """The same, started warm, its system calls noted in this folder."""
        return self._note(start_warm([command], self.folder, self.variables, self._log(command), notes))

    def start_ready(self, command: str = "run", *, before: Sequence[str] = (), **variables: str) -> Process:
        """The same, answering /readyz with 200."""
        process = self.start(command, before=before, **variables)
        self.wait(lambda: self.is_ready() or not process.is_alive, f"{command} to be ready")
        assert process.is_alive, process.log.read_text(encoding="utf-8")[-2000:]
        return process

    def call(self, *words: str, code: str = TODAYS) -> str:
        """What a command of the code in this folder prints. Raises CalledProcessError."""
        told = {**self.variables, "PYTHONPATH": code}
        command = [sys.executable, f"{code}/app.py", *words]
        return subprocess.run(
            command, cwd=self.folder, env=told, stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}-{len(self._processes)}.log"

    def _note(self, process: Process) -> Process:
        self._processes.append(process)
        return process

    def _start_carrier(self) -> None:
        host, port = self.carrier_url.removeprefix("http://").rsplit(":", 1)
        words = [sys.executable, "-m", "tests.support.fake_twilio", "--host", host, "--port", port]
        words += ["--log", str(self.carrier_log), "--public-url", self.url]
        words += ["--auto-report", self.auto_report]
        variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        self._note(start_cold(words, self.folder, variables, self._log("carrier")))
        self.wait(lambda: self.control("accepted") is not None, "the fake carrier")

    # --- the carrier ----------------------------------------------------------------------------------------

    def control(self, name: str, content: object = None) -> Any:
        """A word to the fake carrier; None where it does not answer."""
        data = None if content is None else json.dumps(content).encode()
        try:
            with urllib.request.urlopen(f"{self.carrier_url}/_fake/{name}", data, timeout=20) as answer:
                return json.load(answer)
        except OSError:
            return None

    def wait_until_scripted(self, what: str) -> None:
        """Until every scripted step has met its request. A text whose intent is on disk may still be held back."""
        self.wait(lambda: self.control("steps_left") == 0, what)

    def accepted(self) -> list[Accepted]:
        """The carrier's log."""
        return read_log(self.carrier_log)

    def phones_reached(self) -> set[str]:
        """Those the carrier took a text to."""
        return {text.to_number for text in self.accepted()}

    def phones_in_review(self) -> set[str]:
        """Those whose text is before a person because nobody knows whether it left."""
        with self.database.read() as session:
            question = select(Message.their_number).where(Message.state == "review")
            return set(session.scalars(question))

    def text(self, number: str, body: str) -> int:
        """A client's phone texts us: the carrier keeps it and pushes it once. Our answer; 0 = nobody answered."""
        return self.text_with_sid(number, body)[1]

    def text_with_sid(self, number: str, body: str) -> tuple[str, int]:
        """The same: (the carrier's id of the text, our answer)."""
        sid = new_sid("SM")
        text = {"from": number, "to": OUR_NUMBER, "body": body, "deliver": False, "sid": sid}
        self.wait(lambda: self.control("text_in", text) is not None, "the fake carrier to take a text")
        try:
            return sid, self.hooks.post("/webhooks/sms", inbound_fields(number, OUR_NUMBER, body, sid=sid))
        except (OSError, http.client.HTTPException):  # a reply cut off in the middle is none
            return sid, 0

    # --- the clinic -----------------------------------------------------------------------------------------

    def enrol(self, numbers: Sequence[str]) -> dict[str, int]:
        """Clients who agreed to care texts, by number."""
        zone = self.settings.clinic_timezone
        with self.database.write() as session:
            clinic = list_clinics(session)[0]
            found = {}
            for number in numbers:
                conversation = make_conversation(session, clinic, number=number)
                make_consent(session, conversation)
                found[number] = make_client(session, conversation, timezone=zone).id
            return found

    def treat(self, client_ids: Sequence[int]) -> None:
        """Treated 17 hours ago and entered now: one text, "you can exercise again", is due at once."""
        from models.client import find_client

        rules, now = load_pack().plan, datetime.now(UTC)
        for client_id in client_ids:
            with self.database.write() as session:
                add_treatment(
                    session,
                    find_client(session, client_id),
                    NewTreatment(now - timedelta(hours=17), "neuromodulator"),
                    by="Dana",
                    actor="staff:1",
                    rules=rules,
                    now=now,
                )

    def on_file(self) -> Counter[str]:
        """The carrier's ids of the texts the clinic has, by `messages list`."""
        rows = (json.loads(line) for line in self.call("messages", "list", "--json").splitlines())
        return Counter(row["carrier_id"] for row in rows if row["direction"] == "inbound")

    # --- waiting --------------------------------------------------------------------------------------------

    def is_ready(self) -> bool:
        """Whether /readyz is green."""
        return self.ask("/readyz") == 200

    def ask(self, path: str) -> int:
        """The status of one page; 0 = nobody answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except (OSError, http.client.HTTPException):
            return 0

    def wait(self, is_so: Callable[[], bool], what: str, within_s: float = STARTS_WITHIN_S) -> float:
        """Wait for something; the seconds it took."""
        begun = time.monotonic()
        while time.monotonic() - begun < within_s:
            if is_so():
                return time.monotonic() - begun
            time.sleep(0.05)
        raise AssertionError(f"waited {within_s} s for {what}; {self.tails()}")

    def tails(self) -> str:
        """The last words of every process: for a failed test."""
        return "\n".join(f"{p.log.name}: {p.log.read_text(errors='replace')[-600:]}" for p in self._processes)


@contextlib.contextmanager
def stand(
    folder: Path,
    database_url: str | None = None,
    *,
    carrier_host: str = "127.0.0.1",
    auto_report: str = "",
    made_by: str = TODAYS,
    **variables: str,
) -> Iterator[Stand]:
    """A Stand for the length of the block."""
    words = {"carrier_host": carrier_host, "auto_report": auto_report, "made_by": made_by}
    with Stand(folder, database_url, **words, **variables) as made:
        yield made


@contextlib.contextmanager
def warm_stand(folder: Path, database_url: str | None = None) -> Iterator[Stand]:
    """The same for many starts: each takes a tenth of the time (`warm.py`)."""
    with Stand(folder, database_url) as made:
        made.is_warm = True
        yield made
