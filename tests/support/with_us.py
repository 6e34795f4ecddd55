"""Children that end when we end, however we end: a killed test run leaves no server behind. Linux; elsewhere atexit."""

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def end_with_us() -> None:
    """For subprocess's preexec_fn, after any change of user, which would undo it."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
