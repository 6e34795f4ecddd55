"""An update as it is really made (row 96), while texts come in. The judge: the carrier's log.

An earlier program (tests/old_release) is at work, today's steps are taken under it, and today's program comes beside it
and takes over. All of them are processes of their own.
"""

import random
import tarfile
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy import update as update_rows

from cli.background import SENDERS
from migrations.upgrade import newest, reached
from models.message import Message
from tests.support.hosts import next_text_not_before
from tests.support.oracle import texts_to, violations
from tests.support.process import Process
from tests.support.processes import ROOT, Stand, number_of_client, stand

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]
ARCHIVE = ROOT / "tests" / "old_release" / "46e4a22.tar.xz"
OLD_STEP = "0008"
PHONES = 400  # at most: each is one client's
MOST_WAITING = 30  # for a text of ours
QUESTION, CONFIRMATION = "Can I work out tonight?", "opted out"
REFUSAL = "the database is not at this version's step"
BY_US = {"OPT_OUT_MODE": "self"}  # STOP is confirmed by us, not by the carrier
# An unanswered send is to be seen before it is given up.
PATIENT = {"SEND_TIMEOUT_S": "1.5", "SEND_GRACE_S": "3", "LEASE_S": "5"}
ON_ITS_WAY = ("queued", "claimed", "in_flight", "unknown")
STALLED_S = 8.0  # longer than any lease here


@pytest.fixture
def old_code(tmp_path: Path) -> str:
    """The folder of the earlier program."""
    folder = tmp_path / "old"
    with tarfile.open(ARCHIVE) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.2 has none yet
        archive.extractall(folder)
    return str(folder)


class Update:
    """One installation on its way from the old code to today's, and the phones of its clients."""

    def __init__(self, here: Stand, old_code: str) -> None:
        self.here, self.old_code = here, old_code
        self._fresh = iter(here.enrol([number_of_client(place) for place in range(PHONES)]).items())
        self._lock = threading.Lock()
        self.owed: dict[str, int] = {}
        self.stopped: set[str] = set()
        self.cut_off = 0  # sends that the carrier had not answered at the kill

    def start_old(self, command: str) -> Process:
        process = self.here.start(command, code=self.old_code)
        words = Path(f"/proc/{process.popen.pid}/cmdline").read_bytes().split(b"\0")
        assert f"{self.old_code}/app.py".encode() in words
        return process

    def migrate(self) -> None:
        """Today's steps, whoever else is at work."""
        assert step_of(self.here) == OLD_STEP
        self.here.call("migrate")
        assert step_of(self.here) == newest() != OLD_STEP

    def refuses_old(self, command: str) -> None:
        process = self.start_old(command)
        assert process.popen.wait(60) != 0
        assert REFUSAL in process.log.read_text(encoding="utf-8")

    def live(self) -> None:
        """With whatever runs: clients ask, say STOP and are reminded, until the carrier has a text for each of them."""
        stopping = self._stop_what_is_queued(3)
        asking, reminded = self._owe(6), self.remind(8)
        assert [self.here.text(number, QUESTION) for number in asking] == [200] * len(asking)
        self.has_all({*asking, *stopping, *reminded})

    def remind(self, clients: int) -> Collection[str]:
        """So many are owed a reminder from now on: their numbers."""
        reminded = self._owe(clients)
        self.here.treat(list(reminded.values()))
        return reminded

    def _stop_what_is_queued(self, clients: int) -> Collection[str]:
        """So many say STOP while a reminder to each of them waits in the queue; then it is let go: their numbers."""
        next_text_not_before(self.here, later())
        stopping = self.remind(clients)
        self.here.wait(lambda: queued_to(self.here, stopping) == clients, "their reminders to be queued")
        texts_not_before(self.here, stopping, later())
        next_text_not_before(
            self.here, datetime.now(UTC)
        )  # a confirmation is urgent: it would move the pace on
        assert [self.here.text(number, "STOP") for number in stopping] == [200] * clients
        self.stopped.update(stopping)
        texts_not_before(self.here, stopping, datetime.now(UTC))
        return stopping

    @contextmanager
    def texting(self) -> Iterator[list[int]]:
        """One client after the other asks all the time, whether anybody is there to hear it or not: our answers.

        Not more than are answered in time, or their answers would keep back what is less urgent for ever.
        """
        answers: list[int] = []
        is_over = threading.Event()
        chance = random.Random(5)

        def text() -> None:
            while not is_over.wait(chance.uniform(0.1, 0.5)):
                if len(self.owed) - len(self.here.phones_reached()) < MOST_WAITING:
                    (number,) = self._owe(1)
                    answers.append(self.here.text(number, QUESTION))

        phones = threading.Thread(target=text)
        phones.start()
        try:
            yield answers
        finally:
            is_over.set()
            phones.join()

    def killed_while_it_sends(self, sender: Process, *, workers: int) -> None:
        """With sends begun that the carrier has not answered; it took half of them.

        `workers`: how many send at this moment, this one among them. More sends are begun than the others can begin.
        """
        sends = workers * SENDERS
        next_text_not_before(self.here, later())
        self.remind(sends + SENDERS)
        self.here.wait(lambda: count(self.here, "queued") >= sends + SENDERS, "the texts to be queued")
        halves = [{"do": do, "seconds": STALLED_S, "times": sends // 2} for do in ("accept_stall", "stall")]
        self.here.control("script", halves)
        next_text_not_before(self.here, datetime.now(UTC))
        self.here.wait(lambda: count(self.here, "in_flight") > sends - SENDERS, "it to have begun a text")
        time.sleep(0.2)  # the others are begun as well
        self.cut_off = count(self.here, "in_flight")
        sender.kill()
        self.here.control("settings", {"_script": []})

    def has_all(self, numbers: Collection[str]) -> None:
        self.here.wait(lambda: self.here.phones_reached().issuperset(numbers), "each to have its text")

    def verdict(self) -> list[str]:
        """What was promised and not kept, once everything is quiet."""
        self.here.wait(lambda: not count(self.here, *ON_ITS_WAY), "the last text")
        self.has_all(self.owed)
        time.sleep(4)  # a double would come after the grace
        accepted = self.here.accepted()
        found = violations(accepted, owed=self.owed)
        found += [
            f"{number}: after STOP"
            for number in self.stopped
            if not all(CONFIRMATION in body for body in texts_to(accepted, number))
        ]
        return found

    def _owe(self, clients: int) -> dict[str, int]:
        """The ids of so many clients who are owed one text each from now on, by number."""
        with self._lock:
            owed = dict(islice(self._fresh, clients))
            self.owed |= dict.fromkeys(owed, 1)
        assert len(owed) == clients
        return owed


def step_of(here: Stand) -> str | None:
    with here.database.read() as session:
        return reached(session.connection())


def count(here: Stand, *states: str) -> int:
    """How many texts are in these states, whichever step the database is at."""
    with here.database.read() as session:
        return session.scalar(select(func.count()).where(Message.state.in_(states))) or 0


def queued_to(here: Stand, numbers: Collection[str]) -> int:
    queued = select(func.count()).where(Message.state == "queued", Message.their_number.in_(numbers))
    with here.database.read() as session:
        return session.scalar(queued) or 0


def texts_not_before(here: Stand, numbers: Collection[str], moment: datetime) -> None:
    """What is queued for these phones does not leave until then."""
    texts = update_rows(Message).where(Message.state == "queued", Message.their_number.in_(numbers))
    with here.database.write() as session:
        session.execute(texts.values(send_after=moment))


def later() -> datetime:
    """Later than any test lasts."""
    return datetime.now(UTC) + timedelta(hours=1)


def works(here: Stand, worker: Process) -> None:
    here.wait(lambda: "Working" in worker.log.read_text(encoding="utf-8"), "the worker to work")


@pytest.fixture
def update(tmp_path: Path, postgres_url: str, old_code: str) -> Iterator[tuple[Update, Process, Process]]:
    """The old `web` and `worker` at work, and today's steps taken under them."""
    with stand(tmp_path, postgres_url, made_by=old_code, **PATIENT, **BY_US) as here:
        here.is_warm = True  # of today's code; the old one starts as anybody would
        update = Update(here, old_code)
        web, worker = update.start_old("web"), update.start_old("worker")
        here.wait(here.is_ready, "the old web to be ready")
        update.live()
        update.migrate()
        update.live()
        yield update, web, worker


@pytest.mark.postgres
def test_an_update_worker_first(update: tuple[Update, Process, Process]) -> None:
    """The order of the how-to: the workers of both versions at once, then the old `web` beside the new one's worker."""
    both, old_web, old_worker = update
    here = both.here
    with both.texting() as answers:
        works(here, here.start("worker"))
        both.live()
        both.killed_while_it_sends(old_worker, workers=2)
        both.live()
        assert old_web.is_alive
        old_web.kill()
        here.start_ready("web")
        both.live()

    assert both.verdict() == []
    print(in_figures(both, answers))


@pytest.mark.postgres
def test_an_update_web_first(update: tuple[Update, Process, Process]) -> None:
    """The new `web` beside the old `worker`, which is then killed with texts on their way."""
    both, old_web, old_worker = update
    here = both.here
    with both.texting() as answers:
        old_web.kill()
        both.refuses_old("web")
        here.start_ready("web")
        both.live()
        assert old_worker.is_alive
        both.killed_while_it_sends(old_worker, workers=1)
        works(here, here.start("worker"))
        both.live()

    assert both.verdict() == []
    print(in_figures(both, answers))


def test_an_update_of_one_machine(tmp_path: Path, old_code: str) -> None:
    """`run` on SQLite is killed with texts on their way; the new one takes the steps by itself and settles them."""
    with stand(tmp_path, made_by=old_code, **PATIENT, **BY_US) as here:
        here.is_warm = True
        one = Update(here, old_code)
        old = one.start_old("run")
        here.wait(here.is_ready, "the old one to be ready")
        with one.texting() as answers:
            one.live()
            one.killed_while_it_sends(old, workers=1)
            here.start_ready("run")
            assert step_of(here) == newest()
            one.live()

        assert one.verdict() == []
        print(in_figures(one, answers))


def in_figures(update: Update, answers: list[int]) -> str:
    turned_away = sum(answer != 200 for answer in answers)
    return (
        f"{len(update.owed)} phones, {len(update.stopped)} STOPs; {len(answers)} texts in while versions changed, "
        f"{turned_away} of them with nobody there; {update.cut_off} sends unanswered at the kill: 0 lost, 0 twice"
    )
