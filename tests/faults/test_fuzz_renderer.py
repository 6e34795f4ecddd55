"""The renderer over any values and edits: a whole text or MissingValue; a value is never read as a template."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from messages.catalogue import MissingValue, Pack, load_pack
from messages.fields import FIELDS, Need, clean_value, placeholders, sample_values
from messages.segments import count_segments, fold

PACK: Pack = load_pack()
TEXTS = [
    (topic.id, language, when.value)
    for topic in PACK.topics.values()
    for language, words in topic.words.items()
    for when in words.variants
]
ANY = st.text(max_size=60)
NASTY = st.sampled_from(
    [
        "{clinic_name}",
        "{{",
        "}",
        "%s",
        "{0}",
        "${x}",
        "{client_name.__class__}",
        "\u202e",
        "\x00",
        "\n\n",
    ]
)
VALUES = st.dictionaries(st.sampled_from(sorted(FIELDS)), st.one_of(ANY, NASTY), max_size=6)
OURS = re.compile(r"\{[a-z_]+\}")


@given(st.sampled_from(TEXTS), st.sampled_from(sorted(FIELDS)), st.one_of(ANY, NASTY), st.booleans())
def test_a_value_is_put_in_as_it_is_and_never_read_as_a_template(
    text: tuple[str, str, str], name: str, value: str, without_dates: bool
) -> None:
    topic, language, variant = text
    plain = dict.fromkeys(FIELDS, "x")
    try:
        words = PACK.render(topic, language, variant, plain | {name: value}, without_dates=without_dates)
    except MissingValue:
        assert not clean_value(value)
        return
    braces = OURS.findall(words.text)
    assert len(braces) <= words.text.count(clean_value(value)) * max(1, len(OURS.findall(clean_value(value))))
    assert {unicodedata.category(char) for char in words.text if char != "\n"}.isdisjoint({"Cc", "Cs"})


@given(st.sampled_from(TEXTS), VALUES, st.sets(st.sampled_from(sorted(FIELDS)), max_size=6))
def test_half_a_text_is_never_rendered(
    text: tuple[str, str, str], values: dict[str, str], nobody_gave: set[str]
) -> None:
    topic, language, variant = text
    known = sample_values(language) | values
    for name in nobody_gave:
        del known[name]
    needed = [clean_value(known.get(name, "")) for name in required(topic, language, variant)]
    if not all(needed):
        with pytest.raises(MissingValue):
            PACK.render(topic, language, variant, known)
        return
    words = PACK.render(topic, language, variant, known)
    assert [value for value in needed if value not in words.text] == []
    assert words.text.strip()
    assert words.segments == count_segments(words.text).segments >= 1


def required(topic: str, language: str, variant: str) -> list[str]:
    """The placeholders of a wording that it may not leave without."""
    names = placeholders(PACK.unrendered(topic, language, variant))
    return [name for name in names if FIELDS[name].need is not Need.OPTIONAL]


@given(st.sampled_from(TEXTS), st.text(max_size=400))
def test_any_edit_is_judged_and_never_breaks_the_judge(text: tuple[str, str, str], edit: str) -> None:
    problems = PACK.check_edit(*text, edit)

    assert all(str(problem) for problem in problems)
    unknown = set(placeholders(edit)) - set(FIELDS)
    assert problems or not unknown


@example("\r\x85")
@example("\r\r\n")
@given(st.text(max_size=500))
def test_folding_touches_no_letter_and_is_done_after_one_time(text: str) -> None:
    folded = fold(text)

    assert fold(folded) == folded
    letters = [char for char in unicodedata.normalize("NFC", text) if char.isalnum()]
    assert [char for char in folded if char.isalnum()] == letters


@given(st.text(max_size=700), st.text(max_size=100))
def test_more_text_never_costs_less(text: str, more: str) -> None:
    assert count_segments(text + more).segments >= count_segments(text).segments >= 1


def test_every_text_is_whole_with_the_sample_values() -> None:
    for topic, language, variant in TEXTS:
        assert not OURS.search(PACK.render(topic, language, variant, sample_values(language)).text)
