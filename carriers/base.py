"""What every carrier offers and how its answers are classed. Knows nothing of clients or reminders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """What one try at the carrier came to.

    UNKNOWN: anything after the first request byte could have left (time-out, reset, 5xx, unreadable 2xx).
    REJECTED_RETRY: certainly not sent, worth another try. REJECTED_FINAL: refused for good.
    CREDENTIALS: the carrier does not accept our credentials; all sending stops, nothing is marked failed.
    """

    ACCEPTED = "accepted"
    REJECTED_RETRY = "rejected_retry"
    REJECTED_FINAL = "rejected_final"
    CREDENTIALS = "credentials"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class OutboundText:
    """One text as it goes on the wire. `validity` is how long the carrier may keep trying.

    begin_before: time.monotonic() at which its first byte may no longer leave, None = at any time.
    """

    from_number: str
    to_number: str
    body: str
    validity: timedelta
    status_callback: str
    media_urls: tuple[str, ...] = ()
    messaging_service_sid: str | None = None
    begin_before: float | None = None


@dataclass(frozen=True, slots=True)
class SendResult:
    """The carrier's reply to one try. `carrier_clock_offset` = its Date header minus this machine's clock.

    For `doctor` alone: moments of the database are compared with `Listing.carrier_now`.
    """

    outcome: Outcome
    sid: str | None = None
    status: str | None = None
    error_code: int | None = None
    retry_after: timedelta | None = None
    carrier_clock_offset: timedelta | None = None


@dataclass(frozen=True, slots=True)
class CarrierMessage:
    """A message as the carrier lists it. `body` may be empty where the carrier redacts."""

    sid: str
    direction: str
    from_number: str
    to_number: str
    body: str
    status: str
    created_at: datetime
    error_code: int | None = None
    segments: int | None = None
    media_count: int = 0
    messaging_service_sid: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What a listing returned. `carrier_now` = the carrier's own clock as it answered; None = it did not say."""

    messages: tuple[CarrierMessage, ...]
    carrier_now: datetime | None = None

    def offset(self, machine: datetime) -> timedelta:
        """The carrier's clock minus the database's, whose `machine` is read just after the answer."""
        return timedelta() if self.carrier_now is None else self.carrier_now - machine


class ListingFailed(Exception):
    """The carrier could not be asked. Never treat this as "the message is absent"."""


@dataclass(frozen=True, slots=True)
class MediaItem:
    """One attached file of an inbound text, still at the carrier."""

    position: int
    url: str
    content_type: str


@dataclass(frozen=True, slots=True)
class InboundText:
    """One inbound text, checked and cleaned. `found_late` = fetched by reconcile, not pushed by a webhook.

    `listed_after`: of a fetched text, the newest row on file when the carrier was asked for its list.
    """

    sid: str
    from_number: str
    to_number: str
    body: str
    media: tuple[MediaItem, ...] = ()
    opt_out_type: str | None = None
    messaging_service_sid: str | None = None
    signature: str | None = None
    carrier_created_at: datetime | None = None
    found_late: bool = False
    listed_after: int | None = None


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One delivery report. `callback_id` is our own opaque attempt id from the callback URL."""

    sid: str
    status: str
    callback_id: str | None = None
    error_code: int | None = None


class Carrier(Protocol):
    """Who carries our texts."""

    name: str

    def send(self, text: OutboundText) -> SendResult:
        """Hand one text to the carrier once. Never raises for outside failures, never repeats by itself."""
        ...

    def list_sent_to(self, number: str, *, since: datetime, limit: int) -> Listing:
        """Messages to `number` created since, newest first. Raises ListingFailed."""
        ...

    def list_received_by(self, our_number: str, *, since: datetime) -> Listing:
        """All inbound messages to one of our numbers since, oldest first. Raises ListingFailed."""
        ...

    def fetch_message(self, sid: str) -> CarrierMessage | None:
        """The carrier's record of one message, or None where it has none. Raises ListingFailed."""
        ...

    def list_media(self, sid: str) -> Sequence[MediaItem]:
        """The files attached to a message. Raises ListingFailed."""
        ...

    def delete_media(self, url: str) -> None:
        """Delete the carrier's copy of a file; gone already is as good. Raises ListingFailed."""
        ...

    def is_signed(self, *, url: str, fields: Sequence[tuple[str, str]], signature: str) -> bool:
        """Whether a webhook was signed with one of our secrets over exactly this URL and these fields."""
        ...
