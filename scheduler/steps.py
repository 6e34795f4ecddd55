"""The values planning works on: a visit, the clinic's setting, a planned step, its plain-word reasons."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from clinic_time.opening_hours import OpeningHours
from messages.plan_rules import Purpose
from outbox.send_window import WINDOWS, Window, is_open

MIN_LEFT = timedelta(seconds=60)  # with less left a text is not worth handing to a carrier

SEND_WINDOW = "send window"
CLINIC_CLOSED = "clinic closed"
NO_OPEN_DAY = "the clinic is closed on every day that would do, sent all the same"
SENT_AT_ONCE = "leaves at once, outside the send window: the visit was entered soon after it"
OVERDUE = "not sent in time"
ENTERED_TOO_LATE = "entered too late: its last useful moment had passed"
NOT_SENT_IN_TIME = "not sent in time: its last useful moment has passed"
NO_SLOT = "no slot is left before its last useful moment"


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """What planning needs to know of one visit. Moments are aware UTC; `local_day` is the clinic's date."""

    injected_at: datetime
    local_day: date
    enrolled_at: datetime
    newer_visit_at: datetime | None = None  # the same client's next injection after this visit
    appointment_at: datetime | None = None  # a known visit still to come
    no_care_because: str = ""  # plain words where texts about care are not allowed, else empty
    promo_consent: bool = False
    do_not_promote: bool = False
    red_flag_at: datetime | None = None  # the latest alarming text on this number


@dataclass(frozen=True, slots=True)
class PlanSetting:
    """Where and when the clinic may text this client: the sure zone first, then hints (send_window.py)."""

    zones: tuple[ZoneInfo, ...]
    hours: OpeningHours
    holidays: Container[date] = ()
    promo_as_care: bool = False  # the clinic classes its retreatment texts as care

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which local days and hours are counted."""
        return self.zones[0]


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step of one visit: leaves at `due`, never before `earliest` nor after `latest`, or says why not.

    `leaves_until`: until then it may leave outside its window (the text at once after a visit).
    """

    step: str
    purpose: Purpose
    earliest: datetime
    target: datetime
    latest: datetime
    due: datetime
    rank: int
    capped: bool
    moved_because: str = ""
    skipped_because: str = ""
    leaves_until: datetime | None = None

    @property
    def is_skipped(self) -> bool:
        """Whether it will not leave."""
        return bool(self.skipped_because)


def window_of(step: PlannedStep) -> Window:
    """The send window the step's purpose leaves in."""
    return WINDOWS[step.purpose.value]


def fits(step: PlannedStep, moment: datetime) -> bool:
    """Whether the moment is not before the step's earliest and leaves 60 s before its latest."""
    return step.earliest <= moment <= step.latest - MIN_LEFT


def may_leave(step: PlannedStep, moment: datetime, setting: PlanSetting) -> bool:
    """Whether the step may leave at this moment: between earliest and latest and inside its window."""
    if not fits(step, moment):
        return False
    if step.leaves_until is not None and step.due <= moment < step.leaves_until:
        return True
    return is_open(moment, window=window_of(step), zones=setting.zones, holidays=setting.holidays)


def moved(before: datetime, after: datetime, zone: ZoneInfo, because: str) -> str:
    """For staff: "moved from 06:00 to 09:00: send window"; with dates where the day changes too."""
    first, second = before.astimezone(zone), after.astimezone(zone)
    shape = "%H:%M" if first.date() == second.date() else "%a %d %b %H:%M"
    return f"moved from {first.strftime(shape)} to {second.strftime(shape)}: {because}"


def joined(*reasons: str) -> str:
    """Several reasons in one line; empty ones and repeats are left out."""
    return "; ".join(dict.fromkeys(reason for reason in reasons if reason))
