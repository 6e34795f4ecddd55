"""Runs commands in this process as a person would type them, on a database of their own."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from cli.main import run_command
from config.table import TABLE


@dataclass(frozen=True, slots=True)
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The JSON lines it printed."""
        return [json.loads(line) for line in self.out.splitlines()]


class CommandLine:
    """A shell in an empty folder."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        for row in TABLE:
            monkeypatch.delenv(row.name, raising=False)
        monkeypatch.setenv("DATA_DIR", str(folder / "var"))
        monkeypatch.chdir(folder)

    def set(self, **variables: str) -> None:
        """Set variables as a shell would."""
        for name, value in variables.items():
            self._monkeypatch.setenv(name, value)

    def type(self, *words: str) -> Said:
        """One command."""
        self._capsys.readouterr()
        code = run_command(words, create_app)
        said = self._capsys.readouterr()
        return Said(code, said.out, said.err)

    def must(self, *words: str) -> Said:
        """One command that has to work."""
        said = self.type(*words)
        assert said.code == 0, said.err
        return said
