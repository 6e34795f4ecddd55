"""Filling in values: never half-filled, never anything but words that a person wrote."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.catalogue import Edit, Edits, MissingValue, Pack
from messages.fields import FIELDS, clean_value
from messages.filling import fill
from messages.versions import version_of

CLINIC = {"clinic_name": "Cape Skin", "clinic_phone": "(573) 555-0100", "emergency_number": "911"}


def test_uneven_on_day_5_waits_for_day_14_with_its_date(pack: Pack) -> None:
    words = pack.render("results_timing", "en", "before_day_14", {"day_14_date": "Fri, Mar 20"})

    assert "We add nothing before day 14" in words.text
    assert "Fri, Mar 20" in words.text
    assert "refinement" not in words.text


def test_uneven_on_day_16_asks_for_photos_and_offers_refinement(pack: Pack) -> None:
    words = pack.render("results_timing", "en", "day_14_21", {"refinement_until": "Fri, Mar 27"})

    assert "text us photos" in words.text
    assert "refinement" in words.text
    assert "Fri, Mar 27" in words.text


def test_exercise_answer_gives_the_local_clock_time(pack: Pack) -> None:
    words = pack.render("exercise", "en", "within_16h", {"exercise_from": "9:10 am tomorrow"})

    assert "You can work out again from 9:10 am tomorrow." in words.text


@pytest.mark.parametrize("topic", ["sauna_heat", "rub_massage"])
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("variant", ["any", "no_treatment"])
def test_no_duration_for_heat_or_rubbing(pack: Pack, topic: str, language: str, variant: str) -> None:
    text = pack.unrendered(topic, language, variant)

    assert not any(char.isdigit() for char in text)


def test_emergency_words_put_the_emergency_number_first_and_the_clinic_second(pack: Pack) -> None:
    words = pack.render("emergency", "en", "any", {**CLINIC, "urgent_line": "(573) 555-0199"})

    assert words.text.index("911") < words.text.index("(573) 555-0199")
    assert "not always watched" in words.text


def test_a_sentence_without_its_optional_value_is_left_out(pack: Pack) -> None:
    words = pack.render("emergency", "en", "any", CLINIC)

    assert "urgent line" not in words.text
    assert words.text.endswith("wait for us.")


@pytest.mark.parametrize("values", [{}, {"exercise_from": ""}, {"exercise_from": " \u200b\n"}])
def test_a_missing_required_value_is_an_error(pack: Pack, values: Mapping[str, str]) -> None:
    with pytest.raises(MissingValue, match="exercise_from"):
        pack.render("exercise", "en", "within_16h", values)


def test_blank_lines_of_an_edit_leave_no_gap() -> None:
    assert fill("sample", "One.\r\n\n  Two. \n", {}) == "One. Two."


def test_dates_are_left_out_where_the_caller_knows_none(pack: Pack) -> None:
    words = pack.render("exercise", "en", "within_16h", {}, without_dates=True)

    assert "first 16 hours" in words.text
    assert "from" not in words.text


def test_a_value_is_never_read_as_a_placeholder(pack: Pack) -> None:
    values = {**CLINIC, "client_name": "{alert_link} {client_name.__class__} {{7*7}}"}

    words = pack.render("greeting", "en", "any", values)

    assert words.text.startswith("Hi {alert_link} {client_name.__class__} {{7*7}}!")


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        ("Ana\nMaría", "Ana María"),
        ("  Ana  ", "Ana"),
        ("A\x00n\x1ba", "Ana"),
        ("O’Neill", "O'Neill"),
        ("\u202eanA", "anA"),
    ],
)
def test_values_are_made_one_clean_line(value: str, cleaned: str) -> None:
    assert clean_value(value) == cleaned


def test_words_carry_where_they_came_from(pack: Pack) -> None:
    words = pack.render("check_in_thanks_happy", "en", "any", {})

    assert (words.topic, words.language, words.variant) == ("check_in_thanks_happy", "en", "any")
    assert words.version == version_of(pack.unrendered("check_in_thanks_happy", "en", "any"))
    assert len(words.version) == 12
    assert words.segments == 1


def test_a_long_clinic_name_shows_which_texts_it_makes_dearer(pack: Pack) -> None:
    name = "The Cape Girardeau Center for Aesthetic Medicine and Wellness"

    dearer = pack.overlong("en", {"clinic_name": name})

    assert {"aftercare_now", "check_in", "retreatment"} <= {words.topic for words in dearer}
    assert pack.overlong("en", {}) == pack.overlong("es", {}) == ()


def test_version_does_not_depend_on_the_values(pack: Pack) -> None:
    versions = {
        pack.render("results_timing", "en", "before_day_14", {"day_14_date": date}).version
        for date in ("Fri, Mar 20", "Sat, Mar 21")
    }

    assert len(versions) == 1


def test_unknown_variant_is_a_key_error(pack: Pack) -> None:
    with pytest.raises(KeyError, match="no variant 'later'"):
        pack.render("exercise", "en", "later", {})


@pytest.mark.parametrize(
    ("topic", "language", "edit", "text_is_edit", "approved"),
    [
        ("duration", "en", None, False, True),  # English restates the page
        ("duration", "es", None, False, False),
        ("duration", "es", Edit(None, approved=True, base_version="own"), False, True),
        (
            "duration",
            "es",
            Edit(None, approved=True, base_version="old"),
            False,
            False,
        ),  # words changed since
        ("duration", "en", Edit("Ours.", approved=False, base_version="own"), True, False),
        ("duration", "en", Edit("Ours.", approved=True, base_version="old"), True, True),
        ("check_in_thanks_happy", "es", None, False, True),  # holds no answer of the page
        ("check_in_thanks_happy", "es", Edit("Ours.", approved=False, base_version="own"), False, True),
        ("check_in_thanks_happy", "es", Edit("Ours.", approved=True, base_version="own"), True, True),
    ],
)
def test_what_counts_as_approved(
    pack: Pack, topic: str, language: str, edit: Edit | None, text_is_edit: bool, approved: bool
) -> None:
    own = version_of(pack.unrendered(topic, language, "any"))
    if edit is not None and edit.base_version == "own":
        edit = Edit(edit.text, approved=edit.approved, base_version=own)
    edits = Edits({(topic, language, "any"): edit} if edit else {})

    words = pack.render(topic, language, "any", {}, edits)

    assert (words.text == "Ours.", words.approved) == (text_is_edit, approved)
    assert (words.version == own) == (not text_is_edit)


def test_in_simulation_everything_counts_as_approved(pack: Pack) -> None:
    draft = Edit("Ours.", approved=False, base_version="x")
    edits = Edits({("duration", "es", "any"): draft}, all_approved=True)

    words = pack.render("duration", "es", "any", {}, edits)

    assert (words.text, words.approved) == ("Ours.", True)


@pytest.mark.parametrize(
    ("topic", "variant", "text", "expected"),
    [
        ("exercise", "within_16h", "Rest a bit.\nYou can go on from {exercise_from}.", None),
        ("exercise", "within_16h", "Wait until {exercise_from}.", "nothing is left"),
        ("exercise", "within_16h", "Wait a bit.", "{exercise_from} is missing"),
        ("exercise", "any", "Ask {doctor}.", "{doctor} is not a known placeholder"),
        ("exercise", "any", "See bit.ly/abc.", "link shortener"),
        ("exercise", "any", "  ", "the text is empty"),
        ("exercise", "any", "Sure " * 100, "4 segments"),
        ("exercise", "any", "Go ahead 💪", "makes the text cost double"),
        ("greeting", "any", "Hi! How is your Botox?", "it says 'botox'"),
        ("exercise", "no_treatment", "From {exercise_from} on.", "needs a treatment on file"),
        ("hours_contact", "any", "Book at {booking_url}", "nothing is left"),
        ("bumps", "any", "Dear {client_names}.", "{client_names} is never filled in here"),
        ("emergency", "any", "Call {emergency_number}. From {exercise_from}.", "{exercise_from} is never"),
        ("greeting", "any", "Hi, {clinic_name}. {alert_link}", "{alert_link} is never filled in here"),
        ("ask_which_client", "any", "Is it about {client_names}?", None),
        ("staff_ack", "any", "{alert_code} is yours. {alert_link}", "Use one of: alert_code, booking_url"),
        ("exercise", "any", "A stray } brace.", "a brace stands alone"),
    ],
)
def test_a_clinics_edit_is_checked(
    pack: Pack, topic: str, variant: str, text: str, expected: str | None
) -> None:
    found = [str(problem) for problem in pack.check_edit(topic, "en", variant, text)]

    assert (not found) if expected is None else any(expected in each for each in found)


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.text(max_size=40)))
def test_filling_gives_a_whole_text_or_an_error(values: dict[str, str]) -> None:
    text = "\n".join(f"{name}: {{{name}}}." for name in FIELDS)

    try:
        filled = fill("sample", text, values)
    except MissingValue:
        return
    assert all(f"{{{name}}}" not in filled or name in "".join(values.values()) for name in FIELDS)
