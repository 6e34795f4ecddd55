"""How a process of ours ends when it is told to: once, within its time, and by exit code 0."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextlib.contextmanager
def leave_on_signals() -> Iterator[None]:
    """The first SIGTERM or SIGINT ends the block; further ones change nothing."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        ignore_signals()
        raise SystemExit(0)

    for name in SIGNALS:
        signal.signal(name, leave)
    with contextlib.suppress(SystemExit):
        yield


def ignore_signals() -> None:
    """It ends already: told once more while Python takes itself apart it would end as killed."""
    for name in SIGNALS:
        signal.signal(name, signal.SIG_IGN)


def leave_at_once() -> None:
    """Without taking the program apart. A send that is still with the carrier is looked up after the next start."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
