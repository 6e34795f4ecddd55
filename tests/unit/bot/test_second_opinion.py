"""The second opinion weighs words, says which weighed most, and never silences a named red flag or a keyword."""

import math
from dataclasses import replace

import pytest

from bot.combining import THRESHOLDS
from bot.decision import Action, Context, Rule, Urgency
from bot.reading import WordWeights
from bot.router import decide
from bot.second_opinion import features_of, weigh
from tests.support.understanding import NOBODY, decided, vocabulary

CLASSES = ("exercise", "emergency", "stop", "clinical_other", "other")


def weights_for(word: str, name: str, weight: float = 20.0) -> WordWeights:
    """Weights in which one word speaks for one class and nothing else counts."""
    return WordWeights(CLASSES, {word: ((CLASSES.index(name), weight),)}, 0.25)


def test_features_are_words_pairs_stems_concepts_and_signs() -> None:
    found = features_of(vocabulary().read("zorbing tomorrow?"))

    assert {"", "zorbing", "tomorrow", "zorbing tomorrow", "zorbi*", "tomor*", "@question"} <= found


def test_probabilities_add_up_and_the_heaviest_word_is_named() -> None:
    opinion = weigh(vocabulary().read("the zorbing plan"), weights_for("zorbing", "exercise"))

    assert math.isclose(sum(opinion.probabilities.values()), 1.0)
    assert (opinion.likeliest, opinion.words) == ("exercise", ("zorbing",))


def test_a_text_of_unknown_words_leaves_every_class_equally_likely() -> None:
    opinion = weigh(vocabulary().read("qqq www"), weights_for("zorbing", "exercise"))

    assert set(opinion.probabilities.values()) == {1 / len(CLASSES)}


def decide_with(text: str, weights: WordWeights, context: Context = NOBODY) -> tuple[Action, Urgency, str]:
    found = decide(text, context, replace(vocabulary(), weights=weights))
    return found.action, found.urgency, found.reason.note


def test_an_emergency_only_the_words_tell_is_an_emergency_and_says_why() -> None:
    action, urgency, note = decide_with("the zorbing is back again", weights_for("zorbing", "emergency"))

    assert (action, urgency) == (Action.EMERGENCY, Urgency.NOW)
    assert note.startswith("second opinion by word weights")


def test_what_may_be_an_emergency_is_not_answered() -> None:
    found = decide_with("can i work out tonight with zorbing", weights_for("zorbing", "emergency", 4.5))

    assert (found[0], found[1]) == (Action.ESCALATE, Urgency.NOW)


@pytest.mark.parametrize("text", ["STOP", "my throat is closing", "stop stop stop"])
def test_a_keyword_and_a_named_red_flag_are_never_overruled(text: str) -> None:
    certain = WordWeights(CLASSES, {"": ((CLASSES.index("other"), 90.0),)}, 0.25)

    assert decide_with(text, certain) == decide_with(text, WordWeights((), {}, 0.0))


def test_the_open_question_is_never_overruled() -> None:
    certain = WordWeights(CLASSES, {"": ((CLASSES.index("emergency"), 90.0),)}, 0.25)

    assert decide_with("1", certain, Context(open_question="check_in"))[0] is Action.ACK


def test_an_unplaced_question_is_answered_only_without_danger() -> None:
    text, danger = "zorbing with my cousins", CLASSES.index("clinical_other")
    sure = weights_for("zorbing", "exercise")
    doubtful = replace(sure, features={**sure.features, "cousins": ((danger, 20.0),)})

    assert decide_with(text, sure)[0] is Action.ANSWER
    assert decide_with(text, doubtful)[0] is Action.ESCALATE


def test_the_shipped_weights_know_every_topic_and_are_in_use() -> None:
    topics = set(vocabulary().topics)

    assert topics | {"emergency", "stop", "clinical_other", "other"} == set(vocabulary().weights.classes)
    assert THRESHOLDS.look_today < THRESHOLDS.look_now < THRESHOLDS.alarm
    assert decided("I can't breathe").reason.rule is Rule.RED_FLAG
