"""One `run` per SQLite file: a lock that the system gives back when the process ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from cli.mistake import Mistake


@contextmanager
def only_instance(database_url: str) -> Iterator[None]:
    """Hold the lock beside the database file. Raises Mistake where another process holds it."""
    path = Path(f"{make_url(database_url).database}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise Mistake(_taken(file.read().strip())) from None
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


def _taken(process: str) -> str:
    which = f" (process {process})" if process else ""
    return f"another `run`{which} already works on this database; stop it first, or set another DATABASE_URL"
