"""Keeps the memory of a process that runs for months flat.

The C library gives each busy thread a heap of its own. What one thread frees there another cannot use, so that with
some thirty threads a process swells for hours. Python runs one thread at a time, so one heap for all costs no time.
https://www.gnu.org/software/libc/manual/html_node/Malloc-Tunable-Parameters.html (read November 2026)
"""

import ctypes

M_ARENA_MAX = -8  # malloc.h of glibc


def share_one_heap() -> None:
    """All threads started from now on share one heap. Does nothing where the C library has no such choice."""
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(M_ARENA_MAX, 1)
