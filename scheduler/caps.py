"""How the planned steps of one number share its days: two visits of a day, one text; one capped text a day.

Pure: it moves or skips planned steps, never a sent one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from clinic_time.local_time import local_day
from scheduler.plan import NO_LATER_DAY, shift_a_day
from scheduler.steps import PlannedStep, PlanSetting

TEXTS_A_DAY = (
    1  # 47 CFR 64.1200(a)(9)(iv)(C): one a day, three a week for exempt health texts; followed by choice
)
TEXTS_A_WEEK = 3
WEEK = 7

SHARED = "one text for both visits of that day on this number"
DAY_TAKEN = "one automatic text a day"
WEEK_TAKEN = "three automatic texts a week"


@dataclass(frozen=True, slots=True)
class Claim:
    """One unsent step of one visit that wants a day. `shared_with` = the visit whose text speaks for it."""

    visit_id: int
    local_day: date
    injected_at: datetime
    planned: PlannedStep
    setting: PlanSetting
    is_held: bool = False  # held by staff or an alert: takes no day and speaks for nobody
    shared_with: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it will leave by itself."""
        return not (self.is_held or self.planned.is_skipped)


def settle(claims: Sequence[Claim], texted_days: Iterable[date], now: datetime) -> tuple[Claim, ...]:
    """All claims of one number, shared and spread, in the order given.

    `texted_days`: local days on which a capped automatic text has left or is already on its way.
    """
    return spread(share_texts(claims), texted_days, now)


def share_texts(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Two visits of one number on one local day share the later injection's text, which is true for both."""
    return tuple(_shared(claim, claims) for claim in claims)


def _shared(claim: Claim, claims: Sequence[Claim]) -> Claim:
    if not claim.is_open:
        return claim
    alike = [other for other in claims if _is_same_text(claim, other)]
    leader = max([claim, *alike], key=lambda each: (each.injected_at, each.visit_id))
    if leader.visit_id == claim.visit_id or leader.planned.due > claim.planned.latest:
        return claim
    planned = replace(claim.planned, skipped_because=SHARED)
    return replace(claim, shared_with=leader.visit_id, planned=planned)


def _is_same_text(claim: Claim, other: Claim) -> bool:
    same_step = (other.planned.step, other.local_day) == (claim.planned.step, claim.local_day)
    return same_step and other.visit_id != claim.visit_id and other.is_open


def spread(claims: Sequence[Claim], texted_days: Iterable[date], now: datetime) -> tuple[Claim, ...]:
    """One capped text a local day, three in any seven; the lower rank gives way by a day, or is skipped."""
    taken = list(texted_days)
    settled: dict[tuple[int, str], Claim] = {}
    for claim in sorted(claims, key=_precedence):
        placed = claim
        if claim.planned.capped and claim.is_open:
            placed = _on_free_day(claim, taken, now)
            if not placed.planned.is_skipped:
                taken.append(_day_of(placed, now))
        settled[claim.visit_id, claim.planned.step] = placed
    return tuple(settled[claim.visit_id, claim.planned.step] for claim in claims)


def _precedence(claim: Claim) -> tuple[int, datetime, int]:
    return -claim.planned.rank, claim.planned.due, claim.visit_id


def _on_free_day(claim: Claim, taken: Sequence[date], now: datetime) -> Claim:
    """The claim on the first free day from its own on, a day at a time, as far as its latest allows."""
    while not claim.planned.is_skipped:
        day = _day_of(claim, now)
        because = _taken_because(day, taken)
        if not because:
            return claim
        claim = replace(claim, planned=shift_a_day(claim.planned, day, because, claim.setting))
    return claim


def _day_of(claim: Claim, now: datetime) -> date:
    return local_day(max(claim.planned.due, now), claim.setting.zone)


def _taken_because(day: date, taken: Sequence[date]) -> str:
    if taken.count(day) >= TEXTS_A_DAY:
        return DAY_TAKEN
    return WEEK_TAKEN if _fullest_week(day, taken) >= TEXTS_A_WEEK else ""


def _fullest_week(day: date, taken: Sequence[date]) -> int:
    """The most texts already in any seven days in a row that include `day`."""
    starts = (day - timedelta(days=before) for before in range(WEEK))
    return max(sum(start <= other < start + timedelta(days=WEEK) for other in taken) for start in starts)


def is_spread_skip(reason: str) -> bool:
    """Whether a step was skipped because no day was left for it."""
    return reason.endswith(NO_LATER_DAY)
