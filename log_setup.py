"""Logging: one JSON line an event on stderr, ids only. Must never write a body, a name or a number.

A closed or full log never disturbs the work: what cannot be written is dropped.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog

Event = MutableMapping[str, Any]
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

FRAMES_KEPT = 12
# Names under which somebody might log what must not be logged. Their values are replaced.
NEVER_LOGGED = frozenset(
    {
        "body",
        "text",
        "name",
        "number",
        "phone",
        "to",
        "from_number",
        "to_number",
        "email",
        "password",
        "token",
        "url",
    }
)
QUIET = {
    "apscheduler": logging.ERROR,  # it warns of every tick that was left out because the one before still runs
    **dict.fromkeys(("twilio.http_client", "alembic", "urllib3", "waitress", "PIL"), logging.WARNING),
}


def set_up_logging(level: str) -> None:
    """Send structlog and the standard library's loggers to stderr as JSON lines."""
    logging.raiseExceptions = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(least)
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=False,
    )


def _shared() -> list[structlog.typing.Processor]:
    return [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]


def _formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            trace_without_words,
            without_secrets,
            structlog.processors.JSONRenderer(),
        ],
    )


def trace_without_words(_logger: object, _method: str, event: Event) -> Event:
    """An exception as its type and places. Its message may hold a text or a number, so it is left out."""
    info = event.pop("exc_info", None)
    found = sys.exc_info() if info is True else info
    if isinstance(found, BaseException):
        found = (type(found), found, found.__traceback__)
    if isinstance(found, tuple) and found[0] is not None:
        event.update(describe(found))
    return event


def describe(info: ExcInfo) -> dict[str, object]:
    """The type of an exception and the last places it passed, innermost last."""
    frames = traceback.extract_tb(info[2])
    ours = [frame for frame in frames[:-1] if "site-packages" not in frame.filename]
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in [*ours, *frames[-1:]]]
    return {"error": info[0].__name__, "places": places[-FRAMES_KEPT:]}


def without_secrets(_logger: object, _method: str, event: Event) -> Event:
    """Blank what must never be logged, should somebody pass it."""
    for key in NEVER_LOGGED & event.keys():
        event[key] = "(not logged)"
    return event
