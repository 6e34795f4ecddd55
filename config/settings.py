"""What one installation is told from outside, as one frozen value. Never shows a secret in its repr."""

import re
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from config.values import Address, PhotoKey


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the settings, in words that say what to do."""

    name: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.name} {self.sentence.rstrip('.')}."


class ConfigurationError(Exception):
    """The settings cannot be used. `problems` lists everything that is wrong, not only the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class KeysNotMadeError(RuntimeError):
    """A key was used before ensure_keys: a programming error."""


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """What one installation is told from outside. docs/reference/settings.md explains each."""

    database_url: str
    carrier: str
    twilio_account_sid: str | None
    twilio_auth_tokens: tuple[str, ...]
    twilio_api_base: str | None
    twilio_messaging_service_sid: str | None
    public_url: str
    given_secret_key: str
    given_photo_keys: tuple[PhotoKey, ...]
    given_opt_out_key: bytes
    clinic_name: str
    clinic_number: str
    clinic_timezone: str
    clinic_hours: str
    clinic_holidays: str
    clinic_phone: str
    clinic_urgent_line: str | None
    clinic_portal_url: str | None
    clinic_booking_url: str | None
    oncall_numbers: tuple[str, ...]
    opt_out_mode: str
    data_dir: Path
    bind: Address
    send_connect_timeout: timedelta
    send_timeout: timedelta
    intent_max_age: timedelta
    send_grace: timedelta
    lease: timedelta
    lookup_spacing: timedelta
    emergency_resend: timedelta
    tick: timedelta
    messages_per_second: float
    mass_send_limit: int | None
    carrier_delete_after: timedelta
    dead_man_url: str | None
    dead_man_after: timedelta
    metrics_token: str | None
    log_level: str
    unknown_names: tuple[str, ...] = field(default=())

    @property
    def keys_dir(self) -> Path:
        """Where keys made by us are kept, beside DATA_DIR and out of its backups."""
        return self.data_dir.with_name(self.data_dir.name + ".keys")

    @property
    def secret_key(self) -> str:
        """What signs sessions and links. Raises KeysNotMadeError before ensure_keys."""
        return self.given_secret_key or _not_made("SECRET_KEY")

    @property
    def photo_keys(self) -> tuple[PhotoKey, ...]:
        """The keys of photos, the first one writes. Raises KeysNotMadeError before ensure_keys."""
        return self.given_photo_keys or _not_made("PHOTO_KEYS")

    @property
    def opt_out_key(self) -> bytes:
        """The HMAC key under which opt-outs outlive erasure. Raises KeysNotMadeError before ensure_keys."""
        return self.given_opt_out_key or _not_made("OPT_OUT_KEY")

    def __repr__(self) -> str:
        shown = (f"{item.name}={_shown(item.name, getattr(self, item.name))}" for item in fields(self))
        return f"Settings({', '.join(shown)})"


def _not_made(name: str) -> Any:
    raise KeysNotMadeError(f"{name} is neither set nor made: call config.ensure_keys first")


SECRET_FIELDS = {
    "given_secret_key",
    "given_photo_keys",
    "given_opt_out_key",
    "twilio_auth_tokens",
    "metrics_token",
    "dead_man_url",
}


def _shown(name: str, value: object) -> str:
    if name in SECRET_FIELDS:
        return "***" if value else "not set"
    if name == "database_url":
        return repr(re.sub(r"(://[^:/@]*:).*@", r"\1***@", str(value)))
    return repr(value)
