"""Tells every worker that a text may have been turned away where no worker could see it: one beat in the database.

A `web` that was down, or cut off from the database, knows; the workers, which alone fetch and send, do not. Another
beat tells /readyz of texts that were refused.
"""

from datetime import datetime

from models.database import Database
from models.installation import REFUSED, TURNED_AWAY, beat, last_beat, machine_now
from outbox.backlog import Backlog


class Teller:
    """One process's mouth."""

    def __init__(self, database: Database, backlog: Backlog) -> None:
        self._database = database
        self._backlog = backlog
        self._noted = 0

    def tell_workers(self) -> bool:
        """True once it is written. Raises what the database raises."""
        with self._database.write() as session:
            beat(session, TURNED_AWAY, machine_now(session))
        self.note_refusals()
        return True

    def note_refusals(self) -> None:
        """For /readyz, which is red for a while after each. Raises what the database raises."""
        refusals = self._backlog.refusals
        if refusals == self._noted:
            return
        with self._database.write() as session:
            beat(session, REFUSED, machine_now(session))
        self._noted = refusals


class Listener:
    """One worker's ear: what it has not heard of before it suspects."""

    def __init__(self, database: Database, backlog: Backlog) -> None:
        self._database = database
        self._backlog = backlog
        self._heard: datetime | None = None

    def listen(self) -> None:
        """Suspect a missed text if somebody has spoken since. On SQLite the web pages are in this process."""
        if self._database.is_sqlite:
            return
        with self._database.read() as session:
            said = last_beat(session, TURNED_AWAY)
        if said != self._heard:
            self._heard = said
            self._backlog.suspect()
