"""The reminder plan as typed values, read from plan.toml. Rules only: it knows no visit, no clock and no zone."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from messages.problems import Problem
from messages.table_reader import TableReader


class Purpose(StrEnum):
    """Which consent and which send window a step needs."""

    CARE = "care"
    PROMO = "promo"


class Anchor(StrEnum):
    """What the offsets of a step count from."""

    VISIT = "visit"  # the moment of the injection; offsets in real hours (UTC); leaves at once where it may
    VISIT_HOURS = "visit_hours"  # the same moment, offsets in real hours (UTC); always inside the send window
    VISIT_DAY = "visit_day"  # the visit's local date; offsets in local days plus a local hour
    VISIT_MONTHS = (
        "visit_months"  # the visit's local date; calendar months, clamped, plus days plus a local hour
    )


@dataclass(frozen=True, slots=True)
class Offset:
    """How far from the anchor. `hours` are real hours (UTC); months, days and `local_hour` are wall-clock."""

    hours: int | None = None
    months: int = 0
    days: int = 0
    local_hour: int | None = None


@dataclass(frozen=True, slots=True)
class StepRule:
    """One reminder of the plan; its id is also the id of the topic that holds its words."""

    id: str
    purpose: Purpose
    anchor: Anchor
    earliest: Offset
    target: Offset
    latest: Offset
    rank: int  # of two capped steps on one day, the lower rank gives way
    capped: bool  # counts towards one automatic text a day and three a week
    first_open_day_within: tuple[int, int] | None = (
        None  # local days N, both included; first open clinic day wins
    )
    unless_newer_visit: bool = False  # a newer visit of the same client closes it
    unless_appointment: bool = False  # a known future appointment closes it
    immediate_until_hour: int | None = None  # local hour until which it may leave at once, outside the window
    immediate_if_enrolled_within_hours: int | None = (
        None  # ... where the visit was entered this soon after it
    )


@dataclass(frozen=True, slots=True)
class PlanRules:
    """The whole plan and the clinical spans that answers and reminders share."""

    exercise_hours: int  # no strenuous exercise, clinic page, guideline 1
    refinement_from_day: int  # no added units before it, clinic page, "When will I see my results?"
    refinement_until_day: int
    no_reply_days: int  # a check-in without a reply after this many days is "not heard from"
    correction_minutes: int  # a told time that moves by more than this is corrected
    steps: tuple[StepRule, ...]

    def step(self, step_id: str) -> StepRule:
        """The rule of one step. Raises KeyError for an id that is not in the plan."""
        for rule in self.steps:
            if rule.id == step_id:
                return rule
        raise KeyError(step_id)


def read_plan(raw: Mapping[str, Any], *, where: str, problems: list[Problem]) -> PlanRules:
    """The plan in a parsed plan.toml; what is wrong with it is appended to `problems`."""
    table = TableReader(raw, where=where, problems=problems)
    plan = PlanRules(
        exercise_hours=table.number("exercise_hours"),
        refinement_from_day=table.number("refinement_from_day"),
        refinement_until_day=table.number("refinement_until_day"),
        no_reply_days=table.number("no_reply_days"),
        correction_minutes=table.number("correction_minutes"),
        steps=tuple(_read_step(step, where, problems) for step in table.tables("step")),
    )
    table.finish()
    _check_plan(plan, table)
    return plan


def _read_step(raw: Mapping[str, Any], where: str, problems: list[Problem]) -> StepRule:
    table = TableReader(raw, where=f"{where} [{raw.get('id', 'step')}]", problems=problems)
    rule = StepRule(
        id=table.text("id"),
        purpose=table.choice("purpose", Purpose),
        anchor=table.choice("anchor", Anchor),
        earliest=_read_offset(table, "earliest"),
        target=_read_offset(table, "target"),
        latest=_read_offset(table, "latest"),
        rank=table.number("rank"),
        capped=table.flag("capped"),
        first_open_day_within=_read_days(table, "first_open_day_within"),
        unless_newer_visit=table.flag("unless_newer_visit", default=False),
        unless_appointment=table.flag("unless_appointment", default=False),
        immediate_until_hour=table.optional_number("immediate_until_hour"),
        immediate_if_enrolled_within_hours=table.optional_number("immediate_if_enrolled_within_hours"),
    )
    table.finish()
    _check_step(rule, table)
    return rule


def _read_offset(table: TableReader, key: str) -> Offset:
    inner = TableReader(table.table(key), where=f"{table.where} {key}", problems=table.problems)
    offset = Offset(
        hours=inner.optional_number("hours"),
        months=inner.number("months", default=0),
        days=inner.number("days", default=0),
        local_hour=inner.optional_number("local_hour"),
    )
    inner.finish()
    return offset


def _read_days(table: TableReader, key: str) -> tuple[int, int] | None:
    if not table.has(key):
        return None
    inner = TableReader(table.table(key), where=f"{table.where} {key}", problems=table.problems)
    days = (inner.number("from_day"), inner.number("to_day"))
    inner.finish()
    return days


def _check_step(rule: StepRule, table: TableReader) -> None:
    real_hours = rule.anchor in (Anchor.VISIT, Anchor.VISIT_HOURS)
    for name, offset in (("earliest", rule.earliest), ("target", rule.target), ("latest", rule.latest)):
        if real_hours and (
            offset.hours is None or offset.local_hour is not None or offset.days or offset.months
        ):
            table.problem(f"{name} must be in hours", f"With anchor {rule.anchor} write {{ hours = 16 }}.")
        if not real_hours and (offset.hours is not None or offset.local_hour is None):
            table.problem(f"{name} must be local", "Write { months = 3, days = 0, local_hour = 10 }.")
    if not _length(rule.earliest) <= _length(rule.target) <= _length(rule.latest):
        table.problem("earliest, target and latest are out of order", "Put them in this order of time.")


def _length(offset: Offset) -> tuple[int, int]:
    """Comparable size; 31 days a month is enough to order offsets of one step."""
    return offset.months * 31 + offset.days, (offset.hours or 0) + (offset.local_hour or 0)


def _check_plan(plan: PlanRules, table: TableReader) -> None:
    ids = [rule.id for rule in plan.steps]
    for step_id in sorted({step_id for step_id in ids if ids.count(step_id) > 1}):
        table.problem(f"the step {step_id} appears twice", "Give each step its own id.")
    ranks = [rule.rank for rule in plan.steps]
    if len(set(ranks)) != len(ranks):
        table.problem("two steps share a rank", "Give each step its own rank, so that one gives way.")
    if not ids:
        table.problem("the plan has no steps", "Add at least one [[step]].")
    if not 0 < plan.refinement_from_day < plan.refinement_until_day:
        table.problem(
            "the refinement days are out of order", "Write refinement_from_day below refinement_until_day."
        )
