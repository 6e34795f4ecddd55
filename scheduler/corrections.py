"""The text that puts right a time we told wrongly, or staff who do it where a text would come too late."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from messages.plan_rules import PlanRules
from models.reminder import Reminder
from models.visit import Visit
from outbox.send_window import CARE, next_allowed
from scheduler.number_plan import NumberPlan
from scheduler.plan import exercise_ends
from scheduler.row_changes import close, set_moments
from scheduler.steps import MIN_LEFT, PlanSetting
from scheduler.telling_staff import tell_staff

CORRECTION = "correction"  # the second one of a visit is correction_2: a step has one text only

WRONG_TIME = "the time told was wrong"
PAST_USE = "too late for a text: the time told has passed"
RIGHT_AGAIN = "the time told is right again"
NEWER_VISIT = "a newer visit counts its own 16 hours"
TOLD_TOO_EARLY = "the time the client was told comes before the correction can leave"


@dataclass(frozen=True, slots=True)
class Correction:
    """When a correction leaves and until when it is of use; `due` None = too late for a text."""

    due: datetime | None
    useful_until: datetime
    is_risky: bool  # the client may act on the wrong time before the text can leave


def is_correction(step: str) -> bool:
    """Whether a step is a correction text."""
    return step.startswith(CORRECTION)


def decide_correction(*, told: datetime, ends: datetime, now: datetime, setting: PlanSetting) -> Correction:
    """A correction leaves when the window next opens and is of use until the told and the right time are over. Pure."""
    useful_until = max(told, ends)
    due = next_allowed(now, window=CARE, zones=setting.zones, holidays=setting.holidays)
    if due is None or due > useful_until - MIN_LEFT:
        return Correction(None, useful_until, is_risky=True)
    return Correction(due, useful_until, is_risky=told < ends and told <= due)


def plan_corrections(session: Session, number: NumberPlan, rules: PlanRules, now: datetime) -> list[Reminder]:
    """Plan, move or close the correction of every visit of the number; returns the rows it looked at."""
    rows = [_plan_correction(session, number, visit, rules, now) for visit in number.visits]
    return [row for row in rows if row is not None]


def _plan_correction(
    session: Session, number: NumberPlan, visit: Visit, rules: PlanRules, now: datetime
) -> Reminder | None:
    told, ends = visit.told_exercise_ends_at, exercise_ends(visit.injected_at)
    pending = _pending(number, visit)
    if told is None or abs(ends - told) <= timedelta(minutes=rules.correction_minutes):
        return _closed(pending, RIGHT_AGAIN, now)
    if number.facts_of(visit).newer_visit_at is not None:
        return _closed(pending, NEWER_VISIT, now)
    setting = number.setting_of(visit.client_id)
    correction = decide_correction(told=told, ends=ends, now=now, setting=setting)
    row = pending or _new_row(session, number, visit)
    _write(row, correction, number, now)
    return row


def _pending(number: NumberPlan, visit: Visit) -> Reminder | None:
    """The visit's correction that has no text yet and that nobody cancelled."""
    rows = _corrections_of(number, visit)
    return next((row for row in rows if row.message_id is None and row.status != "cancelled"), None)


def _corrections_of(number: NumberPlan, visit: Visit) -> list[Reminder]:
    return [row for row in number.reminders if row.visit_id == visit.id and is_correction(row.step)]


def _new_row(session: Session, number: NumberPlan, visit: Visit) -> Reminder:
    earlier = len(_corrections_of(number, visit))
    row = Reminder(
        clinic_id=number.clinic.id,
        conversation_id=number.conversation.id,
        client_id=visit.client_id,
        visit_id=visit.id,
        step=f"{CORRECTION}_{earlier + 1}" if earlier else CORRECTION,
        purpose="care",
        status="new",
    )
    session.add(row)
    return row


def _write(row: Reminder, correction: Correction, number: NumberPlan, now: datetime) -> None:
    before = row.status, row.latest_at
    due = correction.due or now
    set_moments(row, earliest=now, target=now, latest=correction.useful_until, due=due, now=now)
    if correction.due is None:
        close(row, "skipped", PAST_USE, now)
    elif row.status != "held":
        row.status, row.reason, row.closed_at = "planned", WRONG_TIME, None
    if correction.is_risky and before != (row.status, row.latest_at):
        why = TOLD_TOO_EARLY if correction.due else PAST_USE
        name = number.clients[row.client_id].name
        tell_staff(number.conversation, why=f"call {name} about the time of exercise: {why}", now=now)


def _closed(row: Reminder | None, reason: str, now: datetime) -> Reminder | None:
    if row is not None and row.status in ("planned", "held"):
        close(row, "skipped", reason, now)
    return row
