"""What a thumb, a mood or good manners do to a text must not change its decision."""

import random

import pytest

from bot.decision import Action, Decision
from tests.support.understanding import decided, labelled

SAMPLE = tuple(row["text"] for row in labelled("development")[::2]) + tuple(
    row["text"] for row in labelled("tuning")[::9]
)
TOLD = (Action.EMERGENCY, Action.ESCALATE)


def same(one: Decision, other: Decision) -> bool:
    return (one.action, set(one.intents)) == (other.action, set(other.intents))


@pytest.mark.parametrize(
    "change",
    [str.upper, str.title, lambda t: f"  {t}  ", lambda t: t.replace("'", "’")],
    ids=["capitals", "title", "spaces", "typographic apostrophe"],
)
def test_looks_of_a_text_change_nothing(change) -> None:  # type: ignore[no-untyped-def]
    differing = [text for text in SAMPLE if not same(decided(text), decided(change(text)))]

    assert differing == []


@pytest.mark.parametrize("extra", [" 🙂", " 😩😩", " 🤷‍♀️", "!!"])
def test_emoji_and_exclamation_marks_change_nothing(extra: str) -> None:
    differing = [text for text in SAMPLE if not same(decided(text), decided(text + extra))]

    assert len(differing) <= 0.01 * len(SAMPLE), differing


@pytest.mark.parametrize("courtesy", ["Hi! {}", "{}. Thank you so much!", "Hello ladies, {}. thx"])
def test_added_courtesy_changes_little_and_never_an_alarm(courtesy: str) -> None:
    pairs = [
        (text, decided(text), decided(courtesy.format(text))) for text in SAMPLE if len(text.split()) > 1
    ]
    differing = [text for text, plain, polite in pairs if not same(plain, polite)]
    silenced = [
        text
        for text, plain, polite in pairs
        if plain.action is Action.EMERGENCY and polite.action not in TOLD
    ]

    assert silenced == []
    assert len(differing) <= 0.02 * len(SAMPLE), differing


def swap_letters(text: str, chance: random.Random) -> str:
    """Two neighbouring letters exchanged in one long word."""
    words = text.split()
    long = [i for i, word in enumerate(words) if len(word) >= 6 and word.isalpha()]
    if not long:
        return text
    place = chance.choice(long)
    cut = chance.randrange(1, len(words[place]) - 2)
    word = words[place]
    words[place] = word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :]
    return " ".join(words)


def test_a_typo_never_silences_an_alarm() -> None:
    chance = random.Random(3)
    emergencies = [row["text"] for row in labelled("tuning") if row["label"] == "emergency"]
    typed = [(text, swap_letters(text, chance)) for text in emergencies]
    silenced = [wrong for _, wrong in typed if decided(wrong).action not in TOLD]
    weakened = [wrong for _, wrong in typed if decided(wrong).action is Action.ESCALATE]

    assert silenced == []
    assert len(weakened) <= 0.05 * len(emergencies), weakened


def test_a_typo_changes_few_answers() -> None:
    chance = random.Random(5)
    answered = [text for text in SAMPLE if decided(text).action is Action.ANSWER]
    typed = [(text, swap_letters(text, chance)) for text in answered]
    differing = [wrong for text, wrong in typed if not same(decided(text), decided(wrong))]

    assert len(differing) <= 0.12 * len(answered), differing


@pytest.mark.parametrize("slip", ["stpo", "Sotp", "ST0P", "stp", "s t o p", "s.t.o.p."])
def test_stop_with_a_slip_that_is_no_word_is_an_opt_out(slip: str) -> None:
    assert decided(slip).action is Action.OPTOUT


@pytest.mark.parametrize("word", ["atop", "shop", "step", "stomp", "stoop", "sop"])
def test_a_word_that_looks_like_stop_goes_to_a_person(word: str) -> None:
    assert decided(word).action is Action.ESCALATE
