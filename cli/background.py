"""The threads behind the web pages: the clock and the senders. Started by a command, never by create_app."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import structlog

from cli.watchdog import Watchdog
from deployment import Deployment
from models.installation import SENDER, beat, machine_now
from models.message_queue import touch_queue
from outbox.delivery import DATABASE_TROUBLE, Sender
from outbox.turned_away import Listener, Teller
from scheduler.catching_up import catch_up
from scheduler.job_clock import Clock
from scheduler.jobs import make_sender

SENDERS = 4  # an urgent text need not wait behind one that the carrier is slow to take
PAUSE_AFTER_FAILURE_S = 1.0
LOOK_AGAIN_S = 1.0

T = TypeVar("T")
log = structlog.get_logger(__name__)


class Background:
    """The scheduler and the senders of one process."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._stopping = threading.Event()
        self._clock = Clock(deployment)
        self._watchdog = Watchdog(deployment)
        self._listener = Listener(deployment.database, deployment.backlog)
        self._teller = Teller(deployment.database, deployment.backlog)
        self._catching_up = threading.Thread(target=self._catch_up, name="catch-up", daemon=True)
        self._senders = [
            threading.Thread(target=self._send, args=(number,), name=f"sender-{number}", daemon=True)
            for number in range(SENDERS)
        ]
        self._threads = (*self._senders, self._catching_up)

    def start(self) -> None:
        """Start everything. What was missed while we were down is taken in before the first text leaves."""
        self._deployment.backlog.suspect()
        for thread in reversed(self._threads):  # the one that beats looks at the others
            thread.start()
        self._clock.start()
        self._watchdog.start()

    def stop(self, within: timedelta) -> bool:
        """Claim nothing more and wait for what is on its way. False = something did not end in time."""
        ends_at = time.monotonic() + within.total_seconds()
        self._stopping.set()
        self._deployment.backlog.wake()
        self._deployment.wake.set()
        self._clock.stop()
        for thread in self._threads:
            thread.join(max(0.0, ends_at - time.monotonic()))
        is_idle = self._clock.wait_until_idle(max(0.0, ends_at - time.monotonic()))
        self._watchdog.stop(max(0.0, ends_at - time.monotonic()))
        return is_idle and not any(thread.is_alive() for thread in self._threads)

    def _catch_up(self) -> None:
        while not self._stopping.is_set():
            if _guarded(self._settle, "catch_up") is None:
                self._stopping.wait(PAUSE_AFTER_FAILURE_S)

    def _settle(self) -> bool:
        here = self._deployment
        self._listener.listen()
        return here.backlog.settle(lambda: catch_up(here, self._stopping), self._look_s)

    def _send(self, number: int) -> None:
        sender, beaten_at = make_sender(self._deployment), 0.0
        while not self._stopping.is_set():
            if number == 0 and time.monotonic() - beaten_at >= self._tick_s:
                _guarded(self._beat, "beat")
                _guarded(self._teller.note_refusals, "note refusals")
                beaten_at = time.monotonic()
            if self._deployment.backlog.wait_until_settled(self._look_s) and not self._stopping.is_set():
                self._rest(_guarded(lambda: self._deliver(sender), "deliver"))

    def _deliver(self, sender: Sender) -> bool:
        """A database in trouble may have turned a STOP away as well."""
        try:
            return sender.deliver_next()
        except DATABASE_TROUBLE:
            self._deployment.backlog.suspect()
            raise

    def _rest(self, has_delivered: bool | None) -> None:
        """None = it failed: breathe first. False = nothing to do: sleep until woken or until the next tick."""
        if has_delivered is None:
            self._stopping.wait(PAUSE_AFTER_FAILURE_S)
        elif not has_delivered:
            self._deployment.wake.wait(self._tick_s)
            self._deployment.wake.clear()

    def _beat(self) -> None:
        if not all(thread.is_alive() for thread in self._threads):
            log.error("a sender has died")
            return
        with self._deployment.database.write() as session:
            touch_queue(session)
            beat(session, SENDER, machine_now(session))

    @property
    def _look_s(self) -> float:
        return min(self._tick_s, LOOK_AGAIN_S)

    @property
    def _tick_s(self) -> float:
        return self._deployment.settings.tick.total_seconds()


def _guarded(act: Callable[[], T], name: str) -> T | None:
    """The result, or None where it failed: logged, and the thread lives on."""
    try:
        return act()
    except Exception:
        log.exception("background work failed", work=name)
        return None
