"""Thread pools that have all their threads from the start.

So none has to be made when memory is short, and a leak of threads shows in their count, which never changes.
"""

import threading
from concurrent import futures


def fill(pool: futures.Executor, threads: int) -> None:
    """Make all `threads` of the pool. Each waits for the last one to be there, so that none does the waiting of two."""
    everybody = threading.Barrier(threads)
    for _ in range(threads):
        pool.submit(everybody.wait)
