"""The date rules over any visit, zone and moment of entry: R4 and R6 hold for every plan, not only for the examples."""

import contextlib
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from clinic_time.local_time import add_months, at_local, day_number, local_day
from clinic_time.opening_hours import OpeningHoursError, parse_opening_hours
from messages.catalogue import load_pack
from outbox.rules import MIN_LEFT
from outbox.send_window import WINDOWS, is_open, next_allowed
from scheduler.plan import PlannedStep, exercise_ends, may_leave, plan_steps
from scheduler.steps import PlanSetting, VisitFacts, window_of

RULES = load_pack().plan
ZONES = (
    *("America/Chicago", "America/New_York", "America/Los_Angeles", "America/Phoenix", "America/St_Johns"),
    *("Pacific/Honolulu", "Europe/London", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"),
)
zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2031, 12, 31), timezones=st.just(UTC))
HOURS = st.sampled_from(["mon-fri 09:00-17:00", "sat 10:00-14:00", "mon-sun 00:00-23:59", "wed 12:00-13:00"])
LEAPS = {timedelta(minutes=30), timedelta(hours=1)}  # by how much clocks in these zones jump
LATE = st.timedeltas(timedelta(0), timedelta(days=140))


@st.composite
def visits(draw: st.DrawFn) -> tuple[VisitFacts, PlanSetting, datetime]:
    zone, at = draw(zones), draw(moments)
    entered = at + draw(LATE)
    setting = PlanSetting(
        zones=(zone, *draw(st.lists(zones, max_size=2))),
        hours=parse_opening_hours(draw(HOURS)),
        holidays=draw(st.sets(st.dates(at.date(), at.date() + timedelta(days=20)), max_size=5)),
    )
    visit = VisitFacts(at, local_day(at, zone), entered, promo_consent=draw(st.booleans()))
    return visit, setting, entered + draw(st.timedeltas(timedelta(0), timedelta(days=2)))


def planned(case: tuple[VisitFacts, PlanSetting, datetime]) -> dict[str, PlannedStep]:
    return {step.step: step for step in plan_steps(case[0], RULES, case[1], case[2])}


@given(visits())
def test_no_step_is_due_before_its_earliest_after_its_latest_or_outside_its_window(
    case: tuple[VisitFacts, PlanSetting, datetime],
) -> None:
    _, setting, _ = case
    for step in planned(case).values():
        if step.is_skipped:
            assert step.skipped_because.strip()
            continue
        assert step.earliest <= step.due <= step.latest - MIN_LEFT
        assert may_leave(step, step.due, setting)
        is_in_window = is_open(
            step.due, window=window_of(step), zones=setting.zones, holidays=setting.holidays
        )
        assert is_in_window or (step.leaves_until is not None and step.due < step.leaves_until)


@given(visits())
def test_the_sixteen_hours_are_real_hours_and_the_check_in_is_not_before_day_14(
    case: tuple[VisitFacts, PlanSetting, datetime],
) -> None:
    visit, setting, _ = case
    steps = planned(case)

    assert exercise_ends(visit.injected_at) - visit.injected_at == timedelta(hours=16)
    assert steps["exercise_over"].earliest == visit.injected_at + timedelta(hours=16)
    assert day_number(visit.local_day, steps["check_in"].earliest, setting.zone) >= 14
    if not steps["check_in"].is_skipped:
        assert 14 <= day_number(visit.local_day, steps["check_in"].due, setting.zone) <= 18


@given(visits())
def test_planning_again_changes_nothing(case: tuple[VisitFacts, PlanSetting, datetime]) -> None:
    assert planned(case) == planned(case)


@given(visits())
def test_without_consent_to_promotion_none_is_due(case: tuple[VisitFacts, PlanSetting, datetime]) -> None:
    visit, setting, now = case

    steps = planned((replace(visit, promo_consent=False), setting, now))

    assert all(step.is_skipped for step in steps.values() if step.purpose == "promo")


@given(moments, zones, st.sampled_from(sorted(WINDOWS)))
@example(datetime(2026, 3, 8, 7, 59, tzinfo=UTC), ZoneInfo("America/Chicago"), "care")
@example(datetime(2026, 11, 1, 6, 30, tzinfo=UTC), ZoneInfo("America/Chicago"), "care")
def test_the_next_allowed_moment_is_allowed_and_the_first(
    moment: datetime, zone: ZoneInfo, name: str
) -> None:
    terms = {"window": WINDOWS[name], "zones": (zone,), "holidays": ()}
    found = next_allowed(moment, **terms)  # type: ignore[arg-type]

    assert found is not None
    assert found >= moment
    assert is_open(found, **terms)  # type: ignore[arg-type]
    if found > moment:
        assert not is_open(moment, **terms)  # type: ignore[arg-type]
        assert not is_open(found - timedelta(seconds=1), **terms)  # type: ignore[arg-type]


@given(st.dates(date(2024, 1, 1), date(2031, 12, 31)), st.times(), zones)
def test_a_wall_clock_time_is_met_or_moved_by_the_gap(day: date, at: time, zone: ZoneInfo) -> None:
    moment = at_local(day, at, zone)
    shown = moment.astimezone(zone).replace(tzinfo=None)

    assert shown == datetime.combine(day, at) or shown - datetime.combine(day, at) in LEAPS
    assert local_day(moment, zone) >= day


@given(st.dates(date(2024, 1, 1), date(2031, 12, 31)), st.integers(0, 30))
def test_months_later_is_that_month_and_never_a_later_day(day: date, months: int) -> None:
    later = add_months(day, months)

    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day
    assert later.day == day.day or (later + timedelta(days=1)).day == 1


@given(
    st.one_of(st.text(max_size=60), st.from_regex(r"(mon|tue|fri|sat)(-(wed|sun))? \d\d:\d\d-\d\d:\d\d(; )?"))
)
def test_opening_hours_are_read_or_refused_in_plain_words(text: str) -> None:
    with contextlib.suppress(OpeningHoursError):
        parse_opening_hours(text)
