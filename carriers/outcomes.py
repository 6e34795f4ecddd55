"""Classes one try at the carrier by what came back. The only place that decides; it calls nothing."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from carriers.base import Outcome, SendResult
from carriers.error_codes import ErrorKind, explain

MESSAGE_SID = re.compile(r"(SM|MM)[0-9a-f]{32}")
BAD_CREDENTIALS_CODE = 20003
# 408 may come from a gateway in between, after Twilio had read the request: nobody knows.
_OUTCOME_BY_STATUS = {
    401: Outcome.CREDENTIALS,
    408: Outcome.UNKNOWN,
    429: Outcome.REJECTED_RETRY,
}
_OUTCOME_BY_KIND = {
    ErrorKind.CREDENTIALS: Outcome.CREDENTIALS,
    ErrorKind.TRANSIENT: Outcome.REJECTED_RETRY,
    ErrorKind.DAILY_CAP: Outcome.REJECTED_RETRY,
    ErrorKind.CONFIG: Outcome.REJECTED_FINAL,
    ErrorKind.PERMANENT: Outcome.REJECTED_FINAL,
}
_MAX_RETRY_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole HTTP answer. Header names in lower case; `received_at` is this machine's clock, aware UTC."""

    status: int
    headers: Mapping[str, str]
    text: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class NoReply:
    """No whole answer came. `begun` = the first byte of the request could have left."""

    begun: bool


def class_outcome(answer: Reply | NoReply) -> SendResult:
    """What one try came to: the single rule behind every SendResult of an HTTP carrier.

    Source for 429: Twilio's 20429 page ("aren't processed and are safe to retry"). A 5xx may come after the
    text was accepted, so it is UNKNOWN like a lost answer.
    """
    if isinstance(answer, NoReply):
        return SendResult(Outcome.UNKNOWN if answer.begun else Outcome.REJECTED_RETRY)
    fields = read_object(answer.text)
    offset = _clock_offset(answer)
    if answer.status in (200, 201):
        return _class_accepted(fields, offset)
    code = _code_of(fields)
    return SendResult(
        _outcome_of_refusal(answer.status, code),
        error_code=code,
        retry_after=_retry_after(answer),
        carrier_clock_offset=offset,
    )


def date_of(reply: Reply) -> datetime | None:
    """The carrier's clock by its Date header, or None where it is absent or unreadable. To the second."""
    return _http_date(reply.headers.get("date", ""))


def read_object(text: str) -> Mapping[str, Any]:
    """The JSON object in this text; empty where it is none."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _clock_offset(reply: Reply) -> timedelta | None:
    carrier_now = date_of(reply)
    return None if carrier_now is None else carrier_now - reply.received_at


def _class_accepted(fields: Mapping[str, Any], offset: timedelta | None) -> SendResult:
    sid = fields.get("sid")
    if not isinstance(sid, str) or not MESSAGE_SID.fullmatch(sid):
        return SendResult(Outcome.UNKNOWN, carrier_clock_offset=offset)
    status = fields.get("status")
    return SendResult(
        Outcome.ACCEPTED,
        sid=sid,
        status=status if isinstance(status, str) else None,
        error_code=_whole_number(fields.get("error_code")),
        carrier_clock_offset=offset,
    )


def _outcome_of_refusal(status: int, code: int | None) -> Outcome:
    if not 400 <= status < 500:
        return Outcome.UNKNOWN
    if status in _OUTCOME_BY_STATUS:
        return _OUTCOME_BY_STATUS[status]
    return _OUTCOME_BY_KIND[explain(code).kind]


def _code_of(fields: Mapping[str, Any]) -> int | None:
    return _whole_number(fields.get("code"))


def _whole_number(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def _retry_after(reply: Reply) -> timedelta | None:
    """Retry-After as a span, at most an hour; seconds or an HTTP date (RFC 9110 10.2.3)."""
    value = reply.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), _MAX_RETRY_AFTER)
    moment = _http_date(value)
    if moment is None:
        return None
    return min(max(moment - reply.received_at, timedelta()), _MAX_RETRY_AFTER)


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
