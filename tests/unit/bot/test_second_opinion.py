"""The second opinion weighs words, says which weighed most, and never answers over a red flag nor hears no keyword."""

import math
from dataclasses import replace

import pytest

from bot.decision import Action, Context, Rule, Urgency
from bot.reading import LONGEST_QUESTION
from bot.router import decide, read_features
from bot.second_opinion import weigh
from bot.thresholds import THRESHOLDS
from bot.word_features import Features
from bot.word_weights import NO_WEIGHTS, WordWeights, pieces_of
from tests.support.own_weights import BIAS, CLASSES, decide_with, weights_for
from tests.support.understanding import NOBODY, decided, vocabulary


def features(text: str) -> Features:
    return read_features(text, NOBODY, vocabulary())[0]


def test_features_are_words_neighbours_concepts_and_signs() -> None:
    found = features("zorbing tomorrow at the gym?")

    assert {"zorbing", "tomorrow", "gym"} <= found.words
    assert {"", "zorbing tomorrow", "zorbing _ at", "S_SPORT", "@question", "@long0"} <= found.names


def test_a_word_is_weighed_with_its_stem_and_its_pieces() -> None:
    assert {"gymnast", "gymna*", "#<gym", "#ast>", "#mnas"} <= set(pieces_of("gymnast"))


@pytest.mark.parametrize(
    "polite", ["Hi! {}", "{}. Thank you so much!", "{} 🙂", "hola {} gracias", "{} please"]
)
def test_good_manners_are_not_weighed(polite: str) -> None:
    plain, with_manners = (
        features("zorbing with my cousins"),
        features(polite.format("zorbing with my cousins")),
    )

    assert with_manners.words == plain.words


def test_shares_add_up_and_the_heaviest_word_is_named() -> None:
    opinion = weigh(features("the zorbing plan"), weights_for("zorbing", "exercise"))

    assert math.isclose(sum(opinion.shares.values()), 1.0)
    assert (opinion.likeliest, opinion.words) == ("exercise", ("zorbing",))


def test_an_emergency_only_the_words_tell_is_an_emergency_and_says_why() -> None:
    action, urgency, note = decide_with("the zorbing is back again", weights_for("zorbing", "emergency"))

    assert (action, urgency) == (Action.EMERGENCY, Urgency.NOW)
    assert note.startswith("judged by all its words together")


def test_what_may_be_an_emergency_is_not_answered() -> None:
    assert decided("can i work out tonight").action is Action.ANSWER
    doubtful = weights_for("zorbing", "emergency", 4.4)

    assert decide_with("can i work out tonight with zorbing", doubtful)[0] is Action.ESCALATE


@pytest.mark.parametrize("text", ["STOP", "stop", "Unsubscribe"])
def test_a_keyword_is_never_overruled(text: str) -> None:
    assert decide_with(text, weights_for(text.lower(), "emergency")) == decide_with(text, NO_WEIGHTS)


@pytest.mark.parametrize(("weight", "also_seen"), [(-4.0, False), (4.0, True)])
def test_an_opt_out_that_may_be_an_emergency_counts_and_a_person_looks_too(
    weight: float, also_seen: bool
) -> None:
    weights = weights_for("zorbing", "emergency", weight, stop="texting")

    found = decide("please stop texting me about zorbing", NOBODY, replace(vocabulary(), weights=weights))

    assert found.action is Action.OPTOUT
    assert found.handoff is also_seen
    assert (found.urgency is Urgency.NORMAL) is not also_seen


def test_an_emergency_that_surely_asks_to_stop_texts_stops_them_too() -> None:
    weights = weights_for("zorbing", "emergency", stop="buzzing")

    found = decide("zorbing again and the buzzing as well", NOBODY, replace(vocabulary(), weights=weights))

    assert (found.action, found.also_stop) == (Action.EMERGENCY, True)


def test_a_red_flag_the_words_speak_against_goes_to_a_person_at_once_and_is_never_answered() -> None:
    text = "my throat is closing in the joke they told about the game last night on tv"
    action, urgency, note = decide_with(text, weights_for("joke", "exercise", 90.0))

    assert (action, urgency) == (Action.ESCALATE, Urgency.NOW)
    assert "red flag: swallowing" in note


def test_a_red_flag_that_is_all_a_text_says_stands_whatever_the_words_say() -> None:
    assert decide_with("my throat is closing", weights_for("throat", "exercise", 90.0))[0] is Action.EMERGENCY


def test_a_red_flag_that_is_all_a_sentence_says_stands_whatever_the_others_say() -> None:
    text = "My throat is closing. That is the joke they told about the game last night on tv"

    assert decide_with(text, weights_for("joke", "exercise", 90.0))[0] is Action.EMERGENCY


def test_what_stands_only_after_a_negator_is_weighed_as_something_else() -> None:
    said, denied = features("i feel dizzy with a rash"), features("i feel fine with no rash")

    assert "S_ALLERGY" in said.names
    assert "~S_ALLERGY" in denied.names
    assert "S_ALLERGY" not in denied.names


def test_a_red_flag_in_a_very_long_story_stands_whatever_the_words_say() -> None:
    text = "my throat is closing " + "and so on " * LONGEST_QUESTION

    assert decide_with(text, weights_for("so", "exercise"))[0] is Action.EMERGENCY


def test_a_clear_reply_to_the_open_question_is_never_overruled() -> None:
    asked = Context(open_question="check_in")

    assert decide_with("all good", weights_for("good", "emergency"), asked)[0] is Action.ACK


def test_an_unclear_reply_to_the_open_question_may_be_an_emergency() -> None:
    asked = Context(open_question="check_in")

    assert (
        decide_with("zorbing in my ears", weights_for("zorbing", "emergency"), asked)[0] is Action.EMERGENCY
    )
    assert decide_with("zorbing in my ears", weights_for("zorbing", "exercise"), asked)[0] is Action.ESCALATE


def test_an_unplaced_question_is_answered_only_without_danger() -> None:
    text = "zorbing with my cousins"
    sure = weights_for("zorbing", "exercise")
    doubtful = WordWeights(CLASSES, sure.danger, {**sure.topics, "cousins": ((1, 40.0),)}, 0.25)

    assert decide_with(text, sure)[0] is Action.ANSWER
    assert decide_with(text, doubtful)[0] is Action.ESCALATE


def test_a_text_that_asks_two_things_is_answered_twice_unless_there_is_danger() -> None:
    text, names = "zorbing with my cousins", ("exercise", "bruising", "clinical_other", "other")
    topics = {"": tuple((n, BIAS) for n in range(4)), "zorbing": ((0, 40.0),), "cousins": ((1, 40.0),)}
    both = WordWeights(names, {"": (2 * BIAS, BIAS)}, topics, 0.25)
    doubtful = WordWeights(names, both.danger, {**topics, "with": ((2, 40.0),)}, 0.25)

    assert set(decide(text, Context(), replace(vocabulary(), weights=both)).intents) == {
        "exercise",
        "bruising",
    }
    assert decide_with(text, doubtful)[0] is Action.ESCALATE


def test_an_opt_out_in_unknown_words_is_heard_and_a_person_looks() -> None:
    weights = weights_for("zorbing", "stop")

    found = decide("zorbing with my cousins", NOBODY, replace(vocabulary(), weights=weights))

    assert (found.action, found.handoff, found.urgency) == (Action.OPTOUT, True, Urgency.NORMAL)


def test_texts_that_are_wanted_are_never_stopped_by_the_words() -> None:
    weights = weights_for("zorbing", "stop")

    assert decide_with("i love getting these messages about zorbing", weights)[0] is not Action.OPTOUT


LONG = "zorbing with my cousins and their old neighbours from the other side of town"


@pytest.mark.parametrize(
    ("text", "also", "heard"),
    [
        (LONG, "nobody", True),
        (LONG, "cousins", False),  # as likely something else
        ("zorbing with my cousins", "nobody", False),  # too little said to be sure of it
    ],
)
def test_an_opt_out_in_unknown_words_is_heard_where_hardly_anything_else_is_likely(
    text: str, also: str, heard: bool
) -> None:
    likely = weights_for("zorbing", "stop", -1.0 - BIAS)
    torn = WordWeights(CLASSES, likely.danger, {**likely.topics, also: ((1, 8.0 - BIAS),)}, 0.25)

    assert (decide_with(text, torn)[0] is Action.OPTOUT) is heard


@pytest.mark.parametrize(
    ("text", "kept_back"),
    [
        ("can i work out tonight. the zorbing is back", True),
        ("can i work out tonight with the zorbing back", False),
        ("can i work out tonight. the weather is back", False),
    ],
)
def test_a_question_is_not_answered_where_another_sentence_may_be_an_emergency(
    text: str, kept_back: bool
) -> None:
    danger = {"": (-8.0, BIAS), "zorbing": (7.0, 0.0), "tonight": (-20.0, 0.0)}
    topics = {"": tuple((n, BIAS) for n in range(len(CLASSES))), "tonight": ((0, 40.0),)}

    action = decide_with(text, WordWeights(CLASSES, danger, topics, 0.25))[0]

    assert action is (Action.ESCALATE if kept_back else Action.ANSWER)


def test_the_shipped_weights_know_every_topic_and_are_in_use() -> None:
    assert {*vocabulary().topics, "clinical_other", "other"} == set(vocabulary().weights.classes)
    assert THRESHOLDS.look < THRESHOLDS.keep < THRESHOLDS.alone < THRESHOLDS.alarm
    assert decided("I can't breathe").reason.rule is Rule.RED_FLAG


def test_a_doubted_opt_out_beside_a_symptom_that_is_not_cleared_is_seen_the_same_day() -> None:
    weights = weights_for("zorbing", "exercise")
    doubting = WordWeights(CLASSES, {**weights.danger, "list": (0.0, -40.0)}, weights.topics, 0.25)

    action, urgency, note = decide_with("take me off the list. my aunt had a stroke years ago", doubting)

    assert (action, urgency) == (Action.ESCALATE, Urgency.TODAY)
    assert "no opt-out" in note
