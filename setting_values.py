"""How the text of one setting becomes a typed value: pure, reads nothing but its argument.

Each reader raises environs.ValidationError with one sentence: what is wrong and what to write instead.
Never puts a secret's text into a message.
"""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from environs import ValidationError

MIN_SECRET_CHARACTERS = 32
MIN_SECRET_VARIETY = 8
KEY_BYTES = 32
LONGEST_NAME = 60
LONGEST_URL = 500
HOST_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
OPEN_SPAN = re.compile(r"[a-z]{3}(-[a-z]{3})? +[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]")
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


def _refuse(sentence: str) -> NoReturn:
    raise ValidationError(sentence)


def plain_name(text: str) -> str:
    """A name as clients read it in a text: one line, printable, not too long for a segment."""
    if not text.isprintable() or len(text) > LONGEST_NAME:
        _refuse(f"must be one printable line of at most {LONGEST_NAME} characters")
    return text


def one_of(*allowed: str) -> Callable[[str], str]:
    """A reader for a closed set of words."""

    def read(text: str) -> str:
        if text not in allowed:
            _refuse(f"is {text!r}; write one of: {', '.join(allowed)}")
        return text

    return read


def pattern(regex: str, cure: str) -> Callable[[str], str]:
    """A reader for texts of a fixed shape; the text itself is never repeated in the message."""
    shape = re.compile(regex)

    def read(text: str) -> str:
        if not shape.fullmatch(text):
            _refuse(cure)
        return text

    return read


def number_between(low: float, high: float) -> Callable[[str], float]:
    """A reader for a decimal number."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            _refuse(f"is {text!r}; write a number from {low:g} to {high:g}")
        if not low <= value <= high:
            _refuse(f"is {text}; write a number from {low:g} to {high:g}")
        return value

    return read


def whole_number_between(low: int, high: int) -> Callable[[str], int]:
    """A reader for a whole number."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            _refuse(f"is {text!r}; write a whole number from {low} to {high}")
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
    if re.fullmatch(r"\+[1-9][0-9]{6,14}", text):
        number = phonenumbers.parse(text)
        if phonenumbers.is_valid_number(number):
            return text
    _refuse(f"is {text!r}; write a real phone number with + and country code, such as +15732220158")


def e164_list(text: str) -> tuple[str, ...]:
    """Several phone numbers, in the order in which they are called."""
    numbers = tuple(e164(item) for item in items_of(text))
    if len(set(numbers)) < len(numbers):
        _refuse("names a number twice; write each number once, first the one to be called first")
    return numbers


def phone_as_shown(text: str) -> str:
    """A phone number as it is printed in a text to a client: checked, its spelling kept."""
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        _refuse(f"is {text!r}; write a phone number such as 573.222.0158")
    if not phonenumbers.is_valid_number(number):
        _refuse(f"is {text!r}, which no phone has; write a number such as 573.222.0158")
    return text


def time_zone(text: str) -> str:
    """The name of a zone of the tz database."""
    if text not in available_timezones():
        _refuse(f"is {text!r}; write a time zone name such as America/Chicago")
    ZoneInfo(text)
    return text


def weekly_hours(text: str) -> str:
    """Opening hours by weekday, kept as written: `mon-fri 09:00-17:00; sat 10:00-14:00`."""
    if not all(OPEN_SPAN.fullmatch(part.strip()) for part in text.split(";") if part.strip()):
        _refuse(f"is {text!r}; write opening hours such as: mon-fri 09:00-17:00; sat 10:00-14:00")
    return text


def closed_days(text: str) -> frozenset[date]:
    """Local dates on which the clinic is closed, beside what its hours say."""
    return frozenset(_one_date(item) for item in items_of(text))


def _one_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        _refuse(f"has {text!r}; write dates as 2026-12-24, separated by commas")


def directory(text: str) -> Path:
    """A directory of its own, so that what is kept beside it can be named after it."""
    path = Path(text).expanduser()
    if path.name in {"", ".", ".."}:
        _refuse(f"is {text!r}; name a directory of its own, such as var")
    return path


def address(text: str) -> Address:
    """host:port, an IPv6 host in brackets."""
    host, _, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not _is_host(bare) or (":" in bare) != host.startswith("["):
        _refuse(f"is {text!r}; write host:port, such as 127.0.0.1:8000 or [::1]:8000")
    if not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65535:
        _refuse(f"is {text!r}; write a port from 0 to 65535 after the colon")
    return Address(host=bare, port=int(port))


def database_url(text: str) -> str:
    """One of the two databases we run on."""
    dialect, separator, rest = text.partition("://")
    if separator and dialect == "sqlite" and rest.startswith("/") and rest[1:] not in {"", ":memory:"}:
        return text
    if separator and dialect == "postgresql+psycopg" and rest:
        return text
    _refuse(
        "must be sqlite:///path/to/file.db (a file: nothing is kept in memory only)"
        " or postgresql+psycopg://user:password@host/name"
    )


def secret(text: str) -> str:
    """A long random text."""
    if len(text) < MIN_SECRET_CHARACTERS or len(set(text)) < MIN_SECRET_VARIETY:
        _refuse(
            f"is too weak; write at least {MIN_SECRET_CHARACTERS} random characters,"
            " such as the output of: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    return text


def auth_tokens(text: str) -> tuple[str, ...]:
    """The account's auth tokens, the one we send with first (rotation)."""
    tokens = items_of(text)
    if not tokens or any(not re.fullmatch(r"[!-~]{16,128}", token) for token in tokens):
        _refuse(
            "must be the auth token of the account, or several separated by commas, without blanks inside"
        )
    return tokens


def key_bytes(text: str) -> bytes:
    """32 random bytes in URL-safe base64, padding optional."""
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        _refuse(
            "must be 32 random bytes in URL-safe base64, such as the output of:"
            " python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    return key


def photo_keys(text: str) -> tuple[PhotoKey, ...]:
    """A list of id:key; the first one writes, all can read."""
    keys = tuple(_one_photo_key(item) for item in items_of(text))
    if not keys or len({key.id for key in keys}) < len(keys):
        _refuse("must be a comma-separated list of id:key, each id used once")
    return keys


def _one_photo_key(item: str) -> PhotoKey:
    key_id, colon, key = item.partition(":")
    if not colon or not PHOTO_KEY_ID.fullmatch(key_id):
        _refuse("must be a comma-separated list of id:key, each id 1-16 small letters or digits")
    return PhotoKey(id=key_id, key=key_bytes(key))


def web_link(text: str) -> str:
    """A page clients may open from a text."""
    parts = _split_url(text)
    if parts.scheme != "https" or parts.username or not _is_host(parts.hostname or ""):
        _refuse(f"is {text!r}; write a full https:// address")
    return text


def base_url(text: str) -> str:
    """An address of ours or of the carrier's API: no user-info, query or fragment kept, no slash at its end.

    Twilio refuses underscores in the host of a callback (error 21609) and leaves user-info and fragment out
    of what it signs (https://www.twilio.com/docs/usage/webhooks/webhooks-security, read November 2026).
    """
    parts = _split_url(text)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host:
        _refuse(f"is {text!r}; write a full address such as https://texts.example.com")
    if "@" in parts.netloc:
        _refuse("has a user name or password in it; write the address without them")
    if "_" in host:
        _refuse(f"has an underscore in its host {host!r}, which Twilio refuses; use a host without it")
    if not _is_host(host):
        _refuse(f"has {host!r} for a host; write a host name or an IP address")
    if parts.query or re.search(r"[^!-~]", text):
        _refuse("must have no query and no blank in it; write only scheme, host, port and path")
    return parts._replace(fragment="", netloc=parts.netloc.lower()).geturl().rstrip("/")


def _split_url(text: str) -> SplitResult:
    if len(text) > LONGEST_URL:
        _refuse(f"is longer than {LONGEST_URL} characters; write a shorter address")
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        _refuse(f"is {text!r}; write a full address such as https://texts.example.com")
    return parts


def _is_host(host: str) -> bool:
    if _ip(host) is not None:
        return True
    return len(host) <= 253 and all(HOST_LABEL.fullmatch(label) for label in host.split("."))


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_encrypted_or_near(url: str, *, private_too: bool = False) -> bool:
    """Whether `url` is https, or stays on this machine (or, where `private_too`, in a private network)."""
    parts = urlsplit(url)
    ip = _ip(parts.hostname or "")
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    return ip is not None and (ip.is_loopback or (private_too and ip.is_private))
