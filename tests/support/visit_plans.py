"""Plans of a visit without a database, from the plan.toml clinics start with. Holds no asserts."""

import tomllib
from datetime import date, datetime
from pathlib import Path

from clinic_time.holiday_calendar import FEDERAL_HOLIDAYS
from clinic_time.opening_hours import parse_opening_hours
from messages.plan_rules import PlanRules, read_plan
from messages.problems import Problem
from scheduler.plan import PlannedStep, PlanSetting, VisitFacts, plan_steps
from tests.support.chicago import CHICAGO, by_the_clock, local

EVERY_WEEKDAY = parse_opening_hours("mon-fri 09:00-17:00")
SETTING = PlanSetting(zones=(CHICAGO,), hours=EVERY_WEEKDAY, holidays=FEDERAL_HOLIDAYS)
PLAN_FILE = Path(__file__).parents[2] / "messages" / "neuromodulator" / "plan.toml"


def read_rules() -> PlanRules:
    """The rules of plan.toml. Raises ValueError with all its problems."""
    problems: list[Problem] = []
    rules = read_plan(tomllib.loads(PLAN_FILE.read_text()), where="plan.toml", problems=problems)
    if problems:
        raise ValueError(problems)
    return rules


RULES = read_rules()


def visit(at: str, *, entered: str | None = None, **facts: object) -> VisitFacts:
    """A visit at a clinic's clock time, entered at once or then; promotional texts are agreed to."""
    injected_at = local(at)
    enrolled_at = local(entered) if entered else injected_at
    filled = {"promo_consent": True, **facts}
    return VisitFacts(injected_at, date.fromisoformat(at[:10]), enrolled_at, **filled)  # type: ignore[arg-type]


def plan(
    facts: VisitFacts, *, now: datetime | None = None, setting: PlanSetting = SETTING
) -> dict[str, PlannedStep]:
    """The steps of a visit by their names, as planned when it was entered or `now`."""
    steps = plan_steps(facts, RULES, setting, now or facts.enrolled_at)
    return {step.step: step for step in steps}


def due(step: PlannedStep) -> str:
    """When a step leaves, by the clinic's clock; of a skipped step the reason."""
    return f"skipped: {step.skipped_because}" if step.skipped_because else by_the_clock(step.due)
