"""Reads the regression table that ships with the words: texts whose decision must never change.

Clinics' own corrections live in the database and are added by the caller; this file never writes.
"""

import tomllib
from pathlib import Path

from bot.decision import Action
from bot.regressions import RegressionLine
from bot.vocabulary import DEFAULT_FOLDER, VocabularyError


def load_regression_table(folder: Path = DEFAULT_FOLDER) -> tuple[RegressionLine, ...]:
    """The shipped lines: red flags, opt-outs and earlier corrections. Raises VocabularyError."""
    try:
        rows = tomllib.loads((folder / "regressions.toml").read_text(encoding="utf-8"))["line"]
        return tuple(
            RegressionLine(row["text"], Action(row["action"]), tuple(row.get("topics", ())), row["kind"])
            for row in rows
        )
    except (OSError, KeyError, ValueError) as error:
        raise VocabularyError(f"regressions.toml: {error}") from error
