"""pg_dump and pg_restore: PostgreSQL's own way to copy a database. Never puts a password on a command line."""

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy.engine import make_url

from desk.backup_folder import BackupRefused
from models.snapshot import STEP_TABLE

INSTALL = "install PostgreSQL's client programs (Debian: apt-get install postgresql-client) and try again"


def dump(database_url: str, target: Path, *, snapshot: str) -> None:
    """Write the database, as `snapshot` sees it, into one file.

    Its step is left out: until `restore` has told the copy that it is one, no version of this program works on it.
    """
    words = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}"]
    _run("pg_dump", database_url, [*words, f"--exclude-table-data={STEP_TABLE}"])


def load(database_url: str, source: Path) -> None:
    """Read such a file into an empty database: all of it or nothing."""
    words = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", str(source)]
    _run("pg_restore", database_url, words)


def _run(program: str, database_url: str, words: list[str]) -> None:
    if shutil.which(program) is None:
        raise BackupRefused(f"{program} is not on this machine: {INSTALL}")
    url = make_url(database_url)
    plain = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    secret = {"PGPASSWORD": url.password} if url.password else {}
    done = subprocess.run(
        [program, f"--dbname={plain}", *words],
        env=os.environ | secret,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupRefused(f"{program} failed: {_first_error(done.stderr)}")


def _first_error(said: str) -> str:
    """What PostgreSQL said, on one line; it names tables and servers, never a row."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    mismatch = next(
        (line for line in lines if "version mismatch" in line or "unsupported version" in line), None
    )
    if mismatch:
        return f"{mismatch}; install client programs at least as new as the server"
    return " ".join(lines[:2])[:300] or "it said nothing"
