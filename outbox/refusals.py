"""The reasons for which a text is not sent: a code for machines each. Notes for staff are made by the gate."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Refusal(StrEnum):
    """Why the gate says no, most serious first. Stored as Message.reason["refused"]."""

    ERASED = "erased"
    NOT_A_PHONE = "not_a_phone"
    OUR_OWN_NUMBER = "our_own_number"
    NOT_ON_CALL = "not_on_call"
    NOT_STAFF = "not_staff"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    STOPPED = "stopped"
    NOT_STOPPED = "not_stopped"
    STOP_CONFIRMED_ALREADY = "stop_confirmed_already"
    STOP_TOO_LONG_AGO = "stop_too_long_ago"
    CARRIER_BLOCK = "carrier_block"
    PAUSED = "paused"
    NO_CARE_CONSENT = "no_care_consent"
    NO_PROMO_CONSENT = "no_promo_consent"
    DO_NOT_PROMOTE = "do_not_promote"
    RED_FLAG_RECENTLY = "red_flag_recently"
    VISIT_CANCELLED = "visit_cancelled"
    REMINDER_CLOSED = "reminder_closed"
    EXPIRED = "expired"
    TOO_EARLY = "too_early"
    SENDING_STOPPED = "sending_stopped"
    RESTORE_WAIT = "restore_wait"
    AUTOMATIC_HOLD = "automatic_hold"
    OPEN_ALERT = "open_alert"
    PERSON_WROTE = "person_wrote"
    TOO_MANY_REPLIES = "too_many_replies"
    TOO_MANY_REPLIES_TODAY = "too_many_replies_today"
    OUTSIDE_WINDOW = "outside_window"
    NO_WINDOW_LEFT = "no_window_left"


HOLDS = frozenset({Refusal.SENDING_STOPPED, Refusal.RESTORE_WAIT, Refusal.AUTOMATIC_HOLD, Refusal.OPEN_ALERT})
PAST_USE = frozenset({Refusal.EXPIRED, Refusal.NO_WINDOW_LEFT})
OVERTAKEN = frozenset({Refusal.VISIT_CANCELLED, Refusal.REMINDER_CLOSED})


@dataclass(frozen=True, slots=True)
class Allowed:
    """The text may leave now; the carrier may keep trying for `validity`."""

    validity: timedelta


@dataclass(frozen=True, slots=True)
class Refused:
    """The text may not leave now. `until` = it is only early; a hold ends when somebody or something lifts it."""

    code: Refusal
    note: str
    until: datetime | None = None

    @property
    def is_hold(self) -> bool:
        """Whether it waits for a hold to be lifted."""
        return self.code in HOLDS

    @property
    def is_final(self) -> bool:
        """Whether it will never leave."""
        return self.until is None and not self.is_hold
