"""Texts through Twilio's official client: one request, made once, its answer classed. Never repeats.

Only the twilio*.py files of this folder import Twilio's package, and its slow part only when first used.
"""

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from carriers.base import (
    CarrierMessage,
    Listing,
    ListingFailed,
    MediaItem,
    OutboundText,
    SendResult,
)
from carriers.outcomes import Reply, class_outcome, date_of, read_object
from carriers.twilio_signature import is_webhook_signed

if TYPE_CHECKING:
    from carriers.twilio_http import TimedHttpClient

TWILIO_API_BASE = "https://api.twilio.com"
MAX_VALIDITY_S = 36000  # OpenAPI file of the API, CreateMessage, ValidityPeriod: 1 to 36000
MAX_MEDIA = 10  # the same, MediaUrl: up to ten
_PAGE_SIZE = 1000  # the most that Twilio gives at once (OpenAPI file of the API, ListMessage, PageSize)
_MAX_PAGES = 100
_NOT_FOUND_CODE = 20404


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `read` is also what a whole answer may take once the request has left (SEND_TIMEOUT_S)."""

    connect: float = 5.0
    read: float = 10.0


def machine_now() -> datetime:
    """This machine's clock, aware UTC. Only for the offset to the carrier's clock."""
    return datetime.now(UTC)


class TwilioCarrier:
    """One Twilio account. The first auth token makes requests; all of them are accepted under webhooks."""

    name = "twilio"

    def __init__(
        self,
        account_sid: str,
        auth_tokens: tuple[str, ...],
        api_base: str | None = None,
        timeouts: Timeouts = Timeouts(),
        *,
        now: Callable[[], datetime] = machine_now,
    ) -> None:
        if not any(auth_tokens):
            raise ValueError("TWILIO_AUTH_TOKEN is empty")
        self._account_sid = account_sid
        self._auth_tokens = tuple(token for token in auth_tokens if token)
        self._api_base = (api_base or TWILIO_API_BASE).rstrip("/")
        self._timeouts, self._now = timeouts, now
        self._lock = threading.Lock()
        self._made: tuple[Any, TimedHttpClient] | None = None

    def send(self, text: OutboundText) -> SendResult:
        """Hand one text to Twilio once. Never raises for outside failures, never repeats by itself."""
        client, http = self._client()
        with http.exchange.watched(begin_before=text.begin_before):
            try:
                client.messages.create(**_create_fields(text))
            except Exception as error:  # whatever it is, only the answer and the first byte count
                return class_outcome(http.exchange.outcome_of(error))
            return class_outcome(http.exchange.outcome_of())

    def list_sent_to(self, number: str, *, since: datetime, limit: int) -> Listing:
        """Messages from us to `number` created since, newest first, at most `limit`. Raises ListingFailed."""
        listing = self._list_to(number, since)
        sent = [message for message in listing.messages if message.direction != "inbound"]
        return Listing(tuple(_newest_first(sent)[:limit]), listing.carrier_now)

    def list_received_by(self, our_number: str, *, since: datetime) -> Listing:
        """All texts of clients to one of our numbers since, oldest first. Raises ListingFailed."""
        listing = self._list_to(our_number, since)
        received = [message for message in listing.messages if message.direction == "inbound"]
        return Listing(tuple(_newest_first(received)[::-1]), listing.carrier_now)

    def fetch_message(self, sid: str) -> CarrierMessage | None:
        """Twilio's record of one message, None where Twilio says it has none. Raises ListingFailed."""
        client, http = self._client()
        with http.exchange.watched():
            try:
                return _message_of(client.messages(sid).fetch())
            except Exception as error:
                if _says_not_found(http.exchange.reply):
                    return None
                raise ListingFailed(_say(error)) from None

    def list_media(self, sid: str) -> Sequence[MediaItem]:
        """The files attached to a message, at most ten. Raises ListingFailed."""
        client, http = self._client()
        with http.exchange.watched():
            try:
                found = client.messages(sid).media.list(limit=MAX_MEDIA)
                return tuple(self._media_of(position, item) for position, item in enumerate(found))
            except Exception as error:
                raise ListingFailed(_say(error)) from None

    def delete_media(self, url: str) -> None:
        """Delete one file of ours at Twilio; gone already is as good. Raises ListingFailed."""
        message_sid, media_sid = _sids_of(url)
        client, http = self._client()
        with http.exchange.watched():
            try:
                client.messages(message_sid).media(media_sid).delete()
            except Exception as error:
                if not _says_not_found(http.exchange.reply):
                    raise ListingFailed(_say(error)) from None

    def is_signed(self, *, url: str, fields: Sequence[tuple[str, str]], signature: str) -> bool:
        """Whether Twilio signed exactly this URL and these fields with one of our tokens. Never raises."""
        return is_webhook_signed(url=url, fields=fields, signature=signature, secrets=self._auth_tokens)

    def _list_to(self, number: str, since: datetime) -> Listing:
        """All messages to a number created since. DateSent is no help: it is empty until a text has left."""
        client, http = self._client()
        with http.exchange.watched():
            try:
                page = client.messages.page(to=number, page_size=_PAGE_SIZE)
                carrier_now = _date_of(http.exchange.reply)
                return Listing(tuple(_read_pages(page, since)), carrier_now)
            except Exception as error:
                raise ListingFailed(_say(error)) from None

    def _media_of(self, position: int, item: Any) -> MediaItem:
        url = self._api_base + item.uri.removesuffix(".json")
        return MediaItem(position=position, url=url, content_type=item.content_type or "")

    def _client(self) -> "tuple[Any, TimedHttpClient]":
        with self._lock:
            if self._made is None:
                self._made = self._make_client()
            return self._made

    def _make_client(self) -> "tuple[Any, TimedHttpClient]":
        from twilio.rest import Client

        from carriers.twilio_http import TimedHttpClient

        http = TimedHttpClient(connect_s=self._timeouts.connect, read_s=self._timeouts.read, now=self._now)
        # An empty mapping would let a stray TWILIO_REGION or TWILIO_EDGE of the machine rewrite the host.
        environment = {"none": "none"}
        client = Client(self._account_sid, self._auth_tokens[0], http_client=http, environment=environment)
        client.api.base_url = self._api_base
        return client, http


def _create_fields(text: OutboundText) -> dict[str, Any]:
    seconds = int(text.validity / timedelta(seconds=1))
    fields: dict[str, Any] = {
        "to": text.to_number,
        "from_": text.from_number,
        "status_callback": text.status_callback,
        "validity_period": max(1, min(seconds, MAX_VALIDITY_S)),
    }
    optional = {
        "body": text.body,
        "media_url": list(text.media_urls),
        "messaging_service_sid": text.messaging_service_sid,
    }
    return fields | {name: value for name, value in optional.items() if value}


def _read_pages(page: Any, since: datetime) -> Iterable[CarrierMessage]:
    """Newest pages first, until one holds nothing created since. A list without end is a failure."""
    for _ in range(_MAX_PAGES):
        records = [_message_of(record) for record in page]
        recent = [message for message in records if message.created_at >= since]
        yield from recent
        if not recent:
            return
        page = page.next_page()
        if page is None:
            return
    raise ListingFailed(f"more than {_MAX_PAGES} pages")


def _message_of(record: Any) -> CarrierMessage:
    if not record.sid or record.date_created is None or not record.direction:
        raise ListingFailed("a message without SID, direction or date")
    return CarrierMessage(
        sid=record.sid,
        direction=record.direction,
        from_number=record.from_ or "",
        to_number=record.to or "",
        body=record.body or "",
        status=record.status or "",
        created_at=record.date_created,
        error_code=record.error_code,
        segments=int(record.num_segments or 0) or None,  # 0 until a Messaging Service has chosen its sender
        media_count=int(record.num_media or 0),
        messaging_service_sid=record.messaging_service_sid or None,
    )


def _newest_first(messages: Iterable[CarrierMessage]) -> list[CarrierMessage]:
    unique = {message.sid: message for message in messages}  # pages shift while they are read
    return sorted(unique.values(), key=lambda message: (message.created_at, message.sid), reverse=True)


def _sids_of(url: str) -> tuple[str, str]:
    """Message and file of a media address. Raises ListingFailed where it is none."""
    found = re.search(r"/Messages/((?:SM|MM)[0-9a-f]{32})/Media/(ME[0-9a-f]{32})$", urlsplit(url).path)
    if found is None:
        raise ListingFailed("not the address of a file")
    return found[1], found[2]


def _date_of(reply: Reply | None) -> datetime | None:
    return None if reply is None else date_of(reply)


def _says_not_found(reply: Reply | None) -> bool:
    if reply is None or reply.status != 404:
        return False
    return read_object(reply.text).get("code") == _NOT_FOUND_CODE


def _say(error: Exception) -> str:
    """What went wrong without addresses or numbers: Twilio's own words may hold both."""
    if isinstance(error, ListingFailed):
        return str(error)
    status = getattr(error, "status", None)
    return f"{type(error).__name__}" + (f" {status}" if status else "")
