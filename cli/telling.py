"""The one thread behind a `web`: what it may have turned away, the workers hear of as soon as the database is there."""

import threading

import structlog

from models.database import Database
from outbox.backlog import Backlog
from outbox.turned_away import Teller

LOOK_S = 1.0
PAUSE_AFTER_FAILURE_S = 0.5

log = structlog.get_logger(__name__)


def start_telling(database: Database, backlog: Backlog) -> threading.Event:
    """While this process was not there, nobody took texts in: that is told first. The event, once set, ends it."""
    ending = threading.Event()
    backlog.suspect()
    mouth = Teller(database, backlog)
    threading.Thread(target=_tell, args=(mouth, backlog, ending), name="telling", daemon=True).start()
    return ending


def _tell(mouth: Teller, backlog: Backlog, ending: threading.Event) -> None:
    while not ending.is_set():
        try:
            backlog.settle(mouth.tell_workers, LOOK_S)
        except Exception as error:  # whatever it was, a STOP may have been turned away
            log.warning("the workers cannot be told yet", error=type(error).__name__)
            ending.wait(PAUSE_AFTER_FAILURE_S)
