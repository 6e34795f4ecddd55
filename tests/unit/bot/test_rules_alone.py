"""The rules without the weights: each part that only they have is seen to matter."""

from dataclasses import replace

import pytest

from bot.decision import Action, Context, Decision, Urgency
from bot.router import decide
from bot.word_weights import NO_WEIGHTS
from tests.support.understanding import vocabulary


def decided_by_rules(text: str) -> Decision:
    return decide(text, Context(), replace(vocabulary(), weights=NO_WEIGHTS))


@pytest.mark.parametrize(
    "text",
    [
        "last year my throat was closing",
        "my throat was closing up years ago",
        "hace anos se me cerraba la garganta",
    ],
)
def test_history_goes_to_a_person_the_same_day_without_the_emergency_words(text: str) -> None:
    found = decided_by_rules(text)
    assert (found.action, found.urgency) == (Action.ESCALATE, Urgency.TODAY)


@pytest.mark.parametrize(
    ("text", "yielding", "topic"),
    [
        ("when does it kick in, one brow is higher", "results_timing", "brow_asymmetry"),
        ("how long does it last until i can go to the sauna", "duration", "sauna_heat"),
    ],
)
def test_a_topic_yields_to_the_one_it_belongs_to(text: str, yielding: str, topic: str) -> None:
    found = decided_by_rules(text)
    assert topic in found.intents
    assert yielding not in found.intents


def test_a_second_topic_needs_words_of_its_own() -> None:
    found = decided_by_rules("can i rub the bruise")
    assert set(found.intents) == {"bruising", "rub_massage"}
    assert len(decided_by_rules("can i go to the hot yoga").intents) == 1


@pytest.mark.parametrize(
    "text", ["day 9 and the bumps are still there", "20 days later and the bruise is still there"]
)
def test_beyond_the_days_the_page_speaks_of_a_person_answers(text: str) -> None:
    assert decided_by_rules(text).action is Action.ESCALATE


def test_an_eyelid_alone_is_for_a_person_the_same_day() -> None:
    found = decided_by_rules("one eyelid sits lower than the other")
    assert (found.action, found.urgency) == (Action.ESCALATE, Urgency.TODAY)
    assert "eyelid" in found.reason.note


@pytest.mark.parametrize(
    "text", ["how much is it", "running late!", "can i book for friday", "cuanto cuesta"]
)
def test_bookings_and_prices_are_named_to_the_person(text: str) -> None:
    assert "booking" in decided_by_rules(text).reason.note
