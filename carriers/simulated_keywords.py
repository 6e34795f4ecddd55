"""What a carrier does by itself with STOP, START and HELP: whole words only, as Twilio does. Pure.

Words: https://www.twilio.com/en-us/blog/update-to-fcc-s-sms-opt-out-keywords, read November 2026.
"""

from enum import StrEnum

_STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
_START = frozenset({"start", "yes", "unstop"})
_HELP = frozenset({"help", "info"})


class Keyword(StrEnum):
    """What the carrier understood."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"


ANSWERS = {
    Keyword.STOP: "You have successfully been unsubscribed. You will not receive any more messages from this "
    "number. Reply START to resubscribe.",
    Keyword.START: "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    Keyword.HELP: "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


def read_keyword(body: str, *, is_blocked: bool) -> Keyword | None:
    """The keyword a whole text consists of. STOP counts once, START (and YES) only for a stopped phone."""
    word = body.strip().lower()
    if word in _HELP:
        return Keyword.HELP
    if is_blocked:
        return Keyword.START if word in _START else None
    return Keyword.STOP if word in _STOP else None
