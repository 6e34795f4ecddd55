"""Tokens from the command line: the secret is printed once, kept as a hash, and ended by a command."""

from pathlib import Path

from models.audit import Audit
from models.database import Database
from tests.support.command_line import CommandLine


def add(shell: CommandLine, *words: str) -> str:
    return shell.must("token", "add", "--name", "Practice system", *words).out.splitlines()[-1]


def test_a_secret_is_printed_once_and_stored_nowhere(shell: CommandLine, tmp_path: Path) -> None:
    secret = add(shell)

    stored = b"".join(file.read_bytes() for file in (tmp_path / "var").rglob("*") if file.is_file())
    assert secret.startswith("aftercare_")
    assert len(secret) > 50
    assert secret not in shell.must("token", "list").out
    assert secret.encode() not in stored


def test_tokens_are_listed_with_scope_and_use(shell: CommandLine) -> None:
    add(shell)
    add(shell, "--scope", "write", "--texts")

    rows = shell.must("token", "list", "--json").rows
    assert [(row["scope"], row["texts"]) for row in rows] == [("read", False), ("write", True)]
    assert {row["last_used_at"] for row in rows} == {None}
    assert {row["revoked_at"] for row in rows} == {None}


def test_a_revoked_token_stays_in_the_list(shell: CommandLine) -> None:
    add(shell)

    assert "revoked" in shell.must("token", "revoke", "1").out
    assert "before" in shell.must("token", "revoke", "1").out
    assert shell.must("token", "list", "--json").rows[0]["revoked_at"] is not None


def test_making_and_revoking_a_token_are_in_the_audit(shell: CommandLine, tmp_path: Path) -> None:
    add(shell, "--scope", "write")
    shell.must("token", "revoke", "1")

    database = Database(f"sqlite:///{tmp_path / 'var' / 'aftercare.db'}")
    with database.read() as session:
        acts = [(act.action, act.actor, act.note) for act in session.query(Audit).order_by(Audit.id)]
    database.close()
    assert ("token_added", "cli", "read write") in acts
    assert ("token_revoked", "cli", None) in acts


def test_mistakes_are_one_plain_line(shell: CommandLine) -> None:
    assert "token list" in shell.type("token", "revoke", "7").err
    assert shell.type("token", "add", "--name", " ").code == 2
    assert shell.type("token", "add", "--name", "x", "--scope", "owner").code == 2


def test_after_a_restore_no_token_lives(shell: CommandLine) -> None:
    add(shell)
    shell.must("backup", "kept")

    shell.must("restore", "kept", "--force")

    assert shell.must("token", "list", "--json").rows[0]["revoked_at"] is not None
