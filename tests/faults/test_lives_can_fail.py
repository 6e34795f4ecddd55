"""Each promise of the random lives is broken on purpose, and a short life is told so: none holds by blindness."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from outbox import outcome
from outbox.settle import settle_accepted
from tests.faults import test_state_machine as lives
from tests.faults.broken_promises import ANOTHER, QUESTION, STORIES, Patch, ask, moment_of
from tests.faults.test_state_machine import Life
from tests.support.factories import CLIENT_NUMBER

ENOUGH_HOPS = 5


@pytest.fixture
def life(monkeypatch: Patch) -> Iterator[Life]:
    monkeypatch.setattr(lives, "MOST_HOPS", ENOUGH_HOPS)
    made = Life()
    yield made
    made.is_broken = True  # its end is not played once more
    made.teardown()


def broken(life: Life) -> list[str]:
    """The promises that do not hold now, by name."""
    names = [name for name, value in vars(Life).items() if hasattr(value, "hypothesis_stateful_invariant")]
    return [name for name in names if not holds(getattr(life, name))]


def holds(promise: Callable[[], None]) -> bool:
    try:
        promise()
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_broken_promise_is_seen(
    life: Life, monkeypatch: Patch, story: Callable[[Life, Patch], None]
) -> None:
    assert broken(life) == []

    story(life, monkeypatch)

    assert STORIES[story] in broken(life)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_the_same_life_of_a_whole_product_keeps_it(life: Life, story: Callable[[Life, Patch], None]) -> None:
    class NoPatch:
        def setattr(self, *_: object) -> None:
            """Nothing is broken."""

    story(life, NoPatch())  # type: ignore[arg-type]

    assert broken(life) == []


def test_a_text_that_is_never_fetched_is_lost(life: Life, monkeypatch: Patch) -> None:
    monkeypatch.setattr("outbox.missed.sids_we_know", lambda _session, sids: set(sids))
    life.text_is_missed(number=CLIENT_NUMBER, words=QUESTION)

    life._come_to_rest()
    with pytest.raises(AssertionError, match="not on file once"):
        life._check_nothing_is_lost()


def test_a_text_that_nobody_looks_after_is_lost(life: Life, monkeypatch: Patch) -> None:
    monkeypatch.setattr("bot.conversation._respond", lambda *_: None)
    ask(life)

    life._come_to_rest()
    with pytest.raises(AssertionError, match="left alone"):
        life._check_nothing_is_lost()


def test_a_text_that_only_counts_as_sent_is_lost(life: Life, monkeypatch: Patch) -> None:
    def believe(session: Any, message: Any, attempt: Any, **given: Any) -> None:
        settle_accepted(
            session, message, attempt, sid="SM1", status=None, now=given["now"], machine=given["machine"]
        )

    monkeypatch.setattr(outcome, "on_unknown", believe)
    ask(life)
    life.carrier_misbehaves(way="lose")
    life.worker_works()

    life._come_to_rest()
    with pytest.raises(AssertionError, match="the carrier does not have it"):
        life._check_nothing_is_lost()


def test_a_text_that_is_never_taken_over_never_ends(life: Life, monkeypatch: Patch) -> None:
    monkeypatch.setattr("outbox.delivery.recover_expired", lambda *_, **__: 0)
    ask(life)
    at = moment_of("after a send", life)
    ask(life, words=ANOTHER)
    life.worker_is_killed(moment=at)

    with pytest.raises(AssertionError, match="never ends"):
        life._come_to_rest()
