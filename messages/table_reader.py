"""Read one TOML table strictly: wrong types and unknown keys become problems with a cure, never a crash."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from messages.problems import Problem

Choice = TypeVar("Choice", bound=StrEnum)


class TableReader:
    """One table of one file. Each read notes its key; `finish` reports keys that nobody read."""

    def __init__(self, raw: Mapping[str, Any], *, where: str, problems: list[Problem]) -> None:
        self._raw = raw
        self._read: set[str] = set()
        self.where = where
        self.problems = problems

    def text(self, key: str, default: str | None = None) -> str:
        """A string; without `default` the key is required."""
        value = self._take(key, default)
        if isinstance(value, str) and value.strip():
            return value
        if value == default and default is not None:
            return default
        self.problem(f"{key} must be a text", f'Write {key} = "...".')
        return default or ""

    def number(self, key: str, default: int | None = None) -> int:
        """A whole number; without `default` the key is required."""
        value = self._take(key, default)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self.problem(f"{key} must be a whole number", f"Write {key} = 1, without quotes.")
        return default or 0

    def optional_number(self, key: str) -> int | None:
        """A whole number, or None where the key is absent."""
        return self.number(key) if key in self._raw else None

    def flag(self, key: str, default: bool | None = None) -> bool:
        """true or false; without `default` the key is required."""
        value = self._take(key, default)
        if isinstance(value, bool):
            return value
        self.problem(f"{key} must be true or false", f"Write {key} = true or {key} = false, without quotes.")
        return bool(default)

    def choice(self, key: str, choices: type[Choice]) -> Choice:
        """One of a closed set of words; the first of them where the file is wrong."""
        value = self.text(key)
        if value in [choice.value for choice in choices]:
            return choices(value)
        self.problem(f"{key} {value!r} is unknown", f"Use one of: {', '.join(choices)}.")
        return next(iter(choices))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; absent is empty."""
        value = self._take(key, [])
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self.problem(f"{key} must be a list of texts", f'Write {key} = ["...", "..."].')
        return ()

    def table(self, key: str) -> Mapping[str, Any]:
        """A table; absent is empty."""
        value = self._take(key, {})
        if isinstance(value, Mapping):
            return value
        self.problem(f"{key} must be a table", f"Write {key} = {{ ... }}.")
        return {}

    def tables(self, key: str) -> tuple[Mapping[str, Any], ...]:
        """A list of tables; absent is empty."""
        value = self._take(key, [])
        if isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
            return tuple(value)
        self.problem(f"{key} must be a list of tables", f"Start each one with [[{key}]].")
        return ()

    def has(self, key: str) -> bool:
        """Whether the file gives this key at all."""
        return key in self._raw

    def problem(self, what: str, cure: str) -> None:
        """Note something wrong in this table."""
        self.problems.append(Problem(self.where, what, cure))

    def finish(self) -> None:
        """Report the keys that nobody read: nearly always a spelling mistake."""
        for key in sorted(set(self._raw) - self._read):
            self.problem(f"{key} is not a known key", "Check the spelling, or take the line out.")

    def _take(self, key: str, default: object) -> object:
        self._read.add(key)
        return self._raw.get(key, default)
