"""What the tests of the Twilio carrier send, between whom, and how long they wait. Holds no asserts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import twilio.rest.api  # noqa: F401 - takes a second when it is first needed: not within a send, whose intent ages

from carriers.base import OutboundText
from carriers.twilio import Timeouts
from tests.support.factories import CLIENT_NUMBER, OUR_NUMBER

PATIENT = Timeouts(connect=2.0, read=5.0)
HASTY = Timeouts(connect=1.0, read=0.3)  # for what never answers in time
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def a_text(**changes: Any) -> OutboundText:
    """A text of the clinic to a client."""
    fields: dict[str, Any] = {
        "from_number": OUR_NUMBER,
        "to_number": CLIENT_NUMBER,
        "body": "Hello from the clinic",
        "validity": timedelta(minutes=10),
        "status_callback": "https://bot.example/webhooks/sms/status?m=a1",
    }
    return OutboundText(**(fields | changes))
