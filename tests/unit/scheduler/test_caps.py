"""How the steps of one number share its days."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from clinic_time.opening_hours import parse_opening_hours
from messages.plan_rules import Purpose
from scheduler.caps import Claim, settle
from scheduler.steps import PlannedStep, PlanSetting

CHICAGO = ZoneInfo("America/Chicago")
SETTING = PlanSetting(zones=(CHICAGO,), hours=parse_opening_hours("mon-fri 09:00-17:00"))
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
RANKS = {"aftercare_now": 50, "exercise_over": 40, "check_in": 30, "retreatment": 20, "retreatment_again": 10}


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO).astimezone(UTC)


def claim(
    visit_id: int, step: str, due: str, *, latest_days: int = 4, local_day: date = date(2026, 5, 5)
) -> Claim:
    at = local(due)
    planned = PlannedStep(
        step=step,
        purpose=Purpose.PROMO if step.startswith("retreatment") else Purpose.CARE,
        earliest=at,
        target=at,
        latest=at + timedelta(days=latest_days),
        due=at,
        rank=RANKS[step],
        capped=step not in ("aftercare_now", "exercise_over"),
    )
    return Claim(visit_id, local_day, local("2026-05-05T14:00") + timedelta(hours=visit_id), planned, SETTING)


def due_days(claims: tuple[Claim, ...]) -> list[str]:
    return [
        each.planned.skipped_because or each.planned.due.astimezone(CHICAGO).strftime("%d %H")
        for each in claims
    ]


def test_the_lower_rank_gives_way_by_a_day_with_its_reason() -> None:
    settled = settle(
        [
            claim(1, "retreatment", "2026-05-19T10:00", local_day=date(2026, 2, 19)),
            claim(2, "check_in", "2026-05-19T10:00"),
        ],
        [],
        LONG_AGO,
    )

    assert due_days(settled) == ["20 10", "19 10"]
    assert settled[0].planned.moved_because == (
        "moved from Tue 19 May 10:00 to Wed 20 May 10:00: one automatic text a day"
    )


def test_a_promotional_step_gives_way_over_the_weekend() -> None:
    settled = settle([claim(1, "retreatment", "2026-05-16T10:00")], [date(2026, 5, 16)], LONG_AGO)

    assert due_days(settled) == ["18 10"]


def test_a_step_that_may_not_wait_is_skipped_with_its_reason() -> None:
    settled = settle([claim(1, "check_in", "2026-05-19T10:00", latest_days=0)], [date(2026, 5, 19)], LONG_AGO)

    assert due_days(settled) == ["one automatic text a day, and no later day is left"]


@pytest.mark.parametrize(
    ("texted", "expected"),
    [
        (
            [18, 20, 22],
            "25 10",
        ),  # 18-24 is full, and so is every week with 20, 22 and one more before the 25th
        ([16, 17, 18], "23 10"),
        ([12, 17, 18], "19 10"),  # 12-18 is full, 13-19 has room
        ([20, 21, 22], "27 10"),  # 20-26 is full
        ([20, 21], "19 10"),
    ],
)
def test_no_seven_days_hold_more_than_three_capped_texts(texted: list[int], expected: str) -> None:
    days = [date(2026, 5, day) for day in texted]

    settled = settle([claim(1, "check_in", "2026-05-19T10:00", latest_days=10)], days, LONG_AGO)

    assert due_days(settled) == [expected]


def test_the_texts_of_the_visit_itself_are_never_moved() -> None:
    claims = [
        claim(1, "aftercare_now", "2026-05-19T10:00"),
        claim(1, "exercise_over", "2026-05-19T11:00"),
        claim(2, "check_in", "2026-05-19T10:00", local_day=date(2026, 5, 4)),
    ]

    assert due_days(settle(claims, [], LONG_AGO)) == ["19 10", "19 11", "19 10"]


def test_an_overdue_step_takes_today_and_not_its_old_day() -> None:
    now = local("2026-05-20T11:00")
    claims = [
        claim(1, "check_in", "2026-05-19T10:00"),
        claim(2, "retreatment", "2026-05-20T10:00", local_day=date(2026, 2, 20)),
    ]

    assert due_days(settle(claims, [], now)) == ["19 10", "21 10"]


def test_two_visits_of_one_number_on_one_day_share_the_later_ones_text() -> None:
    claims = [
        claim(1, "check_in", "2026-05-19T10:00"),
        claim(2, "check_in", "2026-05-19T10:00"),
        claim(1, "exercise_over", "2026-05-06T09:00"),
        claim(2, "exercise_over", "2026-05-06T09:00"),
    ]

    settled = settle(claims, [], LONG_AGO)

    assert [each.shared_with for each in settled] == [2, None, 2, None]
    assert settled[0].planned.skipped_because == "one text for both visits of that day on this number"
    assert due_days(settled)[1] == "19 10"


def test_a_text_is_not_shared_where_it_would_come_too_late_for_one_of_them() -> None:
    claims = [
        claim(1, "exercise_over", "2026-05-06T09:00", latest_days=0),
        claim(2, "exercise_over", "2026-05-06T14:00"),
    ]

    assert [each.shared_with for each in settle(claims, [], LONG_AGO)] == [None, None]


def test_a_skipped_step_neither_shares_nor_takes_a_day() -> None:
    skipped = claim(2, "check_in", "2026-05-19T10:00")
    skipped = replace(skipped, planned=replace(skipped.planned, skipped_because="closed"))

    settled = settle([claim(1, "check_in", "2026-05-19T10:00"), skipped], [], LONG_AGO)

    assert due_days(settled) == ["19 10", "closed"]
    assert settled[0].shared_with is None
