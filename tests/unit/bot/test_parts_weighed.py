"""Parts of a text weighed by themselves: what one of them says does not drown in the rest."""

import pytest

from bot.decision import Action, Urgency
from bot.router import read_features
from bot.word_weights import WordWeights
from tests.support.own_weights import CLASSES, decide_with, decision_by, weights_for
from tests.support.understanding import NOBODY, vocabulary

FOR, AGAINST = 120.0, -240.0
UNLIKELY = -25.0  # of either danger, unless a word says so
CHATTER = "we drove to the lake with aunt mildred and her lovely old dachshund"


def weights_of(**danger: tuple[float, float]) -> WordWeights:
    """Weights in which these words speak for or against an emergency and an opt-out."""
    topics = weights_for("zorbing", "exercise", 90.0).topics
    return WordWeights(CLASSES, {"": (UNLIKELY, UNLIKELY), **danger}, topics, 0.25)


def test_sentences_symptoms_and_opt_outs_are_parts_and_a_whole_text_is_none() -> None:
    found, parts = read_features("is yoga ok. i cant breathe. stop texting me", NOBODY, vocabulary())

    assert [sorted(part.words) for part in parts.sentences] == [
        ["is", "ok", "yoga"],
        ["breathe", "cant", "i"],
        ["me", "stop", "texting"],
    ]
    assert any({"breathe", "yoga"} <= part.words for part in parts.symptoms)
    assert [sorted(part.words) for part in parts.opt_outs] == [["me", "stop", "texting"]]
    assert all(part.words < found.words for kind in parts for part in kind)


def test_one_sentence_with_nothing_found_in_it_has_no_parts() -> None:
    assert [*map(len, read_features("see the lake", NOBODY, vocabulary())[1])] == [0, 0, 0]


@pytest.mark.parametrize(("near", "action"), [("lake", Action.EMERGENCY), ("tonight", Action.ESCALATE)])
def test_a_red_flag_is_weighed_with_the_words_next_to_it(near: str, action: Action) -> None:
    """The further word says nothing against it; the nearer one does."""
    weights = weights_of(**{near: (AGAINST, 0.0), "double": (FOR, 0.0)})

    assert decide_with(f"{CHATTER} and i was seeing double tonight", weights)[0] is action


def test_a_symptom_that_is_not_cleared_alarms_where_its_words_by_themselves_do() -> None:
    text = f"years ago {CHATTER} and i see double"
    weights = weights_of(lake=(AGAINST, 0.0), see=(FOR, 0.0))

    action, _, note = decide_with(text, weights)

    assert action is Action.EMERGENCY
    assert "by themselves" in note


@pytest.mark.parametrize("between", [", my throat is closing, ", " and my throat is closing "])
def test_between_commas_a_bare_red_flag_needs_little(between: str) -> None:
    weights = weights_of(lake=(AGAINST, 0.0), dachshund=(AGAINST, 0.0), closing=(20.0, 0.0))
    stands = decide_with(f"we saw the lake{between}that dachshund of hers barked at it", weights)[0]

    assert (stands is Action.EMERGENCY) is between.startswith(",")


def test_what_is_taken_back_may_be_an_emergency_all_the_same_and_is_not_answered() -> None:
    text = "zorbing with my cousins at the lake this weekend, no trouble breathing"
    calm, doubtful = weights_of(), weights_of(zorbing=(AGAINST, 0.0), breathing=(20.0, 0.0))

    assert decide_with(text, calm)[0] is Action.ANSWER
    assert decide_with(text, doubtful)[0] is Action.ESCALATE


def test_an_opt_out_counts_by_its_own_words_whatever_stands_beside_it() -> None:
    weights = weights_of(lake=(0.0, AGAINST), texting=(0.0, FOR))

    found = decision_by(f"{CHATTER} and please stop texting me", weights)

    assert (found.action, found.handoff, found.urgency) == (Action.OPTOUT, True, Urgency.NORMAL)


def test_an_opt_out_in_unknown_words_counts_in_a_sentence_of_its_own() -> None:
    weights = weights_of(lake=(0.0, AGAINST), zorbing=(0.0, FOR))

    found = decision_by(f"{CHATTER}. no zorbing ever again", weights)

    assert found.action is Action.OPTOUT
    assert "zorbing" in found.reason.words


def test_unknown_words_that_may_be_an_emergency_as_well_are_no_opt_out_but_seen() -> None:
    weights = weights_of(cousins=(21.0, 0.0), zorbing=(0.0, FOR))

    action, urgency, _ = decide_with("no zorbing with my cousins ever again", weights)

    assert (action, urgency) == (Action.ESCALATE, Urgency.TODAY)


@pytest.mark.parametrize("text", ["zorbing with my cousins", "when can i go to the gym with my cousins"])
def test_what_may_ask_to_stop_texts_is_not_answered(text: str) -> None:
    """Neither a topic the words would find, nor one the rules found."""
    gym = weights_for("gym", "exercise", 90.0).topics
    topics = {**weights_of().topics, **gym}
    known, maybe = (
        WordWeights(CLASSES, w.danger, topics, 0.25) for w in (weights_of(), weights_of(cousins=(0.0, 23.0)))
    )

    assert decide_with(text, known)[0] is Action.ANSWER
    assert decide_with(text, maybe)[0] is Action.ESCALATE


def test_a_question_beside_an_opt_out_is_read_by_a_person() -> None:
    asks = decision_by(
        "stop texting me. can i go to the gym", weights_of(texting=(0.0, FOR), stop=(0.0, FOR))
    )
    alone = decision_by("stop texting me", weights_of(texting=(0.0, FOR), stop=(0.0, FOR)))

    assert (asks.action, asks.handoff) == (Action.OPTOUT, True)
    assert (alone.action, alone.handoff) == (Action.OPTOUT, False)
