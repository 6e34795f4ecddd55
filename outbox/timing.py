"""The spans and clocks of sending, as values, so that tests use short ones. Holds no clock of its own."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

import clock
from config import Settings
from config.relations import SHOWN_WITHIN

LOOKS_UNDER_WAY = 4  # what is overdue is looked for after each one; other work delays it too


@dataclass(frozen=True, slots=True)
class Spans:
    """How long each step of sending may take. All are machine time.

    grace: before an unknown send is looked up. lease: how long a claim stands. tick: how often what dead workers
    left is looked for, so that it is taken over within lease + tick. intent_max_age: an intent older than this
    before its first byte leaves is given up. lookup_back: the look-up window opens this long before the intent.
    show_after: an unknown send that the list cannot settle goes before a person (R2: within 5 minutes).
    """

    connect: timedelta = timedelta(seconds=5)
    read: timedelta = timedelta(seconds=10)
    grace: timedelta = timedelta(seconds=120)
    lease: timedelta = timedelta(seconds=60)
    tick: timedelta = timedelta(seconds=1)
    lookup_spacing: timedelta = timedelta(seconds=60)
    lookup_back: timedelta = timedelta(minutes=10)
    emergency_resend: timedelta = timedelta(seconds=20)
    intent_max_age: timedelta = timedelta(seconds=1)
    retry_first: timedelta = timedelta(seconds=5)
    retry_longest: timedelta = timedelta(minutes=5)

    def __post_init__(self) -> None:
        if self.grace < self.connect + self.read + self.intent_max_age:
            raise ValueError(
                "grace must be at least connect + read + intent_max_age, or a text may go out twice"
            )
        if self.lease <= self.connect + self.read:
            raise ValueError("lease must be longer than connect + read")

    @property
    def show_after(self) -> timedelta:
        """Where the carrier's list fails after this long, a person is asked.

        That is its second look: a third may still lead to a second try, which may be lost as well (R2: 5 minutes).
        """
        return self.grace + self.lookup_spacing

    @property
    def longest_unknown(self) -> timedelta:
        """After this long a person is asked, whatever the list does: R2's 5 minutes less looks that are under way."""
        looks = self.grace + 2 * self.lookup_spacing
        return max(looks, SHOWN_WITHIN - LOOKS_UNDER_WAY * (self.connect + self.read))

    def may_try_again(self, age: timedelta) -> bool:
        """Whether a second try begun now comes to its end in time, even that of a worker that dies (R2)."""
        return age + max(self.connect + self.read, self.lease + self.tick) < SHOWN_WITHIN

    @classmethod
    def from_settings(cls, settings: Settings) -> "Spans":
        """The spans an installation was told."""
        return cls(
            connect=settings.send_connect_timeout,
            read=settings.send_timeout,
            intent_max_age=settings.intent_max_age,
            grace=settings.send_grace,
            lease=settings.lease,
            tick=settings.tick,
            lookup_spacing=settings.lookup_spacing,
            emergency_resend=settings.emergency_resend,
        )


def pace_of(settings: Settings) -> timedelta:
    """The least time between two texts of one number that are not urgent."""
    return timedelta(seconds=1 / settings.messages_per_second)


@dataclass(frozen=True, slots=True)
class Clocks:
    """Where a sender reads time: clinic time and machine time from the database, age from a steady counter."""

    clinic: Callable[[Session], datetime] = clock.now
    machine: Callable[[Session], datetime] = clock.machine_now
    steady: Callable[[], float] = time.monotonic
