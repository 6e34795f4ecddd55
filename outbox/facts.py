"""What the gate is told about one text. Values only: no rule, no query."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from outbox.kinds import POLICIES, Kind, Policy

if TYPE_CHECKING:  # the rules stay free of anything that touches a database
    from models.consent_event import ConsentState


class Recipient(StrEnum):
    """What the other end is."""

    PHONE = "phone"
    SHORT_CODE = "short_code"
    ALPHANUMERIC = "alphanumeric"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class AnsweredText:
    """The client's own text that a text of ours answers. `kind` is what we took it for."""

    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ThreadFacts:
    """The conversation a text belongs to. Every moment is clinic time."""

    consent: "ConsentState"
    is_erased: bool = False
    is_paused: bool = False
    is_blocked: bool = False
    client_has_written: bool = False
    has_open_alert: bool = False
    do_not_promote: bool = False
    red_flag_at: datetime | None = None
    person_wrote_at: datetime | None = None
    recent_replies: tuple[datetime, ...] = ()  # automatic replies of the last 24 hours that count to the caps
    stop_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class PhoneFacts:
    """A phone of our own people. `has_stopped`: it texted STOP."""

    is_on_call: bool = False
    is_staff: bool = False
    has_stopped: bool = False
    is_blocked: bool = False


@dataclass(frozen=True, slots=True)
class ReminderFacts:
    """The planned step behind a text. `leaves_until`: until then it may leave after the window has closed."""

    is_live: bool
    earliest: datetime
    latest: datetime
    visit_cancelled: bool = False
    status: str = "enqueued"
    leaves_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Holds:
    """What holds texts back until somebody lifts it. Each is the plain-word reason, None = not held."""

    sending_stopped: str | None = None
    restore_wait: str | None = None
    automatic: str | None = None


@dataclass(frozen=True, slots=True)
class SendFacts:
    """Everything the gate decides on."""

    kind: Kind
    purpose: str
    body: str
    zones: tuple[ZoneInfo, ...]
    holidays: Container[date] = ()
    recipient: Recipient = Recipient.PHONE
    has_media: bool = False
    thread: ThreadFacts | None = None
    phone: PhoneFacts = PhoneFacts()
    answered: AnsweredText | None = None
    reminder: ReminderFacts | None = None
    holds: Holds = Holds()
    send_after: datetime | None = None
    useful_until: datetime | None = None

    @property
    def policy(self) -> Policy:
        """How this kind is sent."""
        return POLICIES[self.kind]

    @property
    def stopped_at(self) -> datetime | None:
        """When the number's own STOP took effect, if it still stands."""
        return self.thread.consent.stopped_at if self.thread else None
