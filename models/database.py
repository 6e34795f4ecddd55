"""Opens the database and its transactions. The only place that knows how SQLite and PostgreSQL differ in locking."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import Connection, ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # with WAL: no acknowledged commit was lost in simulated power cuts
    "PRAGMA foreign_keys=ON",
)
WRITING = "aftercare_writing"
WAIT_S = "aftercare_wait_s"  # how long SQLite may still wait for the file's lock

# A server that is cut off, or a row held for ever, is noticed before Twilio stops waiting for us (15 s) and before a
# lease ends. A commit that was acknowledged is on the disk (R1), whatever the server's own default says. The server
# looks after us as we look after it: the rows of a host that is cut off are free again within seconds, those of a
# process that froze in the middle of a transaction well before its lease ends.
FROZEN_FOR_S = 20
POSTGRESQL_SESSION = (
    "synchronous_commit=on",
    "lock_timeout=8s",
    f"idle_in_transaction_session_timeout={FROZEN_FOR_S}s",
    "tcp_keepalives_idle=5",
    "tcp_keepalives_interval=2",
    "tcp_keepalives_count=3",
    "tcp_user_timeout=10s",
)
POSTGRESQL_CONNECTION = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "options": " ".join(f"-c {setting}" for setting in POSTGRESQL_SESSION),
    "application_name": "aftercare",
}
POOL_WAIT_S = 8
# Serialization failure, deadlock, lock not available: the whole transaction may be tried anew.
# https://www.postgresql.org/docs/current/errcodes-appendix.html (read November 2026)
TRY_ANEW = ("40001", "40P01", "55P03")
MOST_TRIES = 3
# One try may wait three times: for its place before a row, for the row, for a table. The last one begins early enough
# for all of them to end before Twilio stops waiting.
WAIT_OF_A_TRY = "SET LOCAL lock_timeout = '2s'"
AGAIN_WITHIN_S = 5.0
READ_ONLY = "25006"

T = TypeVar("T")


class DatabaseBusy(Exception):
    """Another writer held the database for too long. Nothing was written; try again."""


class Database:
    """One database and its two kinds of transaction.

    `read()` never writes. `write()` holds SQLite's write lock from its first statement (BEGIN IMMEDIATE behind one
    process-wide lock, so that a waiter is not starved); on PostgreSQL rows are locked by the queries that need it.
    """

    def __init__(self, url: str, *, busy_timeout_s: float = 10.0) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self._busy_timeout_s = busy_timeout_s
        self._writer = threading.Lock()
        self.when_lost: Callable[[], None] | None = None  # told of each connection that is found broken
        self.engine = self._open_engine()
        self._write_engine = self.engine.execution_options(**{WRITING: True})

    def _mind_lost_connection(self, failed: ExceptionContext) -> None:
        """A session that began read-only stays so when the database is not any more: it counts as lost too."""
        if getattr(failed.original_exception, "sqlstate", None) == READ_ONLY:
            failed.is_disconnect = True
        if failed.is_disconnect and self.when_lost is not None:
            self.when_lost()

    def _open_engine(self) -> Engine:
        if not self.is_sqlite:
            engine = create_engine(
                self.url,
                connect_args=POSTGRESQL_CONNECTION,
                pool_pre_ping=True,
                pool_size=20,
                max_overflow=20,
                pool_timeout=POOL_WAIT_S,
            )
            event.listen(engine, "handle_error", self._mind_lost_connection)
            return engine
        database = make_url(self.url).database
        if database and database != ":memory:":
            Path(database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            self.url,
            connect_args={"timeout": self._busy_timeout_s, "check_same_thread": False},
            execution_options={WAIT_S: self._busy_timeout_s},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for questions. Rolled back at the end, whatever happened."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back on any exception.

        On SQLite the wait for this process's other writers and for the file's lock is one, of the busy time-out.
        Raises DatabaseBusy where the other writers alone took longer.
        """
        if not self.is_sqlite:
            with Session(self._write_engine, expire_on_commit=False) as session, session.begin():
                yield session
            return
        ends_at = monotonic() + self._busy_timeout_s
        if not self._writer.acquire(timeout=self._busy_timeout_s):
            raise DatabaseBusy("the database is busy with another write; nothing was changed, try again")
        try:
            with Session(self._write_engine, expire_on_commit=False) as session, session.begin():
                session.connection(execution_options={WAIT_S: max(0.0, ends_at - monotonic())})
                yield session
        finally:
            self._writer.release()

    def settle(self, act: Callable[[Session], T]) -> T:
        """Do `act` in one transaction, anew where PostgreSQL took it back for another one's sake; at most 3 times.

        `act` must do nothing that a rollback does not undo.
        """
        ends_at = monotonic() + AGAIN_WITHIN_S
        for _ in range(MOST_TRIES - 1):
            try:
                return self._try(act)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in TRY_ANEW or monotonic() > ends_at:
                    raise
        return self._try(act)

    def _try(self, act: Callable[[Session], T]) -> T:
        with self.write() as session:
            if not self.is_sqlite:
                session.execute(text(WAIT_OF_A_TRY))
            return act(session)

    def is_reachable(self) -> bool:
        """Whether a trivial question is answered."""
        try:
            with self.read() as session:
                session.execute(text("SELECT 1"))
        except Exception:
            return False
        return True

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves; the driver's own would be DEFERRED
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {options[WAIT_S] * 1000:.0f}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if WRITING in options else "BEGIN")
