"""Finds our own text in the carrier's list. Pure: values in, value out (RULES 7, look-up)."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from carriers.base import CarrierMessage

# Trial accounts put this before every body (https://www.twilio.com/docs/usage/tutorials/how-to-use-your-free-trial-account).
TRIAL_PREFIX = "Sent from your Twilio trial account - "
DATE_PRECISION = timedelta(seconds=1)  # the list and the Date header are to the second
# A list is asked for from so much earlier: how far the carrier's clock is from ours is known once it answers.
CLOCKS_APART = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sought:
    """One try as it would stand in the carrier's list. Moments are our machine time."""

    to_number: str
    body_hash: str
    segments: int
    intent_at: datetime
    our_numbers: frozenset[str]
    our_services: frozenset[str]


def body_hash(body: str) -> str:
    """What a text is recognised by in the carrier's list."""
    return hashlib.sha256(body.strip().encode()).hexdigest()


def matching(
    sought: Sought,
    listed: Sequence[CarrierMessage],
    *,
    taken: Collection[str],
    machine: datetime,
    offset: timedelta,
    look_back: timedelta,
) -> tuple[CarrierMessage, ...]:
    """The listed messages that can be this try, oldest first. `offset` = the carrier's clock minus machine time."""
    opens, closes = sought.intent_at + offset - look_back, machine + offset + DATE_PRECISION
    found = [
        message
        for message in listed
        if message.sid not in taken
        and message.direction.startswith("outbound")
        and message.to_number == sought.to_number
        and _is_from_us(sought, message)
        and opens <= message.created_at <= closes
        and _has_our_body(sought, message)
    ]
    return tuple(sorted(found, key=lambda message: message.created_at))


def _is_from_us(sought: Sought, message: CarrierMessage) -> bool:
    return message.from_number in sought.our_numbers or message.messaging_service_sid in sought.our_services


def _has_our_body(sought: Sought, message: CarrierMessage) -> bool:
    """The same body; where the carrier redacts, an empty one of the same segments."""
    if not message.body:
        return message.segments is None or message.segments == sought.segments
    return body_hash(message.body.removeprefix(TRIAL_PREFIX)) == sought.body_hash
