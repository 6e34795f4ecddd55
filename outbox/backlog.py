"""Whether the carrier may hold texts that are not on file: after a start, after trouble of the database. In memory."""

import threading
from collections.abc import Callable


class Backlog:
    """Who could not reach the database suspects one; nothing is sent until one thread has fetched it.

    `given_up`: carrier ids of texts that cannot be taken in. Staff were told; they keep no other text back.
    `refusals`: how often this process has answered the carrier that it cannot take a text.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._suspected = self._settled = 0
        self.given_up: set[str] = set()
        self.refusals = 0

    @property
    def is_settled(self) -> bool:
        """Whether nothing is suspected that has not been fetched since."""
        with self._changed:
            return self._suspected == self._settled

    def suspect(self) -> None:
        """A text may have been turned away."""
        with self._changed:
            self._suspected += 1
            self._changed.notify_all()

    def refuse(self) -> None:
        """A text was turned away."""
        with self._changed:
            self.refusals += 1
        self.suspect()

    def wait_until_settled(self, seconds: float) -> bool:
        """Whether it is settled, at once or when something changes within this time."""
        with self._changed:
            return self._wait_unless(is_settled=True, seconds=seconds)

    def settle(self, fetch: Callable[[], bool], seconds: float) -> bool:
        """Wait this long for a suspicion, then `fetch`. True = nothing is suspected.

        One that comes while it is fetched stays: it may be of a later text.
        """
        with self._changed:
            if self._wait_unless(is_settled=False, seconds=seconds):
                return True
            suspected = self._suspected
        has_fetched = fetch()
        with self._changed:
            self._settled = suspected if has_fetched else self._settled
            self._changed.notify_all()
            return self._suspected == self._settled

    def wake(self) -> None:
        """Let everybody who waits look again."""
        with self._changed:
            self._changed.notify_all()

    def _wait_unless(self, *, is_settled: bool, seconds: float) -> bool:
        if (self._suspected == self._settled) is not is_settled:
            self._changed.wait(seconds)
        return self._suspected == self._settled
