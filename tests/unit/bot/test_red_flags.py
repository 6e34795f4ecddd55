"""Red flags with what takes their force away. The window "hours to weeks" (boxed warnings) knows no day limit."""

from datetime import timedelta

import pytest

from bot.decision import Action, Context, Urgency
from tests.support.understanding import decided, vocabulary

EXAMPLES = [(family.family, text) for family in vocabulary().families.values() for text in family.examples]


@pytest.mark.parametrize(("family", "text"), EXAMPLES)
def test_every_published_example_alarms_with_its_words(family: str, text: str) -> None:
    found = decided(text)

    assert found.action is Action.EMERGENCY
    assert found.emergency == vocabulary().families[family].words


@pytest.mark.parametrize(
    "text",
    [
        "no trouble breathing, can i run tonight",
        "the price gave me a heart attack lol",
        "sorry the pics are blurry",
        "can botox cause trouble breathing?",
        "my aunt had a stroke years ago, is botox ok",
        "i can breathe fine, just a bruise",
        "no me cuesta respirar, solo un moreton",
    ],
)
def test_negation_idiom_history_and_hypothesis_do_not_alarm(text: str) -> None:
    assert decided(text).action is not Action.EMERGENCY


@pytest.mark.parametrize("text", ["can botox cause trouble breathing?", "what if my throat closes up"])
def test_a_hypothetical_symptom_reaches_a_person_the_same_day(text: str) -> None:
    found = decided(text)

    assert (found.action, found.urgency) == (Action.ESCALATE, Urgency.TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "no trouble breathing but I can't swallow",
        "no i cant breathe",
        "I didn't have trouble breathing yesterday but I do today",
        "ayer no tenia problema pero hoy no puedo tragar",
    ],
)
def test_negation_ends_where_the_thought_ends(text: str) -> None:
    assert decided(text).action is Action.EMERGENCY


def test_droopy_lid_alone_goes_to_a_person_today_and_with_vision_change_alarms() -> None:
    alone, with_vision = decided("my eyelid is droopy"), decided("my eyelid is droopy and i see double")

    assert (alone.action, alone.urgency) == (Action.ESCALATE, Urgency.TODAY)
    assert with_vision.action is Action.EMERGENCY


def test_self_harm_has_its_own_words() -> None:
    assert decided("i dont want to live anymore").emergency == "self_harm"


@pytest.mark.parametrize("day", [0, 14, 20, 120])
def test_no_day_switches_red_flags_off(day: int) -> None:
    context = Context(elapsed=timedelta(days=day), day=day, open_question="check_in")

    assert decided("trouble swallowing", context).action is Action.EMERGENCY


def test_the_reason_names_words_and_negation() -> None:
    found = decided("no trouble breathing, can i run tonight")

    assert found.reason.negated == ("trouble", "breathing")
    assert "run" in found.reason.words
