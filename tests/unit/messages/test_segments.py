"""Segments as the carrier counts them, and folding that touches punctuation and spaces only."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.segments import count_segments, fold

# Answers of Twilio's own calculator (npm sms-segments-calculator 1.3.0, November 2026): [text, encoding, segments].
ORACLE = json.loads(Path(__file__).with_name("segments_oracle.json").read_text(encoding="utf-8"))


def test_counts_agree_with_the_carriers_own_calculator() -> None:
    ours = [[text, count_segments(text).encoding, count_segments(text).segments] for text, _, _ in ORACLE]

    assert ours == ORACLE


@pytest.mark.parametrize(
    ("text", "units", "per_part"),
    [
        ("a" * 160, 160, 160),
        ("a" * 161, 161, 153),
        ("€", 2, 160),
        ("ó" * 70, 70, 70),
        ("ó" * 71, 71, 67),
        ("😀", 2, 70),
    ],
)
def test_units_and_room_in_a_part(text: str, units: int, per_part: int) -> None:
    count = count_segments(text)

    assert (count.units, count.per_part) == (units, per_part)


def test_characters_that_made_it_dear_are_named_once_in_order() -> None:
    assert count_segments("más o menos, así: más ✓").offending == ("á", "í", "✓")


def test_a_pair_is_never_split_over_two_parts() -> None:
    fits = "a" * 151 + "€" + "a" * 153
    splits = "a" * 152 + "€" + "a" * 152

    assert count_segments(fits).segments == 2
    assert count_segments(splits).segments == 3


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("“Hi” — it’s ‘fine’…", "\"Hi\" - it's 'fine'..."),
        ("9:10\u202fam\u00a0tomorrow", "9:10 am tomorrow"),
        ("a\u200bb\ufeffc\u00add", "abcd"),
        ("one\r\ntwo\u2028three", "one\ntwo\nthree"),
        ("¿Qué tal, María? ¡Mañana sí!", "¿Qué tal, María? ¡Mañana sí!"),
        ("Rene\u0301 Mun\u0303oz", "René Muñoz"),
        ("«sí» • no", '"sí" - no'),
        ("👨‍👩‍👧 ❤️ 🇺🇸", "👨‍👩‍👧 ❤️ 🇺🇸"),
    ],
)
def test_folding_makes_look_alikes_plain(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Lo", "Nd"], max_codepoint=0x2AF)))
def test_folding_leaves_letters_and_digits_alone(text: str) -> None:
    assert fold(text) == text


@given(st.text(max_size=400))
def test_any_text_has_a_count_that_fits_its_units(text: str) -> None:
    count = count_segments(text)

    assert count.segments >= 1
    assert count.units <= count.segments * count.per_part
