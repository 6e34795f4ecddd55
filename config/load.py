"""Reads the settings from the environment and `.env`: all problems at once, by name. Writes nothing."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from environs import Env, EnvValidationError

from config.relations import RELATIONS, missing
from config.settings import ConfigurationError, Problem, Settings
from config.table import TABLE, Setting

DOTENV = Path(".env")
PREFIXES = ("CLINIC_", "ONCALL_", "TWILIO_")


class _Given(Env):
    """environs over a mapping of our choice, not the process's environment; a blank value is not set."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(eager=False)
        self.values = values
        self.add_parser("setting", _apply)

    def _get_value(self, env_key: str, default: object) -> object:
        for source in (self.values, self._environ):
            if text := source.get(env_key, "").strip():
                return text
        return default

    def is_set(self, name: str) -> bool:
        return self._get_value(name, None) is not None

    def unknown_names(self) -> tuple[str, ...]:
        """Names that look like ours and are not: most likely a slip of the pen."""
        ours = {row.name for row in TABLE}
        near = {name for name in self.values if name.startswith(PREFIXES)}
        return tuple(sorted((near | set(self._environ)) - ours))


def _apply(text: str, *, reader: Callable[[str], object]) -> object:
    return reader(text)


def load_settings(environ: Mapping[str, str] | None = None, dotenv: Path | None = None) -> Settings:
    """The settings of this process, or of `environ` alone; the environment wins over the file.

    Without arguments: os.environ and `.env` of the working directory. With `environ`: a file only if named.
    Raises ConfigurationError listing every problem. Writes nothing.
    """
    if environ is None:
        environ, dotenv = os.environ, dotenv or DOTENV
    given = _Given(environ)
    if dotenv is not None and dotenv.is_file():
        given.read_env(dotenv, recurse=False)
    values, problems = _read_table(given)
    problems += missing(given.is_set, values)
    problems += [problem for relation in RELATIONS if (problem := relation(values))]
    if problems:
        raise ConfigurationError(tuple(problems))
    return Settings(**_with_derived(values), unknown_names=given.unknown_names())


def _read_table(given: _Given) -> tuple[dict[str, Any], list[Problem]]:
    values = {row.field: _read_row(given, row) for row in TABLE}
    try:
        given.seal()
    except EnvValidationError as error:
        wrong = error.error_messages
        assert isinstance(wrong, Mapping)  # noqa: S101  (environs fills it by name; its type is a union)
        bad = {row.field for row in TABLE if row.name in wrong}
        values = {name: value for name, value in values.items() if name not in bad}
        return values, [Problem(name, " and ".join(sentences)) for name, sentences in wrong.items()]
    return values, []


def _read_row(given: _Given, row: Setting) -> object:
    if not given.is_set(row.name):
        return row.default
    return given.setting(row.name, reader=row.read)


def _with_derived(values: dict[str, Any]) -> dict[str, Any]:
    """Defaults that follow from another setting."""
    values["database_url"] = values["database_url"] or f"sqlite:///{values['data_dir']}/aftercare.db"
    values["clinic_phone"] = values["clinic_phone"] or values["clinic_number"]
    return values
