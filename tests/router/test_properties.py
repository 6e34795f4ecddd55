"""For any text at all: a decision, no exception, no runaway work; and a red flag is never talked over."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bot.matching as matching
from bot.clauses import gather
from bot.decision import Action, Context
from bot.matching import MOST_MATCHES
from bot.places import Chart
from bot.reading import LEFT_OUT_OF_STORIES, RED_FLAGS, Reading, Vocabulary
from bot.red_flags import find_red_flags
from bot.text import MAX_CHARACTERS, read_words
from tests.support.understanding import decided, labelled, vocabulary

FLAGS = (
    "I can't breathe",
    "my throat is closing",
    "I'm seeing double",
    "I want to kill myself",
    "no puedo tragar",
    "my face is drooping on one side",
    "me falta el aire",
)
WORDS = (
    "no",
    "my",
    "botox",
    "gym",
    "tonight",
    "can",
    "i",
    "thanks",
    "stop",
    "please",
    "day",
    "5",
    "sauna",
    "lol",
    "never",
    "if",
    "my sister",
    "years ago",
    "what",
    "bruise",
    "hoy",
    "gracias",
    "sin",
    "puedo",
    "cita",
)
LONGEST = 1700  # characters; Hypothesis itself makes up few texts of more than some dozens


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400), st.booleans())
def test_any_text_gets_a_decision(text: str, again_and_again: bool) -> None:
    assert decided((text * LONGEST)[:LONGEST] if again_and_again else text).action in Action


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80), st.booleans(), st.booleans())
def test_any_pair_of_texts_in_any_context_gets_a_decision(
    one: str, other: str, opted_out: bool, photo: bool
) -> None:
    context = Context(previous_text=one, opted_out=opted_out, has_photo=photo, open_question="check_in")

    assert decided(other, context).action in Action


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=14), st.sampled_from(FLAGS), st.booleans())
def test_a_red_flag_beside_any_words_is_an_emergency(words: list[str], flag: str, first: bool) -> None:
    rest = " ".join(words)

    assert decided(f"{flag}. {rest}" if first else f"{rest}. {flag}").action is Action.EMERGENCY


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.sampled_from(FLAGS))
def test_a_red_flag_after_any_text_is_an_emergency(text: str, flag: str) -> None:
    assert decided(f"{text}\n{flag}").action is Action.EMERGENCY


@pytest.mark.parametrize("piece", ["can't breathe ", "i ", "no ", "swalowing thraot ", "day 5 still moving "])
def test_work_grows_with_the_words_not_with_their_square(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def steps(words: int) -> int:
        count = 0
        one_step = matching._read

        def counted(*args: object) -> object:
            nonlocal count
            count += 1
            return one_step(*args)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr(matching, "_read", counted)
            vocabulary().read(piece * words)
        return count

    assert steps(80) <= 3 * steps(40) + 200


def run_together(characters: int) -> list[str]:
    """Texts made of nothing but labelled sentences, as dense with symptoms as a text can be."""
    sentences = [
        row["text"] for name in ("second_tuning", "fourth_tuning", "stranger_b") for row in labelled(name)
    ]
    joined = " ".join(sentences)
    return [joined[i : i + characters] for i in range(0, len(joined) - characters, 4 * characters)]


def test_the_longest_texts_try_few_of_the_patterns_and_are_not_weighed_for_topics() -> None:
    words = vocabulary()
    for text in run_together(MAX_CHARACTERS):
        chart = Chart(words.lexicon.place(read_words(text, words.spelling)), words.choices_of_stories)
        tried = len([*words.index_of_stories.possible(chart), *words.red_flags.possible(chart)])
        reading = words.read(text)

        assert tried <= 0.08 * len(words.index.patterns)
        assert sum(map(len, reading.found.values())) <= MOST_MATCHES * tried
        assert not LEFT_OUT_OF_STORIES & reading.found.keys()


def test_of_the_longest_texts_the_gravest_is_heard_and_not_every_sign_of_it() -> None:
    words = vocabulary()
    judged = {True: 0, False: 0}
    for text in run_together(MAX_CHARACTERS):
        reading = words.read(text)
        find = reading.find_symptoms
        assert find is not None
        whole = replace(reading, find_symptoms=None, found={**reading.found, RED_FLAGS: tuple(find(set()))})
        found = {
            is_whole: find_red_flags(one, gather(one), words.families)
            for is_whole, one in ((True, whole), (False, reading))
        }
        for is_whole, flags in found.items():
            judged[is_whole] += len(flags.judged)

        assert set(found[False].families) <= set(found[True].families)
        assert found[True].emergency == found[False].emergency
        assert found[True].unsure == found[False].unsure

    assert judged[False] < 0.5 * judged[True]


def test_two_texts_in_a_row_are_read_twice_at_most_when_nothing_new_comes_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    readings: list[str] = []
    read = Vocabulary.read

    def counted(self: Vocabulary, text: str) -> Reading:
        readings.append(text)
        return read(self, text)

    monkeypatch.setattr(Vocabulary, "read", counted)
    decided("and tomorrow?", Context(previous_text="thanks so much"))

    assert len(readings) == 2


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from([*WORDS, "trouble breathing", "blurry", ".", ",", "not", "i", "dont"]), max_size=60
    )
)
def test_no_negator_that_denies_a_symptom_is_passed_over(words: list[str]) -> None:
    reading = vocabulary().read(" ".join(words))
    negators = gather(reading).negators.values()
    for match in (match for rows in reading.found.values() for match in rows):
        for group in negators:
            deny = [negator for negator in group.each if negator.denies(match)]
            assert not deny or group.near(match) == group.each
