"""What the fake Twilio remembers: the script of its failures and the messages it took: the truth."""

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from tests.support.twilio_webhooks import ACCOUNT_SID, new_sid


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to the next create request (to this number, if `to` is set). See KINDS in fake_twilio."""

    do: str = "accept"
    times: int = 1
    to: str | None = None
    seconds: float = 0.0
    status: int = 0
    code: int | None = None
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class TakenMessage:
    """A message as the fake keeps it. `created_at` is the fake's clock."""

    sid: str
    direction: str
    from_number: str
    to_number: str
    body: str
    status: str
    created_at: datetime
    status_callback: str = ""
    error_code: int | None = None
    service_sid: str | None = None
    validity_s: int | None = None
    media_urls: tuple[str, ...] = ()
    media: tuple[tuple[str, str], ...] = ()  # (media SID, content type) of an inbound picture message

    def as_json(self, account_sid: str) -> dict[str, Any]:
        """The message as Twilio's API shows it."""
        stamp = format_datetime(self.created_at)
        uri = f"/2010-04-01/Accounts/{account_sid}/Messages/{self.sid}"
        return {
            "account_sid": account_sid,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": stamp,
            "date_sent": stamp if self.status not in ("queued", "accepted") else None,
            "date_updated": stamp,
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": None,
            "from": self.from_number,
            "messaging_service_sid": self.service_sid,
            "num_media": str(len(self.media_urls) or len(self.media)),
            "num_segments": "0" if self.service_sid else "1",
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to_number,
            "uri": f"{uri}.json",
        }


@dataclass
class FakeState:
    """Shared by all request threads. `list_mode`, `media_mode`: "ok" or a failure named in fake_twilio."""

    account_sid: str = ACCOUNT_SID
    log_file: Path | None = None
    list_mode: str = "ok"
    media_mode: str = "ok"
    page_cap: int = 1000
    clock_offset_s: float = 0.0
    requests: list[dict[str, Any]] = field(default_factory=list)
    _messages: list[TakenMessage] = field(default_factory=list)
    _sids: set[str] = field(default_factory=set)
    _script: list[Step] = field(default_factory=list)
    _files: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def now(self) -> datetime:
        """The fake's clock, to the second as Twilio's."""
        return datetime.fromtimestamp(datetime.now(UTC).timestamp() + self.clock_offset_s, UTC).replace(
            microsecond=0
        )

    def add_steps(self, *steps: Step) -> None:
        """Put steps at the end of the script."""
        with self._lock:
            self._script += steps

    def next_step(self, to_number: str) -> Step:
        """Take the first step meant for this number; accept where none is left."""
        with self._lock:
            for position, step in enumerate(self._script):
                if step.to in (None, to_number):
                    left = [replace(step, times=step.times - 1)] if step.times > 1 else []
                    self._script[position : position + 1] = left
                    return step
        return Step()

    @property
    def steps_left(self) -> int:
        """How many create requests the script still waits for."""
        with self._lock:
            return sum(step.times for step in self._script)

    def note_request(self, entry: dict[str, Any]) -> None:
        """Remember that a request arrived: method, path, headers' names that matter."""
        with self._lock:
            self.requests.append(entry)

    def take(self, message: TakenMessage) -> TakenMessage:
        """Accept a message: from here on it counts as handed to the carrier. One SID is one message."""
        with self._lock:
            if message.sid in self._sids:
                return message
            self._sids.add(message.sid)
            self._messages.append(message)
            if self.log_file:
                with self.log_file.open("a", encoding="utf-8") as log:
                    log.write(json.dumps(asdict(message), default=str) + "\n")
        return message

    def set_status(self, sid: str, status: str, error_code: int | None = None) -> TakenMessage:
        """Change a message's delivery state."""
        with self._lock:
            position = next(n for n, message in enumerate(self._messages) if message.sid == sid)
            changed = replace(self._messages[position], status=status, error_code=error_code)
            self._messages[position] = changed
            return changed

    def find(self, sid: str) -> TakenMessage | None:
        """The message with this SID."""
        with self._lock:
            return next((message for message in self._messages if message.sid == sid), None)

    def listed(self, to_number: str | None, from_number: str | None) -> list[TakenMessage]:
        """Messages as a listing shows them: newest first."""
        with self._lock:
            found = [message for message in self._messages if _matches(message, to_number, from_number)]
        return found[::-1]

    @property
    def accepted(self) -> tuple[TakenMessage, ...]:
        """The log of truth: every outbound message accepted, oldest first."""
        with self._lock:
            return tuple(message for message in self._messages if message.direction != "inbound")

    def keep_file(self, content: bytes, content_type: str) -> str:
        """Store a media file and return its SID."""
        with self._lock:
            sid = new_sid("ME")
            self._files[sid] = (content, content_type)
            return sid

    def file(self, sid: str) -> tuple[bytes, str] | None:
        """Content and type of a media file."""
        with self._lock:
            return self._files.get(sid)

    def forget_file(self, sid: str) -> bool:
        """Delete a media file; whether it was there."""
        with self._lock:
            return self._files.pop(sid, None) is not None


def read_steps(content: Any) -> Iterator[Step]:
    """Steps from a JSON list of objects with the fields of Step."""
    for row in content:
        yield Step(**row)


def _matches(message: TakenMessage, to_number: str | None, from_number: str | None) -> bool:
    return to_number in (None, message.to_number) and from_number in (None, message.from_number)
