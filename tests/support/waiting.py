"""Waits for what other threads bring about."""

import time
from collections.abc import Callable


def until(is_so: Callable[[], object], within_s: float = 40) -> None:
    """Until it is so; fails after `within_s` seconds."""
    ends_at = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < ends_at, "it never came true"
        time.sleep(0.02)
