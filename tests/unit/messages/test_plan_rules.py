"""plan.toml: the five steps and what is refused."""

import tomllib
from typing import Any

import pytest

from messages.catalogue import DEFAULT_PACK, Pack
from messages.plan_rules import Anchor, Offset, Purpose, read_plan
from messages.problems import Problem

PLAN = (DEFAULT_PACK / "plan.toml").read_text(encoding="utf-8")


def problems_of(text: str) -> list[str]:
    found: list[Problem] = []
    read_plan(tomllib.loads(text), where="plan.toml", problems=found)
    return [str(problem) for problem in found]


def test_clinical_numbers_are_those_of_the_page(pack: Pack) -> None:
    assert pack.plan.exercise_hours == 16  # clinic page, guideline 1
    assert pack.plan.refinement_from_day == 14  # clinic page, "When will I see my results?"
    assert pack.plan.refinement_until_day == 21  # the same


@pytest.mark.parametrize(
    ("step", "purpose", "anchor", "earliest", "latest", "capped"),
    [
        ("aftercare_now", Purpose.CARE, Anchor.VISIT, Offset(hours=0), Offset(hours=16), False),
        ("exercise_over", Purpose.CARE, Anchor.VISIT_HOURS, Offset(hours=16), Offset(hours=31), False),
        (
            "check_in",
            Purpose.CARE,
            Anchor.VISIT_DAY,
            Offset(days=14, local_hour=10),
            Offset(days=18, local_hour=20),
            True,
        ),
        (
            "retreatment",
            Purpose.PROMO,
            Anchor.VISIT_MONTHS,
            Offset(months=3, local_hour=10),
            Offset(months=3, days=14, local_hour=10),
            True,
        ),
        (
            "retreatment_again",
            Purpose.PROMO,
            Anchor.VISIT_MONTHS,
            Offset(months=3, days=21, local_hour=10),
            Offset(months=3, days=35, local_hour=10),
            True,
        ),
    ],
)
def test_steps_of_the_plan(
    pack: Pack, step: str, purpose: Purpose, anchor: Anchor, earliest: Offset, latest: Offset, capped: bool
) -> None:
    rule = pack.plan.step(step)

    assert (rule.purpose, rule.anchor, rule.earliest, rule.latest, rule.capped) == (
        purpose, anchor, earliest, latest, capped,
    )  # fmt: skip


def test_check_in_waits_for_an_open_day_and_gives_way_to_nothing_lower(pack: Pack) -> None:
    ranks = [rule.rank for rule in pack.plan.steps]

    assert pack.plan.step("check_in").first_open_day_within == (14, 16)
    assert ranks == sorted(ranks, reverse=True)


def test_a_newer_visit_or_an_appointment_closes_what_it_makes_pointless(pack: Pack) -> None:
    newer = {rule.id for rule in pack.plan.steps if rule.unless_newer_visit}
    appointment = {rule.id for rule in pack.plan.steps if rule.unless_appointment}

    assert newer == {"check_in", "retreatment", "retreatment_again"}
    assert appointment == {"retreatment_again"}


def test_unknown_step_is_a_key_error(pack: Pack) -> None:
    with pytest.raises(KeyError):
        pack.plan.step("birthday")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("exercise_hours = 16", "exercise_hours = '16'", "exercise_hours must be a whole number"),
        ("exercise_hours = 16", "", "exercise_hours must be a whole number"),
        (
            'purpose = "promo"',
            'purpose = "marketing"',
            "purpose 'marketing' is unknown. Use one of: care, promo.",
        ),
        ("rank = 40", "rank = 50", "two steps share a rank"),
        ("latest = { hours = 16 }", "latest = { days = 1, local_hour = 9 }", "latest must be in hours"),
        ("earliest = { days = 14, local_hour = 10 }", "earliest = { hours = 336 }", "earliest must be local"),
        ("latest = { hours = 31 }", "latest = { hours = 3 }", "out of order"),
        ('id = "retreatment_again"', 'id = "retreatment"', "the step retreatment appears twice"),
        ("unless_appointment = true", "unless_apointment = true", "unless_apointment is not a known key"),
        ("refinement_until_day = 21", "refinement_until_day = 12", "the refinement days are out of order"),
        ("capped = false", 'capped = "no"', "capped must be true or false"),
    ],
)
def test_a_faulty_plan_says_what_to_mend(old: str, new: str, expected: str) -> None:
    assert old in PLAN

    assert any(expected in problem for problem in problems_of(PLAN.replace(old, new, 1)))


@pytest.mark.parametrize("raw", [{}, {"step": 3}, {"step": [{"id": 1}]}])
def test_nonsense_is_reported_not_raised(raw: dict[str, Any]) -> None:
    found: list[Problem] = []

    read_plan(raw, where="plan.toml", problems=found)

    assert found
