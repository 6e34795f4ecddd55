"""What closes a planned step before it leaves: a newer visit, an appointment, a missing consent. Pure."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from messages.plan_rules import Anchor, Purpose, StepRule
from scheduler.steps import PlanSetting, VisitFacts

RED_FLAG_SPAN = timedelta(
    days=120
)  # no promotional text this long after an alarming one: own choice, unconfirmed

NO_CARE_CONSENT = "no consent to texts about care is on file"
NO_PROMO_CONSENT = "no consent to promotional texts: ask in person"
DO_NOT_PROMOTE = "marked do not promote"
RECENT_RED_FLAG = "an alarming text within the last 120 days: no promotional texts"


def closed_reason(rule: StepRule, visit: VisitFacts, *, leaves_at: datetime, setting: PlanSetting) -> str:
    """Why a step must not leave at `leaves_at`, in plain words; empty = it may."""
    return (
        _closed_by_newer_visit(rule, visit, leaves_at, setting.zone)
        or _closed_by_appointment(rule, visit, setting.zone)
        or _closed_to_promotion(rule, visit, leaves_at, setting)
        or _closed_to_care(rule, visit, setting)
    )


def _closed_by_newer_visit(rule: StepRule, visit: VisitFacts, leaves_at: datetime, zone: ZoneInfo) -> str:
    """A newer visit closes older check-ins and retreatments, and an older 16 hours that it starts anew."""
    newer = visit.newer_visit_at
    if newer is None:
        return ""
    counts_hours = rule.anchor in (Anchor.VISIT, Anchor.VISIT_HOURS)
    if rule.unless_newer_visit or (counts_hours and newer <= leaves_at):
        return f"closed by the newer visit of {_day_words(newer, zone)}"
    return ""


def _closed_by_appointment(rule: StepRule, visit: VisitFacts, zone: ZoneInfo) -> str:
    if not rule.unless_appointment or visit.appointment_at is None:
        return ""
    return f"an appointment is on file for {_day_words(visit.appointment_at, zone)}"


def _closed_to_promotion(rule: StepRule, visit: VisitFacts, leaves_at: datetime, setting: PlanSetting) -> str:
    """A step the plan calls promotional; a clinic that classes it as care is freed of the consent only."""
    if rule.purpose is not Purpose.PROMO:
        return ""
    if visit.do_not_promote:
        return DO_NOT_PROMOTE
    if visit.red_flag_at is not None and leaves_at < visit.red_flag_at + RED_FLAG_SPAN:
        return RECENT_RED_FLAG
    return "" if visit.promo_consent or setting.promo_as_care else NO_PROMO_CONSENT


def _closed_to_care(rule: StepRule, visit: VisitFacts, setting: PlanSetting) -> str:
    is_care = rule.purpose is Purpose.CARE or setting.promo_as_care
    return visit.no_care_because if is_care else ""


def _day_words(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%d %b %Y")
