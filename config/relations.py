"""What settings owe to each other. Pure; a value that could not be read is absent and judges nothing."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from config.settings import Problem
from config.table import TABLE
from config.urls import is_encrypted_or_near

SHOWN_WITHIN = timedelta(minutes=5)  # R2: a text of unknown outcome is settled or before a person by then
LOOKS_EVERY = timedelta(seconds=5)  # how often the clock asks for look-ups, and for what is overdue
EMERGENCY_RESENDS = 3  # RULES 7
TOO_LATE = "a text of unknown outcome is shown to staff later than five minutes"


def missing(is_set: Callable[[str], bool], values: Mapping[str, Any]) -> list[Problem]:
    """What a real carrier cannot do without."""
    if values.get("carrier") != "twilio":
        return []
    names = [row.name for row in TABLE if row.needed_with_twilio and not is_set(row.name)]
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
    least = _longest_try(values) + _span(values, "intent_max_age")
    if values.get("send_grace", least) >= least:
        return None
    sum_of = "SEND_CONNECT_TIMEOUT_S + SEND_TIMEOUT_S + INTENT_MAX_AGE_S"
    return Problem(
        "SEND_GRACE_S", f"must be at least {sum_of} = {least.total_seconds():g}, or a text may go out twice"
    )


def _short_lease(values: Mapping[str, Any]) -> Problem | None:
    longest = _longest_try(values)
    if "lease" not in values or values["lease"] > longest:
        return None
    sum_of = "SEND_CONNECT_TIMEOUT_S + SEND_TIMEOUT_S"
    return Problem("LEASE_S", f"must be longer than {sum_of} = {longest.total_seconds():g}")


def _hasty_dead_man(values: Mapping[str, Any]) -> Problem | None:
    least = _longest_try(values) + 3 * _span(values, "tick")
    if "dead_man_after" not in values or values["dead_man_after"] > least:
        return None
    sum_of = "SEND_CONNECT_TIMEOUT_S + SEND_TIMEOUT_S + 3 x TICK_S"
    return Problem("DEAD_MAN_AFTER_S", f"must be longer than {sum_of} = {least.total_seconds():g}")


def _late_look_ups(values: Mapping[str, Any]) -> Problem | None:
    """The third look-up may be the second that counts, and leads to a second try whose answer may be lost too.

    The clock may have asked just before one is due; and a look may be under way when a text is to be shown.
    """
    parts = {
        "SEND_GRACE_S": _span(values, "send_grace"),
        "LOOKUP_SPACING_S": 2 * _span(values, "lookup_spacing"),
        "SEND_CONNECT_TIMEOUT_S": _span(values, "send_connect_timeout"),
        "SEND_TIMEOUT_S": _span(values, "send_timeout"),
    }
    total = sum(parts.values(), LOOKS_EVERY)
    if total < SHOWN_WITHIN:
        return None
    sum_of = "SEND_GRACE_S + 2 x LOOKUP_SPACING_S + SEND_CONNECT_TIMEOUT_S + SEND_TIMEOUT_S"
    sum_of += f" + {LOOKS_EVERY.total_seconds():g}"
    return Problem(max(parts, key=parts.__getitem__), _shorten(sum_of, total, TOO_LATE))


def _long_lease(values: Mapping[str, Any]) -> Problem | None:
    """What a dead worker had begun is unknown only when its lease is over; so is its second try."""
    if _late_look_ups(values):
        return None
    taken_over = _span(values, "lease") + _span(values, "tick")
    total = max(_span(values, "send_grace"), taken_over) + _span(values, "lookup_spacing") + taken_over
    if total < SHOWN_WITHIN:
        return None
    sum_of = "the longer of SEND_GRACE_S and LEASE_S + TICK_S, with LOOKUP_SPACING_S + LEASE_S + TICK_S,"
    return Problem("LEASE_S", _shorten(sum_of, total, TOO_LATE))


def _slow_emergency(values: Mapping[str, Any]) -> Problem | None:
    total = EMERGENCY_RESENDS * _span(values, "emergency_resend") + _longest_try(values)
    if total < SHOWN_WITHIN:
        return None
    sum_of = f"{EMERGENCY_RESENDS} x EMERGENCY_RESEND_S + SEND_CONNECT_TIMEOUT_S + SEND_TIMEOUT_S"
    return Problem("EMERGENCY_RESEND_S", _shorten(sum_of, total, "emergency words come too late to help"))


def _shorten(sum_of: str, total: timedelta, otherwise: str) -> str:
    most, seconds = SHOWN_WITHIN.total_seconds(), total.total_seconds()
    return f"must be shorter: {sum_of} = {seconds:g} must stay below {most:g}, or {otherwise}"


def _longest_try(values: Mapping[str, Any]) -> timedelta:
    return _span(values, "send_connect_timeout") + _span(values, "send_timeout")


def _span(values: Mapping[str, Any], field: str) -> timedelta:
    span: timedelta = values.get(field, timedelta())
    return span


RELATIONS: tuple[Callable[[Mapping[str, Any]], Problem | None], ...] = (
    _plain_http,
    _plain_http_api,
    _short_grace,
    _short_lease,
    _hasty_dead_man,
    _late_look_ups,
    _long_lease,
    _slow_emergency,
)
