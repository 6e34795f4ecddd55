"""Notices that the clock or the sender has fallen silent, and calls for help. Judges by a steady counter.

Never restarts anything: a part that hangs is ended by whoever runs the program.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from alerts.page_words import CODE_ONLY, PageWords
from alerts.paging import page_next
from models.clinic import list_clinics
from models.installation import SENDER, TICK
from outbox.alarm import raise_system_alert

NOTES = {
    TICK: "the clock of this program has stopped: no reminder leaves. Restart the program",
    SENDER: "the sender of this program has stopped: no text leaves. Restart the program",
}


class BeatWatch:
    """Which parts have not beaten anew for longer than `limit`, counted in steady seconds since we saw it.

    So neither a clock that jumps nor a machine that slept makes a part look dead. Where nobody looked for half of the
    limit the whole process stood still, and its parts get as long as before to beat anew.
    """

    def __init__(self, limit: timedelta, *, steady: float) -> None:
        self._limit_s = limit.total_seconds()
        self._looked_at = steady
        self._changed: dict[str, tuple[datetime | None, float]] = dict.fromkeys(NOTES, (None, steady))

    def silent(self, beats: Mapping[str, datetime], *, steady: float) -> tuple[str, ...]:
        """The parts that are silent now. `steady` is in seconds and only grows."""
        stood_still = steady - self._looked_at > self._limit_s / 2
        self._looked_at = steady
        for part, (beat_at, _) in self._changed.items():
            if stood_still or beats.get(part) != beat_at:
                self._changed[part] = (beats.get(part), steady)
        return tuple(part for part, (_, since) in self._changed.items() if steady - since > self._limit_s)


def call_for_help(
    session: Session,
    silent: Collection[str],
    *,
    now: datetime,
    machine: datetime,
    words: PageWords = CODE_ONLY,
) -> int:
    """An alert on the screen for each silent part; where the clock is silent, page in its place. Returns the pages."""
    for part in silent:
        for clinic in list_clinics(session):
            raise_system_alert(session, clinic_id=clinic.id, note=NOTES[part], now=now, machine=machine)
    session.flush()
    return page_next(session, now, machine, words=words) if TICK in silent else 0
