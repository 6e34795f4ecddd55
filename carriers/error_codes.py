"""What a carrier's error code means: error_codes.toml, typed and checked when read. Sends nothing."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

_TABLE = Path(__file__).with_name("error_codes.toml")
_PACIFIC = ZoneInfo("America/Los_Angeles")
_FIELDS = frozenset(
    {"code", "kind", "action", "plain", "retries", "retry_minutes", "resets"}
    | {"stops_all", "opt_out", "confirmed", "source"}
)


class ErrorKind(StrEnum):
    """How long an error lasts and whose it is."""

    PERMANENT = "permanent"
    TRANSIENT = "transient"
    CONFIG = "config"
    CREDENTIALS = "credentials"
    DAILY_CAP = "daily_cap"


class ErrorAction(StrEnum):
    """What is to be done about it."""

    TELL_STAFF = "tell_staff"
    RECORD_OPT_OUT = "record_opt_out"
    FIX_NUMBER = "fix_number"
    CALL_INSTEAD = "call_instead"
    FIX_SETTINGS = "fix_settings"
    STOP_SENDING = "stop_sending"
    SHORTEN_TEXT = "shorten_text"
    SEND_WITHOUT_PICTURE = "send_without_picture"
    PAUSE_AUTO_REPLIES = "pause_auto_replies"
    ALERT_ADMIN = "alert_admin"
    TRY_AGAIN = "try_again"
    WAIT_FOR_RESET = "wait_for_reset"


class Resets(StrEnum):
    """When a daily cap is lifted. Sources disagree on UTC or Pacific midnight: the later one is used."""

    MIDNIGHT_PACIFIC = "midnight_pacific"
    ROLLING_DAY = "rolling_day"


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """One row of the table. `retries` = further tries; `retry_after` = the least wait before each of them."""

    code: int | None
    kind: ErrorKind
    action: ErrorAction
    plain: str
    retries: int = 0
    retry_after: timedelta = timedelta()
    resets: Resets | None = None
    stops_all: bool = False
    opt_out: bool = False
    confirmed: bool = True
    source: str = ""

    @property
    def is_worth_retrying(self) -> bool:
        """Whether the same text may succeed later without anybody doing anything."""
        return self.kind in (ErrorKind.TRANSIENT, ErrorKind.DAILY_CAP)


class ErrorTableBroken(Exception):
    """error_codes.toml does not say what it must. Stops start-up."""


def explain(code: int | None) -> ErrorRule:
    """The row of this error code; the row for unknown codes where there is none. Never raises for a code."""
    rules = _shipped_rules()
    return rules.get(code, rules[None])


def next_try_at(rule: ErrorRule, *, tries_after_error: int, now: datetime) -> datetime | None:
    """When the same text may be tried again, or None where it must not be. Moments are aware UTC.

    `tries_after_error` counts the further tries already made because of such an error.
    """
    if not rule.is_worth_retrying or tries_after_error >= rule.retries:
        return None
    if rule.resets is Resets.MIDNIGHT_PACIFIC:
        return _next_pacific_midnight(now)
    if rule.resets is Resets.ROLLING_DAY:
        return now + timedelta(hours=24)
    return now + rule.retry_after


def read_rules(text: str) -> Mapping[int | None, ErrorRule]:
    """The table in TOML as rules by code, None = unknown codes. Raises ErrorTableBroken naming the row."""
    content = tomllib.loads(text)
    if set(content) != {"unknown", "code"}:
        raise ErrorTableBroken("error_codes.toml must hold [unknown] and [[code]] rows, and nothing else")
    rules: dict[int | None, ErrorRule] = {None: _rule_of(content["unknown"])}
    for row in content["code"]:
        rule = _rule_of(row)
        if rule.code is None or rule.code in rules:
            raise ErrorTableBroken(f"error_codes.toml: code {rule.code} is missing or stands twice")
        rules[rule.code] = rule
    return rules


@cache
def _shipped_rules() -> Mapping[int | None, ErrorRule]:
    return read_rules(_TABLE.read_text(encoding="utf-8"))


def _rule_of(row: Mapping[str, Any]) -> ErrorRule:
    unknown = set(row) - _FIELDS
    if unknown:
        raise ErrorTableBroken(
            f"error_codes.toml: code {row.get('code')} has unknown fields {sorted(unknown)}"
        )
    try:
        rule = ErrorRule(
            code=row.get("code"),
            kind=ErrorKind(row["kind"]),
            action=ErrorAction(row["action"]),
            plain=row["plain"],
            retries=row.get("retries", 0),
            retry_after=timedelta(minutes=row.get("retry_minutes", 0)),
            resets=Resets(row["resets"]) if "resets" in row else None,
            stops_all=row.get("stops_all", False),
            opt_out=row.get("opt_out", False),
            confirmed=row.get("confirmed", True),
            source=row.get("source", ""),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise ErrorTableBroken(f"error_codes.toml: code {row.get('code')}: {error}") from error
    _check_rule(rule)
    return rule


def _check_rule(rule: ErrorRule) -> None:
    if rule.is_worth_retrying != (rule.retries > 0):
        raise ErrorTableBroken(f"error_codes.toml: code {rule.code}: retries do not fit its kind")
    if (rule.kind is ErrorKind.DAILY_CAP) != (rule.resets is not None):
        raise ErrorTableBroken(f"error_codes.toml: code {rule.code}: resets belongs to daily_cap only")
    if rule.kind is ErrorKind.TRANSIENT and not rule.retry_after:
        raise ErrorTableBroken(f"error_codes.toml: code {rule.code}: a transient code needs retry_minutes")


def _next_pacific_midnight(now: datetime) -> datetime:
    tomorrow = now.astimezone(_PACIFIC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), tzinfo=_PACIFIC).astimezone(now.tzinfo)
