"""Of STOP and START the one texted last counts, whichever way and in whichever order they reach us (RULES 6)."""

from pathlib import Path

import pytest

from bot.decision import Action, Rule, Urgency
from tests.support.factories import NOON
from tests.support.line import (
    ASKS_PERSON,
    DAY,
    HOUR,
    MINUTE,
    SAYS_START,
    SAYS_STOP,
    Line,
    decides,
    open_own_line,
)


@pytest.fixture
def line(tmp_path: Path) -> Line:
    """A clinic whose carrier confirms nothing."""
    return open_own_line(tmp_path)


def test_older_text_arriving_after_stop_changes_nothing(line: Line) -> None:
    line.text("stop", SAYS_STOP)
    line.text("hi", ASKS_PERSON)

    assert line.is_stopped()


def test_stop_found_late_does_not_undo_a_newer_start(line: Line) -> None:
    line.text("stop", SAYS_STOP)
    line.text("start", SAYS_START, at=NOON + HOUR)

    line.text(
        "stop",
        SAYS_STOP,
        at=NOON + 2 * HOUR,
        found_late=True,
        carrier_created_at=NOON + MINUTE,
    )

    assert not line.is_stopped()
    assert line.conversation().waiting_since is not None


def test_stop_found_late_beside_what_may_be_an_emergency_still_calls_a_person_now(line: Line) -> None:
    line.text("start", SAYS_START)
    beside = decides(Action.OPTOUT, rule=Rule.CONSENT, urgency=Urgency.NOW, handoff=True)

    line.text("stop", beside, at=NOON + MINUTE, carrier_created_at=NOON - HOUR)

    assert not line.is_stopped()
    assert line.conversation().waiting_urgency == "now"
    assert [alert.kind for alert in line.alerts()] == ["urgent_now"]


def test_start_found_late_does_not_undo_a_newer_stop(line: Line) -> None:
    line.text("stop", SAYS_STOP)

    line.text("start", SAYS_START, at=NOON + MINUTE, found_late=True, carrier_created_at=NOON - 30 * MINUTE)

    assert line.is_stopped()
    assert line.topics() == ["stop_confirmed"]


def test_start_fetched_soon_does_not_undo_a_newer_stop(line: Line) -> None:
    line.text("stop", SAYS_STOP)

    line.text("start", SAYS_START, at=NOON + MINUTE, carrier_created_at=NOON - 30 * MINUTE)

    assert line.is_stopped()


def test_start_fetched_does_not_undo_a_newer_stop_that_only_repeated_one(line: Line) -> None:
    line.text("stop", SAYS_STOP, at=NOON - DAY)
    line.text("stop", SAYS_STOP)

    line.text("start", SAYS_START, at=NOON + MINUTE, found_late=True, carrier_created_at=NOON - 3 * HOUR)

    assert line.is_stopped()


@pytest.mark.parametrize(("first", "then", "is_stopped"), [("start", "stop", True), ("stop", "start", False)])
def test_of_stop_and_start_fetched_together_the_one_texted_last_counts(
    line: Line, first: str, then: str, is_stopped: bool
) -> None:
    says = {"start": SAYS_START, "stop": SAYS_STOP}
    line.text("stop", SAYS_STOP, at=NOON - DAY)

    for words, ago in ((first, 5 * HOUR), (then, 4 * HOUR)):
        line.text(words, says[words], found_late=True, carrier_created_at=NOON - ago)

    assert line.is_stopped() is is_stopped


def test_in_doubt_which_was_texted_first_stop_stands(line: Line) -> None:
    line.text("start", SAYS_START)

    line.text("stop", SAYS_STOP, at=NOON + 5 * MINUTE, carrier_created_at=NOON - MINUTE / 2)

    assert line.is_stopped()


@pytest.mark.parametrize(("pushed_after", "is_stopped"), [(True, True), (False, False)])
def test_a_stop_pushed_after_the_list_was_asked_for_is_newer_than_a_start_on_it_whatever_our_clock_says(
    line: Line, pushed_after: bool, is_stopped: bool
) -> None:
    behind = 5 * MINUTE  # our clock
    line.text("hello", ASKS_PERSON)
    stop_id = line.text("stop", SAYS_STOP)
    assert stop_id is not None

    line.text(
        "start",
        SAYS_START,
        at=NOON + MINUTE,
        carrier_created_at=NOON + behind - MINUTE,
        listed_after=stop_id - 1 if pushed_after else stop_id,
    )

    assert line.is_stopped() is is_stopped


def test_a_start_pushed_after_the_list_was_asked_for_does_not_silence_a_stop_on_it(line: Line) -> None:
    start_id = line.text("start", SAYS_START)
    assert start_id is not None

    line.text("stop", SAYS_STOP, at=NOON + MINUTE, carrier_created_at=NOON, listed_after=start_id - 1)

    assert line.is_stopped()
