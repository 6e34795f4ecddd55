"""A carrier that does what a test scripts, keeps its own log, and nothing else. The log is the oracle."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from carriers.base import (
    CarrierMessage,
    Listing,
    ListingFailed,
    MediaItem,
    OutboundText,
    Outcome,
    SendResult,
)
from models.database import Database
from outbox.delivery import Sender
from outbox.timing import Clocks, Spans

Reply = SendResult | Callable[[OutboundText], SendResult]

SHORT = Spans(
    connect=timedelta(seconds=1),
    read=timedelta(seconds=2),
    grace=timedelta(seconds=10),
    lease=timedelta(seconds=5),
    lookup_spacing=timedelta(seconds=4),
    emergency_resend=timedelta(seconds=2),
)


class HandClock:
    """Clinic and machine time, moved by hand and together."""

    def __init__(self, start: datetime) -> None:
        self.at = start
        self.steady = 0.0

    def clocks(self) -> Clocks:
        return Clocks(
            clinic=lambda _session: self.at, machine=lambda _session: self.at, steady=lambda: self.steady
        )

    def move(self, **span: float) -> None:
        step = timedelta(**span)
        self.at += step
        self.steady += step.total_seconds()


class ScriptedCarrier:
    """`replies` are used one a send; then everything is accepted. `accepted` is what really went out."""

    name = "scripted"

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.replies: deque[Reply] = deque()
        self.sends: list[OutboundText] = []
        self.accepted: list[CarrierMessage] = []
        self.inbound: list[CarrierMessage] = []
        self.media: dict[str, list[MediaItem]] = {}
        self.deleted_media: list[str] = []
        self.is_list_down = False
        self.redacts = False
        self.offset = timedelta()

    def script(self, *replies: Reply) -> None:
        self.replies.extend(replies)

    def send(self, text: OutboundText) -> SendResult:
        self.sends.append(text)
        reply = self.replies.popleft() if self.replies else self.accept
        return reply(text) if callable(reply) else reply

    def accept(self, text: OutboundText) -> SendResult:
        sid = self.take(text)
        return SendResult(Outcome.ACCEPTED, sid=sid, status="queued", carrier_clock_offset=self.offset)

    def take_and_lose_reply(self, text: OutboundText) -> SendResult:
        self.take(text)
        return SendResult(Outcome.UNKNOWN)

    def take(self, text: OutboundText) -> str:
        sid = f"SM{uuid4().hex}"
        self.accepted.append(
            CarrierMessage(
                sid=sid,
                direction="outbound-api",
                from_number=text.from_number,
                to_number=text.to_number,
                body="" if self.redacts else text.body,
                status="queued",
                created_at=self._carrier_now(),
                segments=1,
            )
        )
        return sid

    def receive(self, from_number: str, to_number: str, body: str, *, media: int = 0) -> str:
        sid = f"SM{uuid4().hex}"
        items = [MediaItem(place, f"https://x/{place}", "image/jpeg") for place in range(media)]
        self.media[sid] = items
        self.inbound.append(
            CarrierMessage(
                sid=sid,
                direction="inbound",
                from_number=from_number,
                to_number=to_number,
                body=body,
                status="received",
                created_at=self._carrier_now(),
                media_count=media,
            )
        )
        return sid

    def list_sent_to(self, number: str, *, since: datetime, limit: int) -> Listing:
        self._fail_if_down()
        found = [row for row in self.accepted if row.to_number == number and row.created_at >= since]
        return Listing(tuple(reversed(found[-limit:])), self._carrier_now())

    def list_received_by(self, our_number: str, *, since: datetime) -> Listing:
        self._fail_if_down()
        found = [row for row in self.inbound if row.to_number == our_number and row.created_at >= since]
        return Listing(tuple(found), self._carrier_now())

    def fetch_message(self, sid: str) -> CarrierMessage | None:
        self._fail_if_down()
        return next((row for row in self.accepted if row.sid == sid), None)

    def list_media(self, sid: str) -> Sequence[MediaItem]:
        self._fail_if_down()
        return self.media[sid]

    def delete_media(self, url: str) -> None:
        self._fail_if_down()
        self.deleted_media.append(url)

    def is_signed(self, *, url: str, fields: Sequence[tuple[str, str]], signature: str) -> bool:
        return True

    def _carrier_now(self) -> datetime:
        return (self.clock.at + self.offset).astimezone(UTC)

    def _fail_if_down(self) -> None:
        if self.is_list_down:
            raise ListingFailed


def make_sender(database: Database, carrier: ScriptedCarrier, **values: object) -> Sender:
    """A sender on the carrier's hand-moved clock, short spans, no pace."""
    given: dict[str, object] = {"public_url": "https://clinic.example", "spans": SHORT, "pace": timedelta()}
    return Sender(database, carrier, clocks=carrier.clock.clocks(), **(given | values))  # type: ignore[arg-type]
