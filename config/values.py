"""How the text of one setting becomes a typed value: pure, reads nothing but its argument.

Each reader refuses with one sentence: what is wrong and what to write instead.
Never puts a secret's text into a message.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import available_timezones

from clinic_time.holiday_calendar import HolidaysError, parse_holidays
from clinic_time.opening_hours import OpeningHoursError, parse_opening_hours
from config.refusal import refuse
from config.urls import is_host
from phone import PhoneError, parse_phone

MIN_SECRET_CHARACTERS = 32
MIN_SECRET_VARIETY = 8
KEY_BYTES = 32
LONGEST_NAME = 60
PHOTO_KEY_ID = re.compile(r"[a-z0-9]{1,16}")


@dataclass(frozen=True, slots=True)
class PhotoKey:
    """One AES-256 key for photos. `id` is written beside each photo, so it is never reused."""

    id: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Address:
    """Where the web server listens. Port 0 = any free one."""

    host: str
    port: int


def plain_name(text: str) -> str:
    """A name as clients read it in a text: one line, printable, not too long for a segment."""
    if not text.isprintable() or len(text) > LONGEST_NAME:
        refuse(f"must be one printable line of at most {LONGEST_NAME} characters")
    return text


def one_of(*allowed: str) -> Callable[[str], str]:
    """A reader for a closed set of words."""

    def read(text: str) -> str:
        if text not in allowed:
            refuse(f"is {text!r}; write one of: {', '.join(allowed)}")
        return text

    return read


def pattern(regex: str, cure: str) -> Callable[[str], str]:
    """A reader for texts of a fixed shape; the text itself is never repeated in the message."""
    shape = re.compile(regex)

    def read(text: str) -> str:
        if not shape.fullmatch(text):
            refuse(cure)
        return text

    return read


def number_between(low: float, high: float) -> Callable[[str], float]:
    """A reader for a decimal number."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            refuse(f"is {text!r}; write a number from {low:g} to {high:g}")
        if not low <= value <= high:
            refuse(f"is {text}; write a number from {low:g} to {high:g}")
        return value

    return read


def whole_number_between(low: int, high: int) -> Callable[[str], int]:
    """A reader for a whole number."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            refuse(f"is {text!r}; write a whole number from {low} to {high}")
        return int(text)

    return read


def seconds_between(low: float, high: float) -> Callable[[str], timedelta]:
    """A reader for a span given in seconds."""
    read_number = number_between(low, high)
    return lambda text: timedelta(seconds=read_number(text))


def days_between(low: int, high: int) -> Callable[[str], timedelta]:
    """A reader for a span given in days."""
    read_number = whole_number_between(low, high)
    return lambda text: timedelta(days=read_number(text))


def items_of(text: str) -> tuple[str, ...]:
    """A comma-separated list without its blanks."""
    return tuple(item.strip() for item in text.split(",") if item.strip())


def e164(text: str) -> str:
    """A phone number as carriers write it."""
    if not text.startswith("+"):
        refuse(f"is {text!r}; write the number with + and country code, such as +15732220158")
    return _parsed_phone(text)


def e164_list(text: str) -> tuple[str, ...]:
    """Several phone numbers, in the order in which they are called."""
    numbers = tuple(e164(item) for item in items_of(text))
    if len(set(numbers)) < len(numbers):
        refuse("names a number twice; write each number once, first the one to be called first")
    return numbers


def phone_as_shown(text: str) -> str:
    """A phone number as it is printed in a text to a client: checked, its spelling kept."""
    _parsed_phone(text)
    return text


def _parsed_phone(text: str) -> str:
    try:
        return parse_phone(text)
    except PhoneError as error:
        refuse(f"is wrong: {error}")


def time_zone(text: str) -> str:
    """The name of a zone of the tz database."""
    if text not in available_timezones():
        refuse(f"is {text!r}; write a time zone name such as America/Chicago")
    return text


def weekly_hours(text: str) -> str:
    """Opening hours by weekday, kept as written: `mon-fri 09:00-17:00; sat 10:00-14:00`."""
    try:
        parse_opening_hours(text)
    except OpeningHoursError as error:
        refuse(f"cannot be read: {error}")
    return text


def holiday_list(text: str) -> str:
    """Days on which the clinic is closed beside its hours, kept as written: `federal, 2026-12-24`."""
    try:
        parse_holidays(text)
    except HolidaysError as error:
        refuse(f"cannot be read: {error}")
    return text


def directory(text: str) -> Path:
    """A directory of its own, so that what is kept beside it can be named after it."""
    path = Path(text).expanduser()
    if path.name in {"", ".", ".."}:
        refuse(f"is {text!r}; name a directory of its own, such as var")
    return path


def address(text: str) -> Address:
    """host:port, an IPv6 host in brackets."""
    host, _, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not is_host(bare) or (":" in bare) != host.startswith("["):
        refuse(f"is {text!r}; write host:port, such as 127.0.0.1:8000 or [::1]:8000")
    if not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65535:
        refuse(f"is {text!r}; write a port from 0 to 65535 after the colon")
    return Address(host=bare, port=int(port))


def database_url(text: str) -> str:
    """One of the two databases we run on."""
    dialect, separator, rest = text.partition("://")
    is_file = dialect == "sqlite" and rest.startswith("/") and rest[1:] not in {"", ":memory:"}
    is_postgres = dialect == "postgresql+psycopg" and rest != ""
    if not separator or not (is_file or is_postgres):
        refuse(
            "must be sqlite:///path/to/file.db (a file: nothing is kept in memory only)"
            " or postgresql+psycopg://user:password@host/name"
        )
    return text


def secret(text: str) -> str:
    """A long random text."""
    if len(text) < MIN_SECRET_CHARACTERS or len(set(text)) < MIN_SECRET_VARIETY:
        refuse(
            f"is too weak; write at least {MIN_SECRET_CHARACTERS} random characters,"
            " such as the output of: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    return text


def auth_tokens(text: str) -> tuple[str, ...]:
    """The account's auth tokens, the one we send with first (rotation)."""
    tokens = items_of(text)
    if not tokens or any(not re.fullmatch(r"[!-~]{16,128}", token) for token in tokens):
        refuse("must be the auth token of the account, or several separated by commas, without blanks inside")
    return tokens


def key_bytes(text: str) -> bytes:
    """32 random bytes in URL-safe base64, padding optional."""
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        refuse(
            "must be 32 random bytes in URL-safe base64, such as the output of:"
            " python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    return key


def photo_keys(text: str) -> tuple[PhotoKey, ...]:
    """A list of id:key; the first one writes, all can read."""
    keys = tuple(_one_photo_key(item) for item in items_of(text))
    if not keys or len({key.id for key in keys}) < len(keys):
        refuse("must be a comma-separated list of id:key, each id used once")
    return keys


def _one_photo_key(item: str) -> PhotoKey:
    key_id, colon, key = item.partition(":")
    if not colon or not PHOTO_KEY_ID.fullmatch(key_id):
        refuse("must be a comma-separated list of id:key, each id 1-16 small letters or digits")
    return PhotoKey(id=key_id, key=key_bytes(key))
