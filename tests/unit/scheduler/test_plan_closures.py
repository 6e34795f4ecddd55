"""What closes a step, what becomes of one that is overdue, and the window no step leaves outside of."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic_time.holiday_calendar import FEDERAL_HOLIDAYS
from messages.plan_rules import Purpose
from outbox.send_window import CARE, PROMO, is_open
from scheduler.closing import DO_NOT_PROMOTE, NO_PROMO_CONSENT, RECENT_RED_FLAG
from scheduler.plan import PlanSetting, VisitFacts, may_leave, plan_steps
from scheduler.steps import NO_SLOT, NOT_SENT_IN_TIME
from tests.support.chicago import CHICAGO, local
from tests.support.visit_plans import EVERY_WEEKDAY, RULES, due, plan, visit

LOS_ANGELES = ZoneInfo("America/Los_Angeles")


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
