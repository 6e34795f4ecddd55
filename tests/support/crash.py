"""A process that dies at a chosen moment, played in one process: before or after any commit, before or after any send.

After the chosen moment every further word to the database or the carrier dies too, as from a killed process.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from carriers.base import Carrier, OutboundText, SendResult
from models.database import Database


class Killed(BaseException):
    """kill -9. Not an Exception, so that no handler of ours survives it."""


class Fate:
    """Counts the moments of one life and ends it at the chosen one; None = lives on and only counts."""

    def __init__(self, dies_at: int | None) -> None:
        self._dies_at = dies_at
        self.moments: list[str] = []
        self.is_dead = False

    def pass_by(self, moment: str) -> None:
        """One moment at which a process may die."""
        self._refuse_the_dead()
        self.moments.append(moment)
        if self._dies_at == len(self.moments):
            self.is_dead = True
            raise Killed(moment)

    def _refuse_the_dead(self) -> None:
        if self.is_dead:
            raise Killed("already dead")

    def check(self) -> None:
        """The dead do nothing."""
        self._refuse_the_dead()


class Meddler(Fate):
    """Lets something else happen at one moment of a life, between transactions."""

    def __init__(self, at: int, act: Callable[[], None]) -> None:
        super().__init__(None)
        self._at, self._act = at, act
        self.has_acted = False
        self.acted_after = 0

    def pass_by(self, moment: str) -> None:
        super().pass_by(moment)
        if moment == "before a commit" or self.has_acted or len(self.moments) < self._at:
            return
        self.has_acted, self.acted_after = True, len(self.moments)
        self._act()


class MortalDatabase(Database):
    """The same database, seen by a process with a fate."""

    def __init__(self, url: str, fate: Fate) -> None:
        super().__init__(url)
        self._fate = fate

    @contextmanager
    def read(self) -> Iterator[Session]:
        self._fate.check()
        with super().read() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        self._fate.check()
        with super().write() as session:
            yield session
            self._fate.pass_by("before a commit")
        self._fate.pass_by("after a commit")


class MortalCarrier:
    """The same carrier, asked by a process with a fate."""

    def __init__(self, carrier: Carrier, fate: Fate) -> None:
        self._carrier, self._fate = carrier, fate

    def send(self, text: OutboundText) -> SendResult:
        """Death before the text leaves, or after the carrier took it and before we hear so."""
        self._fate.pass_by("before a send")
        result = self._carrier.send(text)
        self._fate.pass_by("after a send")
        return result

    def __getattr__(self, name: str) -> Any:
        self._fate.check()
        return getattr(self._carrier, name)


def live_until_killed(life: Callable[[], object]) -> bool:
    """Whether this life came to its own end."""
    try:
        life()
    except Killed:
        return False
    return True
