"""What settings owe to each other. Pure; a value that could not be read is absent and judges nothing."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from config.settings import Problem
from config.table import TABLE
from config.urls import is_encrypted_or_near

# An intent older than this is given up before the socket opens, so a send may begin that much later.
INTENT_MAX_AGE = timedelta(seconds=1)


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


def _hasty_dead_man(values: Mapping[str, Any]) -> Problem | None:
    least = _longest_try(values) + 3 * values.get("tick", timedelta())
    if values.get("dead_man_after", least + INTENT_MAX_AGE) > least:
        return None
    sum_of = "SEND_CONNECT_TIMEOUT_S + SEND_TIMEOUT_S + 3 x TICK_S"
    return Problem("DEAD_MAN_AFTER_S", f"must be longer than {sum_of} = {least.total_seconds():g}")


def _longest_try(values: Mapping[str, Any]) -> timedelta:
    zero = timedelta()
    return sum((values.get(name, zero) for name in ("send_connect_timeout", "send_timeout")), zero)


RELATIONS: tuple[Callable[[Mapping[str, Any]], Problem | None], ...] = (
    _plain_http,
    _plain_http_api,
    _short_grace,
    _short_lease,
    _hasty_dead_man,
)
