"""When the gate lets a text leave, and for how long the carrier may try (RULES 3 and 7)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from outbox.facts import (
    SendFacts,
)
from outbox.kinds import Kind
from outbox.refusals import Allowed, Refusal, Refused
from outbox.rules import decide
from tests.support.send_facts import (
    ALERT,
    ANSWER,
    CHICAGO,
    DAY,
    HOUR,
    NOON,
    PROMO,
    REMINDER,
    STAFF,
    answer_to,
    with_reminder,
)


def at(hour: int, minute: int = 0, second: int = 0, day: int = 3) -> datetime:
    """A local moment in March 2026 (CST until the 8th)."""
    return datetime(2026, 3, day, hour, minute, second, tzinfo=CHICAGO).astimezone(UTC)


WINDOWS = {
    "before 9:00": (at(8, 59, 59), timedelta(days=2), at(9)),
    "from 9:00": (at(9), timedelta(days=2), None),
    "a minute before 20:00": (at(19, 59), timedelta(days=2), None),
    "less than a minute before 20:00": (at(19, 59, 1), timedelta(days=2), at(9, day=4)),
    "at 20:00": (at(20), timedelta(days=2), at(9, day=4)),
}


@pytest.mark.parametrize(("now", "left", "until"), WINDOWS.values(), ids=WINDOWS)
def test_reminders_leave_inside_the_window_only(
    now: datetime, left: timedelta, until: datetime | None
) -> None:
    facts = with_reminder(REMINDER, earliest=now, latest=now + left)
    verdict = decide(facts, now)
    if until is None:
        assert isinstance(verdict, Allowed)
    else:
        assert isinstance(verdict, Refused)
        assert (verdict.code, verdict.until) == (Refusal.OUTSIDE_WINDOW, until)


@pytest.mark.parametrize(
    ("now", "latest"),
    [(at(20), at(9, 0, 59, day=4)), (at(12), at(12, 0, 59)), (at(19, 59, 30), at(20, 30))],
)
def test_a_reminder_without_a_minute_left_in_any_window_is_refused_for_good(
    now: datetime, latest: datetime
) -> None:
    verdict = decide(with_reminder(REMINDER, earliest=now, latest=latest), now)
    assert isinstance(verdict, Refused)
    assert (verdict.code, verdict.is_final) == (Refusal.NO_WINDOW_LEFT, True)


def test_promotion_waits_over_sunday_and_federal_holidays() -> None:
    sunday = datetime(2026, 5, 24, 12, 0, tzinfo=CHICAGO).astimezone(UTC)  # the Monday is Memorial Day
    verdict = decide(with_reminder(PROMO, earliest=sunday, latest=sunday + 7 * DAY), sunday)
    assert isinstance(verdict, Refused)
    assert verdict.until == datetime(2026, 5, 26, 10, 0, tzinfo=CHICAGO).astimezone(UTC)


def test_answers_and_alerts_know_no_window() -> None:
    midnight = at(0)
    for facts in (ANSWER, ALERT, answer_to(Kind.RED_FLAG), STAFF):
        assert isinstance(decide(replace(facts, useful_until=None), midnight), Allowed)


VALIDITIES = {
    "a reminder: to the end of its window": (REMINDER, NOON, timedelta(hours=8)),
    "a reminder: to its latest moment": (
        with_reminder(REMINDER, latest=NOON + HOUR),
        NOON,
        timedelta(hours=1),
    ),
    "a reminder: at most ten hours": (with_reminder(REMINDER, earliest=at(9)), at(9), timedelta(hours=10)),
    "an answer: ten minutes": (ANSWER, NOON, timedelta(seconds=600)),
    "an emergency: ten hours": (answer_to(Kind.RED_FLAG), NOON, timedelta(seconds=36000)),
    "an alert: ten hours": (ALERT, NOON, timedelta(seconds=36000)),
    "a picture: 50 minutes at most": (
        replace(answer_to(Kind.RED_FLAG), has_media=True),
        NOON,
        timedelta(seconds=3000),
    ),
    "a STOP confirmation: five minutes after STOP": (
        answer_to(Kind.OPT_OUT),
        NOON,
        timedelta(minutes=4),
    ),
}


@pytest.mark.parametrize(("facts", "now", "validity"), VALIDITIES.values(), ids=VALIDITIES)
def test_the_carrier_may_try_no_longer_than_the_text_is_of_use(
    facts: SendFacts, now: datetime, validity: timedelta
) -> None:
    verdict = decide(facts, now)
    assert verdict == Allowed(validity)
