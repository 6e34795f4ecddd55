"""The dead man's switch of a running process: a thread that looks whether clock and sender live, and tells outside.

Tells outside by asking for DEAD_MAN_URL once a minute while all is well: who watches it notices when that stops.
"""

import threading
import time
from collections.abc import Callable

import structlog

import clock
from alerts.dead_man import BeatWatch, call_for_help
from alerts.page_words import PageWords
from deployment import Deployment
from desk.own_mark import renew_mark
from models.installation import machine_now
from models.measures import beats
from outbox.unsent import find_unsent
from public.health import OK, check

MINUTE_S = 60.0
LOOK_EVERY_S = 5.0
PING_TIMEOUTS_S = (5.0, 10.0)  # to connect, to answer
LOOKS_IN_LIMIT = 4

log = structlog.get_logger(__name__)
Ping = Callable[[str], None]


def ask_for(url: str) -> None:
    """One request. Follows nothing and sends nothing; raises where it was not answered well."""
    import requests  # most installations do without

    with requests.get(url, timeout=PING_TIMEOUTS_S, allow_redirects=False, stream=True) as answer:
        answer.raise_for_status()


class Watchdog:
    """`look` is one look; the thread looks every few seconds. Nothing it meets may end it."""

    def __init__(
        self, here: Deployment, *, steady: Callable[[], float] = time.monotonic, ping: Ping = ask_for
    ) -> None:
        self._here, self._steady, self._ping = here, steady, ping
        self._watch = BeatWatch(here.settings.dead_man_after, steady=steady())
        self._minute_at = steady()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Look no more; the database gets its last mark of this run."""
        self._stopping.set()
        self._thread.join(seconds)
        self._guarded(self._renew_mark, "mark")

    def look(self) -> tuple[str, ...]:
        """One look: the parts that are silent."""
        silent = self._find_silent()
        is_new_minute = self._steady() >= self._minute_at
        if is_new_minute:
            self._minute_at = self._steady() + MINUTE_S
            self._guarded(self._renew_mark, "mark")
        if silent:
            self._guarded(lambda: self._call(silent), "call for help")
        if is_new_minute:
            self._each_minute(silent)
        return silent

    def _find_silent(self) -> tuple[str, ...]:
        try:
            with self._here.database.read() as session:
                found = beats(session)
        except Exception:
            log.exception("the database cannot be asked who lives")
            found = {}
        return self._watch.silent(found, steady=self._steady())

    def _call(self, silent: tuple[str, ...]) -> None:
        with self._here.database.write() as session:
            words = PageWords(self._here.pack, self._here.settings.public_url)
            now, machine = clock.now(session), machine_now(session)
            pages = call_for_help(session, silent, now=now, machine=machine, words=words)
        if pages:
            self._here.wake.set()

    def _each_minute(self, silent: tuple[str, ...]) -> None:
        if silent:
            log.critical("parts of this program have stopped: restart it", parts=silent)
        elif self._here.settings.dead_man_url is not None:
            self._guarded(self._tell_outside, "dead man url")

    def _tell_outside(self) -> None:
        url = self._here.settings.dead_man_url
        if url is None or not is_well(self._here):
            return
        try:
            self._ping(url)
        except OSError as error:  # its message would hold the address, which is a secret
            log.warning("DEAD_MAN_URL was not answered", kind=type(error).__name__)

    def _renew_mark(self) -> None:
        renew_mark(self._here.database, self._here.settings)

    def _run(self) -> None:
        limit_s = self._here.settings.dead_man_after.total_seconds()
        while not self._stopping.wait(min(LOOK_EVERY_S, limit_s / LOOKS_IN_LIMIT)):
            self._guarded(self.look, "look")

    def _guarded(self, act: Callable[[], object], name: str) -> None:
        try:
            act()
        except Exception:
            log.exception("the watchdog failed", work=name)


def is_well(here: Deployment) -> bool:
    """Whether everything is ready and texts leave."""
    if any(answer != OK for answer in check(here).values()):
        return False
    with here.database.read() as session:
        return not find_unsent(session, machine_now(session))
