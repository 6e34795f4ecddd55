"""Settings from the environment and `.env`: checked all at once, each problem by name and with its cure.

Reads only; the one thing that writes is ensure_keys. There is no default secret.
"""

import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

from environs import Env, EnvValidationError

import key_files
from setting_table import TABLE, Setting
from setting_values import Address, PhotoKey, is_encrypted_or_near, key_bytes, photo_keys

T = TypeVar("T")
DOTENV = Path(".env")
PREFIXES = ("CLINIC_", "ONCALL_", "TWILIO_")
# An intent older than this is given up before the socket opens, so a send may begin that much later.
INTENT_MAX_AGE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the settings, in words that say what to do."""

    name: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.name} {self.sentence}."


class ConfigurationError(Exception):
    """The settings cannot be used. `problems` lists everything that is wrong, not only the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class KeysNotMade(RuntimeError):
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
    clinic_holidays: frozenset[date]
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
    send_grace: timedelta
    lease: timedelta
    lookup_spacing: timedelta
    emergency_resend: timedelta
    tick: timedelta
    messages_per_second: float
    mass_send_limit: int | None
    carrier_delete_after: timedelta
    metrics_token: str | None
    log_level: str
    unknown_names: tuple[str, ...] = field(default=())

    @property
    def keys_dir(self) -> Path:
        """Where keys made by us are kept, beside DATA_DIR and out of its backups."""
        return key_files.directory_for(self.data_dir)

    @property
    def secret_key(self) -> str:
        """What signs sessions and links. Raises KeysNotMade before ensure_keys."""
        return self.given_secret_key or _not_made("SECRET_KEY")

    @property
    def photo_keys(self) -> tuple[PhotoKey, ...]:
        """The keys of photos, the first one writes. Raises KeysNotMade before ensure_keys."""
        return self.given_photo_keys or _not_made("PHOTO_KEYS")

    @property
    def opt_out_key(self) -> bytes:
        """The HMAC key under which opt-outs outlive erasure. Raises KeysNotMade before ensure_keys."""
        return self.given_opt_out_key or _not_made("OPT_OUT_KEY")

    def __repr__(self) -> str:
        shown = (f"{item.name}={_shown(item.name, getattr(self, item.name))}" for item in fields(self))
        return f"Settings({', '.join(shown)})"


def _not_made(name: str) -> Any:
    raise KeysNotMade(f"{name} is neither set nor made: call config.ensure_keys first")


SECRET_FIELDS = {
    "given_secret_key",
    "given_photo_keys",
    "given_opt_out_key",
    "twilio_auth_tokens",
    "metrics_token",
}


def _shown(name: str, value: object) -> str:
    if name in SECRET_FIELDS:
        return "***" if value else "not set"
    if name == "database_url":
        return repr(re.sub(r"(://[^:/@]*:).*@", r"\1***@", str(value)))
    return repr(value)


class _Given(Env):
    """environs over a mapping of our choice instead of the process's environment; a blank value is not set."""

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
    problems += _missing(given, values)
    problems += [problem for relation in RELATIONS if (problem := relation(values))]
    if problems:
        raise ConfigurationError(tuple(problems))
    return Settings(**_with_derived(values), unknown_names=given.unknown_names())


def _read_table(given: _Given) -> tuple[dict[str, Any], list[Problem]]:
    values = {row.field: _read_row(given, row) for row in TABLE}
    try:
        given.seal()
    except EnvValidationError as error:
        wrong = dict(error.error_messages)
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


def _missing(given: _Given, values: Mapping[str, Any]) -> list[Problem]:
    if values.get("carrier") != "twilio":
        return []
    names = [row.name for row in TABLE if row.needed_with_twilio and not given.is_set(row.name)]
    return [Problem(name, "is not set; CARRIER=twilio needs it (see .env.example)") for name in names]


def _plain_http(values: Mapping[str, Any]) -> Problem | None:
    url = values.get("public_url")
    if values.get("carrier") != "twilio" or url is None or is_encrypted_or_near(url):
        return None
    return Problem("PUBLIC_URL", "must begin with https:// when CARRIER=twilio, unless it is this machine")


def _plain_http_api(values: Mapping[str, Any]) -> Problem | None:
    url = values.get("twilio_api_base")
    if url is None or is_encrypted_or_near(url, private_too=True):
        return None
    return Problem(
        "TWILIO_API_BASE", "must begin with https:// outside this machine: the auth token goes there"
    )


def _short_grace(values: Mapping[str, Any]) -> Problem | None:
    least = _longest_try(values) + INTENT_MAX_AGE
    if not least or values.get("send_grace", least) >= least:
        return None
    sum_of = "SEND_CONNECT_TIMEOUT_S + SEND_TIMEOUT_S + 1 s"
    return Problem(
        "SEND_GRACE_S", f"must be at least {sum_of} = {least.total_seconds():g}, or a text may go out twice"
    )


def _short_lease(values: Mapping[str, Any]) -> Problem | None:
    longest = _longest_try(values)
    if values.get("lease", longest + INTENT_MAX_AGE) > longest:
        return None
    sum_of = "SEND_CONNECT_TIMEOUT_S + SEND_TIMEOUT_S"
    return Problem("LEASE_S", f"must be longer than {sum_of} = {longest.total_seconds():g}")


def _longest_try(values: Mapping[str, Any]) -> timedelta:
    zero = timedelta()
    return sum((values.get(name, zero) for name in ("send_connect_timeout", "send_timeout")), zero)


RELATIONS: tuple[Callable[[Mapping[str, Any]], Problem | None], ...] = (
    _plain_http,
    _plain_http_api,
    _short_grace,
    _short_lease,
)


def ensure_keys(settings: Settings) -> Settings:
    """The settings with every key: those not set are read from `keys_dir`, made there the first time.

    The only function here that writes. Raises ConfigurationError where it cannot.
    """
    return replace(
        settings,
        given_secret_key=settings.given_secret_key or _kept(settings, "SECRET_KEY", _new_secret, str),
        given_photo_keys=settings.given_photo_keys
        or _kept(settings, "PHOTO_KEYS", _new_photo_key, photo_keys),
        given_opt_out_key=settings.given_opt_out_key or _kept(settings, "OPT_OUT_KEY", _new_key, key_bytes),
    )


def _kept(settings: Settings, name: str, make: Callable[[], str], parse: Callable[[str], T]) -> T:
    try:
        return parse(key_files.read_or_make(settings.keys_dir, name.lower(), make))
    except (OSError, ValueError) as error:
        place = settings.keys_dir / name.lower()
        cure = f"cannot be read from or made in {place} ({type(error).__name__}); make that place readable or set it"
        raise ConfigurationError((Problem(name, cure),)) from error


def _new_secret() -> str:
    return secrets.token_urlsafe(48)


def _new_key() -> str:
    return secrets.token_urlsafe(32)


def _new_photo_key() -> str:
    return f"k1:{_new_key()}"
