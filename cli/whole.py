"""A process that has lost a part of itself ends at once, and whoever runs it starts it anew.

Half a process answers health checks and sends nothing. Parts are lost where memory runs out: then even the code that
catches everything fails. Nothing here may wait or clean up; the next start takes in what was missed.
"""

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import structlog

ENDED_ITSELF = 70  # an error within the program, as in sysexits.h

log = structlog.get_logger(__name__)


@contextmanager
def whole_or_ended() -> Iterator[None]:
    """What fails within the block ends the process: threads that were started before would keep half of it alive."""
    try:
        yield
    except Exception as error:
        _end("a part of it could not begin or go on", error)


def end_with_threads() -> None:
    """From now on the process ends with the first of its threads that dies of an error."""
    threading.excepthook = lambda args: _end("a thread has died", args.exc_value)


def end_with_sockets(parts: Iterable[Any]) -> None:
    """The process ends with the first of waitress's own sockets that fails.

    By itself waitress closes it and lives on: deaf, or writing to the number of a closed pipe, which by then may be
    the number of the database file.
    """
    for part in parts:
        part.handle_error = lambda: _end("a socket of the web server has failed", True)


def _end(what: str, error: object) -> NoReturn:
    try:
        log.critical("this process ends, to be started anew", why=what, exc_info=error)
    finally:
        os._exit(ENDED_ITSELF)
