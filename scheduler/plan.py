"""When each step of the plan is due for one visit. Pure: no clock, no database; every move has its reason."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from clinic_time.local_time import add_months, at_local, day_number, local_day
from messages.plan_rules import Offset, PlanRules, Purpose, StepRule
from outbox.send_window import is_open, next_allowed
from scheduler.closing import closed_reason
from scheduler.steps import (
    CLINIC_CLOSED,
    ENTERED_TOO_LATE,
    NO_OPEN_DAY,
    NO_SLOT,
    NOT_SENT_IN_TIME,
    OVERDUE,
    SEND_WINDOW,
    SENT_AT_ONCE,
    PlannedStep,
    PlanSetting,
    VisitFacts,
    fits,
    joined,
    may_leave,
    moved,
    window_of,
)

__all__ = [
    "PlanSetting",
    "PlannedStep",
    "VisitFacts",
    "day_number",
    "exercise_ends",
    "may_leave",
    "plan_steps",
    "shift_a_day",
]

EXERCISE_HOURS = timedelta(hours=16)  # clinic page, guideline 1: no strenuous exercise for 16 hours
NO_LATER_DAY = "and no later day is left"


def exercise_ends(injected_at: datetime) -> datetime:
    """When strenuous exercise is fine again: 16 real hours, added in UTC (clinic page, guideline 1)."""
    return injected_at + EXERCISE_HOURS


def plan_steps(
    visit: VisitFacts, rules: PlanRules, setting: PlanSetting, now: datetime
) -> tuple[PlannedStep, ...]:
    """All steps of a visit in the order of the plan, skipped ones with their reason.

    What steps, visits and clients of one number do to each other is the work of scheduler.caps.
    """
    return tuple(_plan_step(visit, rule, setting, now) for rule in rules.steps)


def shift_a_day(step: PlannedStep, from_day: date, because: str, setting: PlanSetting) -> PlannedStep:
    """The step at its local hour on the next legal day after `from_day`; skipped if that is too late."""
    hour = step.target.astimezone(setting.zone).time()
    due = _allowed(step, at_local(from_day + timedelta(days=1), hour, setting.zone), setting)
    if due is None or not fits(step, due):
        return replace(step, skipped_because=f"{because}, {NO_LATER_DAY}")
    because = moved(step.due, due, setting.zone, because)
    return replace(step, due=due, leaves_until=None, moved_because=joined(step.moved_because, because))


def _plan_step(visit: VisitFacts, rule: StepRule, setting: PlanSetting, now: datetime) -> PlannedStep:
    placed = _placed_by(_unplaced(visit, rule, setting), visit, rule, setting, now)
    leaves_at = max(placed.due, now)
    closed = closed_reason(rule, visit, leaves_at=leaves_at, setting=setting)
    return replace(placed, skipped_because=closed) if closed else placed


def _placed_by(
    step: PlannedStep, visit: VisitFacts, rule: StepRule, setting: PlanSetting, now: datetime
) -> PlannedStep:
    """The step at its moment; where that has gone by unused and its window is closed now, at the next one."""
    if not fits(step, max(visit.enrolled_at, step.earliest)):
        return replace(step, skipped_because=ENTERED_TOO_LATE)
    placed = _place(step, visit, rule, setting, visit.enrolled_at)
    if placed.is_skipped or placed.due >= now or may_leave(placed, now, setting):
        return placed
    if not fits(step, now):
        return replace(placed, skipped_because=NOT_SENT_IN_TIME)
    again = _place(step, visit, rule, setting, now)
    return replace(again, moved_because=joined(OVERDUE, again.moved_because))


def _unplaced(visit: VisitFacts, rule: StepRule, setting: PlanSetting) -> PlannedStep:
    target = _moment(rule.target, visit, setting)
    return PlannedStep(
        step=rule.id,
        purpose=Purpose.CARE if setting.promo_as_care else rule.purpose,
        earliest=_moment(rule.earliest, visit, setting),
        target=target,
        latest=_moment(rule.latest, visit, setting),
        due=target,
        rank=rule.rank,
        capped=rule.capped,
    )


def _moment(offset: Offset, visit: VisitFacts, setting: PlanSetting) -> datetime:
    if offset.hours is not None:
        return visit.injected_at + timedelta(hours=offset.hours)
    day = add_months(visit.local_day, offset.months) + timedelta(days=offset.days)
    return at_local(day, time(offset.local_hour or 0), setting.zone)


def _place(
    step: PlannedStep, visit: VisitFacts, rule: StepRule, setting: PlanSetting, not_before: datetime
) -> PlannedStep:
    """The step at its first good moment that is not before `not_before`, or skipped."""
    if rule.immediate_until_hour is not None:
        until = _leaves_until(step, visit, rule, setting, not_before)
        if until is not None:
            return _at_once(step, until, setting, not_before)
    if rule.first_open_day_within is not None:
        return _on_open_day(step, visit, rule.first_open_day_within, setting, not_before)
    return _in_window(step, step.target, setting, not_before)


def _leaves_until(
    step: PlannedStep, visit: VisitFacts, rule: StepRule, setting: PlanSetting, not_before: datetime
) -> datetime | None:
    """Until when that evening it may leave at once; None where the visit was entered late, or it is night."""
    soon = timedelta(hours=rule.immediate_if_enrolled_within_hours or 0)
    if visit.enrolled_at - visit.injected_at > soon:
        return None
    moment = max(step.target, not_before)
    day = local_day(moment, setting.zone)
    until = at_local(day, time(rule.immediate_until_hour or 0), setting.zone)
    hours = window_of(step).hours_on(day, setting.holidays)
    if hours is None or not at_local(day, hours[0], setting.zone) <= moment < until:
        return None
    return until


def _at_once(step: PlannedStep, until: datetime, setting: PlanSetting, not_before: datetime) -> PlannedStep:
    due = max(step.target, not_before)
    opened = is_open(due, window=window_of(step), zones=setting.zones, holidays=setting.holidays)
    return replace(step, due=due, leaves_until=until, moved_because="" if opened else SENT_AT_ONCE)


def _on_open_day(
    step: PlannedStep,
    visit: VisitFacts,
    within: tuple[int, int],
    setting: PlanSetting,
    not_before: datetime,
) -> PlannedStep:
    """On the first day of the range on which the clinic is open; if there is none, at the target anyway."""
    for day in _open_days(visit.local_day, within, setting):
        wished = at_local(day, step.target.astimezone(setting.zone).time(), setting.zone)
        placed = _in_window(step, wished, setting, not_before)
        if not placed.is_skipped and local_day(placed.due, setting.zone) == day:
            because = moved(step.target, wished, setting.zone, CLINIC_CLOSED) if wished != step.target else ""
            return replace(placed, moved_because=joined(because, placed.moved_because))
    placed = _in_window(step, step.target, setting, not_before)
    return replace(placed, moved_because=joined(NO_OPEN_DAY, placed.moved_because))


def _open_days(visit_day: date, within: tuple[int, int], setting: PlanSetting) -> Iterator[date]:
    for number in range(within[0], within[1] + 1):
        day = visit_day + timedelta(days=number)
        if setting.hours.is_open_day(day, setting.holidays):
            yield day


def _in_window(
    step: PlannedStep, wished: datetime, setting: PlanSetting, not_before: datetime
) -> PlannedStep:
    """At the wished moment or when its window next opens; skipped where that is past its latest."""
    wished = max(wished, not_before)
    due = _allowed(step, wished, setting)
    if due is None or not fits(step, due):
        return replace(step, due=wished, skipped_because=NO_SLOT)
    because = moved(wished, due, setting.zone, SEND_WINDOW) if due != wished else ""
    return replace(step, due=due, moved_because=because)


def _allowed(step: PlannedStep, moment: datetime, setting: PlanSetting) -> datetime | None:
    return next_allowed(moment, window=window_of(step), zones=setting.zones, holidays=setting.holidays)
