"""Notices that this machine's clock was set back. APScheduler would sleep until the old hour comes round again."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import structlog

log = structlog.get_logger(__name__)
NOTICED = 1.0  # seconds; what a clock is put right by without a jump is less from one look to the next


class SetBack:
    """Looks at the clock every so often, by a clock that nobody can set, and says when it went back."""

    def __init__(self, tell: Callable[[], None], *, every: timedelta) -> None:
        self._tell = tell
        self._every_s = every.total_seconds()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, name="set back", daemon=True)

    def start(self) -> None:
        """Start looking."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()

    def _look(self) -> None:
        ahead = _ahead()
        while not self._ended.wait(self._every_s):
            before, ahead = ahead, _ahead()
            if ahead < before - NOTICED:
                log.warning("this machine's clock was set back", seconds=round(before - ahead))
                self._tell()


def _ahead() -> float:
    """Seconds by which the clock of the day is ahead of the one that nobody can set."""
    return time.time() - time.monotonic()
