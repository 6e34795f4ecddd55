"""Very long texts: one sentence among many is heard, and nothing in them is answered from the page."""

from functools import partial

import pytest

from bot.decision import Action
from bot.reading import LONGEST_QUESTION
from bot.text import MAX_CHARACTERS
from tests.router.made import share_of, shares
from tests.router.stories import KINDS, stories_of
from tests.router.test_properties import FLAGS
from tests.support.understanding import decided
from tools.learn_words import JUDGING_STRANGERS

EACH = 8  # stories of each judge and kind
CALM = "We went to the market and bought a basket of pears for the neighbours who feed our cat. "
STORY = CALM * (LONGEST_QUESTION // len(CALM.split()) + 2)

share = partial(share_of, stories_of, each=EACH)


def test_an_emergency_in_one_of_many_sentences_is_heard() -> None:
    assert share("emergency", "emergency words") >= 0.95
    assert share("emergency", "emergency words", "a person") >= 0.99


def test_an_opt_out_in_one_of_many_sentences_is_heard() -> None:
    """Weighed as a whole, of these opt-outs 45 % were heard."""
    assert share("stop", "texts stopped") >= 0.78


def test_few_stories_of_nothing_but_calm_texts_opt_out() -> None:
    assert share("calm", "texts stopped") <= 0.10


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_a_very_long_text_is_answered_or_only_acknowledged(kind: str) -> None:
    assert shares(stories_of, kind, each=EACH).keys().isdisjoint({"answer", "ack"})


@pytest.mark.parametrize("place", ["{} {}", "{1} {0}"])
def test_an_opt_out_beside_a_calm_story_counts_and_a_person_reads_the_rest(place: str) -> None:
    said = decided(place.format(STORY, "Please take me off your list and stop texting me."))

    assert said.action is Action.OPTOUT
    assert said.handoff


def test_a_red_flag_beside_a_calm_story_is_an_emergency() -> None:
    said = decided(f"{STORY} Since noon I can hardly swallow my own spit. {CALM}")

    assert said.action is Action.EMERGENCY


def test_a_symptom_only_the_words_tell_is_heard_in_one_sentence() -> None:
    alone = "my tongue feels thick and the words come out like i am drunk"
    said = decided(f"{STORY} {alone}.")

    assert said.action is Action.EMERGENCY


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("judge", JUDGING_STRANGERS[::5])
def test_a_red_flag_beside_any_story_is_an_emergency(judge: str, flag: str) -> None:
    """Also where another flag of the story is none: of a very long text not every flag is looked for."""
    for story in stories_of(judge, "calm", 4):
        assert decided(f"{story[: MAX_CHARACTERS - 50]}. {flag}.").action is Action.EMERGENCY
