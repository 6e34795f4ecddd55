"""When each step is due: the table of expected results, clock changes, month ends, late entries, closures."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic_time.holiday_calendar import FEDERAL_HOLIDAYS
from clinic_time.opening_hours import parse_opening_hours
from messages.plan_rules import PlanRules, Purpose, read_plan
from messages.problems import Problem
from outbox.send_window import CARE, PROMO, is_open
from scheduler.closing import DO_NOT_PROMOTE, NO_PROMO_CONSENT, RECENT_RED_FLAG
from scheduler.plan import (
    EXERCISE_HOURS,
    PlannedStep,
    PlanSetting,
    VisitFacts,
    exercise_ends,
    may_leave,
    plan_steps,
)
from scheduler.steps import ENTERED_TOO_LATE, NO_OPEN_DAY, NO_SLOT, NOT_SENT_IN_TIME, SENT_AT_ONCE

CHICAGO = ZoneInfo("America/Chicago")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
EVERY_WEEKDAY = parse_opening_hours("mon-fri 09:00-17:00")
SETTING = PlanSetting(zones=(CHICAGO,), hours=EVERY_WEEKDAY, holidays=FEDERAL_HOLIDAYS)
PLAN_FILE = Path(__file__).parents[3] / "messages" / "neuromodulator" / "plan.toml"


def read_rules() -> PlanRules:
    problems: list[Problem] = []
    rules = read_plan(tomllib.loads(PLAN_FILE.read_text()), where="plan.toml", problems=problems)
    assert problems == []
    return rules


RULES = read_rules()


def local(text: str, zone: ZoneInfo = CHICAGO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def visit(at: str, *, entered: str | None = None, **facts: object) -> VisitFacts:
    injected_at = local(at)
    enrolled_at = local(entered) if entered else injected_at
    filled = {"promo_consent": True, **facts}
    return VisitFacts(injected_at, date.fromisoformat(at[:10]), enrolled_at, **filled)  # type: ignore[arg-type]


def plan(
    facts: VisitFacts, *, now: datetime | None = None, setting: PlanSetting = SETTING
) -> dict[str, PlannedStep]:
    steps = plan_steps(facts, RULES, setting, now or facts.enrolled_at)
    return {step.step: step for step in steps}


def due(step: PlannedStep) -> str:
    assert step.skipped_because == ""
    return step.due.astimezone(CHICAGO).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("at", "ends", "text"),
    [
        # the table of expected results, send window 9-20, America/Chicago
        ("2026-05-05T07:10", "2026-05-05T23:10", "2026-05-06T09:00"),
        ("2026-05-05T09:10", "2026-05-06T01:10", "2026-05-06T09:00"),
        ("2026-05-05T14:10", "2026-05-06T06:10", "2026-05-06T09:00"),
        ("2026-05-05T17:10", "2026-05-06T09:10", "2026-05-06T09:10"),
        ("2026-05-05T22:10", "2026-05-06T14:10", "2026-05-06T14:10"),
        (
            "2026-03-07T14:00",
            "2026-03-08T07:00",
            "2026-03-08T09:00",
        ),  # spring change: an hour later by the clock
        ("2026-10-31T14:00", "2026-11-01T05:00", "2026-11-01T09:00"),  # autumn change: an hour earlier
        ("2026-03-07T18:00", "2026-03-08T11:00", "2026-03-08T11:00"),
        ("2026-10-31T18:00", "2026-11-01T09:00", "2026-11-01T09:00"),
        ("2028-02-28T18:00", "2028-02-29T10:00", "2028-02-29T10:00"),  # leap day
        ("2026-05-05T04:00", "2026-05-05T20:00", "2026-05-06T09:00"),  # the window has just closed
    ],
)
def test_exercise_text_leaves_at_sixteen_real_hours_or_when_the_window_opens(
    at: str, ends: str, text: str
) -> None:
    facts = visit(at)

    assert exercise_ends(facts.injected_at) == local(ends)
    assert due(plan(facts)["exercise_over"]) == text


@pytest.mark.parametrize(
    ("at", "entered", "expected", "because"),
    [
        ("2026-05-05T14:10", "2026-05-05T14:15", "2026-05-05T14:15", ""),  # at once
        (
            "2026-05-05T07:10",
            "2026-05-05T07:15",
            "2026-05-05T09:00",
            "moved from 07:15 to 09:00: send window",
        ),
        (
            "2026-05-05T19:30",
            "2026-05-05T20:40",
            "2026-05-05T20:40",
            SENT_AT_ONCE,
        ),  # within two hours, before 21:00
        (
            "2026-05-05T19:30",
            "2026-05-05T21:00",
            "2026-05-06T09:00",
            "moved from Tue 05 May 21:00 to Wed 06 May 09:00",
        ),
        ("2026-05-05T18:00", "2026-05-05T20:30", "2026-05-06T09:00", "moved from"),  # entered after 2.5 hours
        ("2026-05-05T22:10", "2026-05-05T22:12", "2026-05-06T09:00", "moved from"),
        ("2026-05-05T09:10", "2026-05-05T13:00", "2026-05-05T13:00", ""),
    ],
)
def test_aftercare_leaves_at_once_or_when_the_window_opens(
    at: str, entered: str, expected: str, because: str
) -> None:
    step = plan(visit(at, entered=entered))["aftercare_now"]

    assert due(step) == expected
    assert step.moved_because.startswith(because)
    assert bool(step.moved_because) is bool(because)


def test_a_visit_entered_ahead_gets_its_aftercare_at_the_visit() -> None:
    step = plan(visit("2026-05-05T14:00", entered="2026-05-05T08:00"))["aftercare_now"]

    assert due(step) == "2026-05-05T14:00"


@pytest.mark.parametrize(
    ("at", "entered", "skipped"),
    [
        ("2026-05-05T14:10", "2026-05-06T05:00", NO_SLOT),  # its sixteen hours end before the window opens
        ("2026-05-05T17:00", "2026-05-05T21:30", NO_SLOT),  # the window opens as they end
        ("2026-05-05T14:10", "2026-05-06T06:10", ENTERED_TOO_LATE),
        ("2026-05-05T14:10", "2026-05-09T12:00", ENTERED_TOO_LATE),
    ],
)
def test_aftercare_without_a_slot_is_skipped_and_says_so(at: str, entered: str, skipped: str) -> None:
    assert plan(visit(at, entered=entered))["aftercare_now"].skipped_because == skipped


@pytest.mark.parametrize(
    ("at", "expected", "because"),
    [
        ("2026-05-05T14:00", "2026-05-19T10:00", ""),  # Tuesday -> Tuesday
        (
            "2026-05-02T14:00",
            "2026-05-18T10:00",
            "moved from Sat 16 May 10:00 to Mon 18 May 10:00: clinic closed",
        ),
        (
            "2026-05-03T14:00",
            "2026-05-18T10:00",
            "moved from Sun 17 May 10:00 to Mon 18 May 10:00: clinic closed",
        ),
        (
            "2026-05-11T14:00",
            "2026-05-26T10:00",
            "moved from Mon 25 May 10:00 to Tue 26 May 10:00: clinic closed",
        ),
        ("2026-02-24T14:00", "2026-03-10T10:00", ""),  # over the spring change: still 10:00 local
        ("2026-10-20T14:00", "2026-11-03T10:00", ""),  # over the autumn change
        ("2028-02-16T14:00", "2028-03-01T10:00", ""),  # over a leap day
        ("2026-05-09T14:00", "2026-05-23T10:00", NO_OPEN_DAY),  # Saturday, Sunday, Memorial Day
    ],
)
def test_check_in_leaves_on_the_first_open_day_from_day_14(at: str, expected: str, because: str) -> None:
    step = plan(visit(at))["check_in"]

    assert due(step) == expected
    assert step.moved_because == because


@pytest.mark.parametrize(
    ("entered", "expected"),
    [
        ("2026-05-20T11:30", "2026-05-20T11:30"),  # day 15
        ("2026-05-20T20:30", "2026-05-21T10:00"),  # day 15, evening: the next open day at its hour
        ("2026-05-22T10:00", "2026-05-22T10:00"),  # day 17
        ("2026-05-22T21:00", "2026-05-23T09:00"),  # day 17, night
    ],
)
def test_late_entry_still_gets_its_check_in_until_day_18(entered: str, expected: str) -> None:
    assert due(plan(visit("2026-05-05T14:00", entered=entered))["check_in"]) == expected


def test_check_in_is_never_sent_after_day_18() -> None:
    steps = plan(visit("2026-05-05T14:00", entered="2026-05-23T20:00"))

    assert steps["check_in"].skipped_because == ENTERED_TOO_LATE
    assert due(steps["retreatment"]) == "2026-08-05T10:00"


@pytest.mark.parametrize(
    ("at", "first", "second"),
    [
        ("2026-05-05T14:00", "2026-08-05T10:00", "2026-08-26T10:00"),
        ("2025-11-30T14:00", "2026-02-28T10:00", "2026-03-21T10:00"),  # clamped: 28 Feb, a Saturday
        ("2027-11-30T14:00", "2028-02-29T10:00", "2028-03-21T10:00"),  # leap day
        ("2026-06-05T14:00", "2026-09-05T10:00", "2026-09-26T10:00"),
        ("2026-05-09T14:00", "2026-08-10T10:00", "2026-08-31T10:00"),  # Sundays -> Mondays
        ("2026-04-04T14:00", "2026-07-06T10:00", "2026-07-25T10:00"),  # Independence Day, Sunday
        ("2026-08-25T14:00", "2026-11-25T10:00", "2026-12-16T10:00"),  # over the autumn change
    ],
)
def test_retreatment_after_three_calendar_months(at: str, first: str, second: str) -> None:
    steps = plan(visit(at))

    assert due(steps["retreatment"]) == first
    assert due(steps["retreatment_again"]) == second


def test_retreatment_says_why_it_moved() -> None:
    step = plan(visit("2026-05-09T14:00"))["retreatment"]

    assert step.moved_because == "moved from Sun 09 Aug 10:00 to Mon 10 Aug 10:00: send window"


def test_the_sixteen_hours_are_the_plans_own_number() -> None:
    # clinic page, guideline 1: no strenuous exercise for 16 hours
    assert timedelta(hours=RULES.exercise_hours) == EXERCISE_HOURS == timedelta(hours=16)


def test_the_moves_reason_names_both_clock_times() -> None:
    step = plan(visit("2026-05-05T14:00"))["exercise_over"]

    assert step.moved_because == "moved from 06:00 to 09:00: send window"


def test_clinics_own_holiday_moves_check_in_and_promotion_only() -> None:
    every_day = frozenset(date(2026, 5, 1) + timedelta(days=n) for n in range(400))
    open_day = date(2026, 5, 20)
    setting = PlanSetting(
        zones=(CHICAGO,), hours=EVERY_WEEKDAY, holidays=every_day - {open_day, date(2026, 8, 7)}
    )

    steps = plan(visit("2026-05-05T14:00"), setting=setting)

    assert due(steps["exercise_over"]) == "2026-05-06T09:00"
    assert due(steps["check_in"]) == "2026-05-20T10:00"
    assert due(steps["retreatment"]) == "2026-08-07T10:00"
    assert steps["retreatment_again"].skipped_because == NO_SLOT


@pytest.mark.parametrize(
    ("facts", "skipped"),
    [
        ({"promo_consent": False}, {"retreatment": NO_PROMO_CONSENT, "retreatment_again": NO_PROMO_CONSENT}),
        (
            {"no_care_because": "opted out on 05 May 2026"},
            dict.fromkeys(("aftercare_now", "exercise_over", "check_in"), "opted out on 05 May 2026"),
        ),
        ({"do_not_promote": True}, {"retreatment": DO_NOT_PROMOTE, "retreatment_again": DO_NOT_PROMOTE}),
        (
            {"red_flag_at": local("2026-05-06T12:00")},
            {"retreatment": RECENT_RED_FLAG, "retreatment_again": RECENT_RED_FLAG},
        ),
        (
            {"red_flag_at": local("2026-04-15T12:00")},
            {"retreatment": RECENT_RED_FLAG},
        ),  # 120 days end on 13 August
        ({"red_flag_at": local("2026-03-01T12:00")}, {}),
        (
            {"appointment_at": local("2026-09-02T15:00")},
            {"retreatment_again": "an appointment is on file for 02 Sep 2026"},
        ),
        (
            {"newer_visit_at": local("2026-05-15T15:00")},
            dict.fromkeys(
                ("check_in", "retreatment", "retreatment_again"), "closed by the newer visit of 15 May 2026"
            ),
        ),
        (
            {"newer_visit_at": local("2026-05-06T08:00")},  # its own sixteen hours count now
            dict.fromkeys(
                ("exercise_over", "check_in", "retreatment", "retreatment_again"),
                "closed by the newer visit of 06 May 2026",
            ),
        ),
    ],
)
def test_what_closes_a_step(facts: dict[str, object], skipped: dict[str, str]) -> None:
    steps = plan(visit("2026-05-05T14:00", **facts))  # type: ignore[arg-type]

    assert {step.step: step.skipped_because for step in steps.values() if step.is_skipped} == skipped


def test_retreatment_classed_as_care_needs_no_promo_consent_but_keeps_staffs_wish() -> None:
    setting = PlanSetting(zones=(CHICAGO,), hours=EVERY_WEEKDAY, promo_as_care=True)

    unasked = plan(visit("2026-05-09T14:00", promo_consent=False), setting=setting)["retreatment"]
    unwanted = plan(visit("2026-05-09T14:00", do_not_promote=True), setting=setting)["retreatment"]

    assert (due(unasked), unasked.purpose) == ("2026-08-09T10:00", Purpose.CARE)  # a Sunday: care hours
    assert unwanted.skipped_because == DO_NOT_PROMOTE


def test_a_step_missed_until_no_slot_is_left_is_skipped_and_says_so() -> None:
    steps = plan(visit("2026-05-05T14:00"), now=local("2026-05-06T20:30"))

    assert (
        steps["exercise_over"].skipped_because == NO_SLOT
    )  # its last moment is 21:00, the window closed at 20:00
    assert steps["aftercare_now"].skipped_because == NOT_SENT_IN_TIME


def test_an_overdue_step_keeps_its_moment_while_its_window_is_open() -> None:
    step = plan(visit("2026-05-05T14:00"), now=local("2026-05-06T11:00"))["exercise_over"]

    assert due(step) == "2026-05-06T09:00"


def test_an_overdue_check_in_moves_to_the_next_window_with_its_reason() -> None:
    step = plan(visit("2026-05-05T14:00"), now=local("2026-05-19T21:00"))["check_in"]

    assert due(step) == "2026-05-20T10:00"
    assert step.moved_because.startswith("not sent in time; moved from Tue 19 May 10:00 to Wed 20 May 10:00")


def test_a_hint_of_another_zone_narrows_the_window() -> None:
    setting = PlanSetting(zones=(CHICAGO, LOS_ANGELES), hours=EVERY_WEEKDAY)

    steps = plan(visit("2026-05-05T14:00"), setting=setting)

    assert due(steps["exercise_over"]) == "2026-05-06T11:00"  # 9:00 in Los Angeles
    assert due(steps["check_in"]) == "2026-05-19T11:00"


def test_the_text_at_once_may_leave_until_nine_in_the_evening_only() -> None:
    step = plan(visit("2026-05-05T19:30", entered="2026-05-05T20:40"))["aftercare_now"]

    assert may_leave(step, local("2026-05-05T20:59"), SETTING)
    assert not may_leave(step, local("2026-05-05T21:00"), SETTING)
    assert not may_leave(step, local("2026-05-05T20:39"), SETTING)


@given(
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(
        lambda moment: moment.replace(tzinfo=UTC)
    ),
    entered_after=st.timedeltas(timedelta(0), timedelta(days=130)),
    now_after=st.timedeltas(timedelta(0), timedelta(days=130)),
    zones=st.sampled_from([(CHICAGO,), (CHICAGO, LOS_ANGELES), (LOS_ANGELES,)]),
)
def test_no_step_is_due_outside_its_window_before_its_earliest_or_after_its_latest(
    at: datetime, entered_after: timedelta, now_after: timedelta, zones: tuple[ZoneInfo, ...]
) -> None:
    setting = PlanSetting(zones=zones, hours=EVERY_WEEKDAY, holidays=FEDERAL_HOLIDAYS)
    day = at.astimezone(CHICAGO).date()
    facts = VisitFacts(at, day, at + entered_after, promo_consent=True)

    steps = plan_steps(facts, RULES, setting, at + entered_after + now_after)

    assert [step.step for step in steps] == [rule.id for rule in RULES.steps]
    for step in steps:
        if step.is_skipped:
            continue
        window = PROMO if step.purpose is Purpose.PROMO else CARE
        assert step.earliest <= step.due <= step.latest
        assert step.leaves_until or is_open(step.due, window=window, zones=zones, holidays=FEDERAL_HOLIDAYS)
        assert may_leave(step, step.due, setting)
