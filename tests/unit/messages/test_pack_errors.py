"""A broken words pack: every problem at once, each with its file and its cure."""

import shutil
from pathlib import Path

import pytest

from messages.catalogue import DEFAULT_PACK, PackError, load_pack

EXERCISE = "en/exercise.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(DEFAULT_PACK, tmp_path / "pack")


def change(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(PackError) as caught:
        load_pack(folder)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (EXERCISE, "{exercise_from}.", "{excercise_from}.", "{excercise_from} is not a known placeholder"),
        (EXERCISE, "take it easy", "{client_names}", "{client_names} is never filled in here"),
        ("es/check_in.toml", "el resultado", "{alert_code}", "{alert_code} is never filled in here"),
        (EXERCISE, "again from {exercise_from}.", "again soon.", "{exercise_from} is missing"),
        (EXERCISE, "take it easy", "take it {easy", "a brace stands alone"),
        (EXERCISE, "take it easy", "take it easy " * 40, "segments (GSM-7"),
        (EXERCISE, "take it easy", "see https://bit.ly/x1", "it holds a link shortener"),
        (EXERCISE, "take it easy", "take it easy ✓", "'✓' makes the text cost double"),
        (EXERCISE, 'kind = "faq"', 'kind = "joke"', "kind 'joke' is unknown"),
        (EXERCISE, 'kind = "faq"', 'kind = "faq"\nmax_segments = 9', "max_segments is 9"),
        (EXERCISE, 'when = "within_16h"', 'when = "day_14_21"', "the variants differ"),
        (EXERCISE, 'when = "any"', 'when = "later"', "no variant for hour 16"),
        (EXERCISE, 'when = "within_16h"', 'when = "any"', "any appears twice"),
        (EXERCISE, 'id = "exercise"', 'id = "sport"', "the id is not the name of the file"),
        (EXERCISE, "approved_by_page = true", "aproved_by_page = true", "aproved_by_page is not a known key"),
        (EXERCISE, "[[variant]]", "[[variant]", "this is not valid TOML"),
        (
            EXERCISE,
            "What name is",
            "From {exercise_from}. What name is",
            "{exercise_from} needs a treatment on file",
        ),
        (
            "en/bumps.toml",
            "{ to_hours = 24 }",
            "{ to_hours = 24, to_days = 1 }",
            "ends both in hours and in days",
        ),
        ("en/bumps.toml", 'when = "any"', 'when = "day_14_21"', "day_14_21 is never used"),
        ("en/check_in.toml", "your result", "your Botox result", "it says 'botox'"),
        ("en/check_in.toml", "your result", "your forehead", "it says 'forehead'"),
        ("es/check_in.toml", "el resultado", "la inyección", "it says 'inyeccion'"),
        ("en/check_in.toml", "How do you like", "We would love to know: how do you like", "2 segments"),
        ("en/check_in.toml", 'kind = "reminder"', 'kind = "faq"', 'Write kind = "reminder".'),
        ("en/emergency.toml", "Call {emergency_number}", "Call 911", "{emergency_number} is missing"),
        ("es/exercise.toml", "con calma", "con más calma, así", "segments (UCS-2"),
        (
            "es/exercise.toml",
            'id = "exercise"\n',
            'id = "exercise"\nkind = "faq"\n',
            "kind is not a known key",
        ),
        ("plan.toml", 'id = "check_in"', 'id = "birthday"', "birthday.toml: this topic is missing"),
        ("pack.toml", '["en", "es"]', "[]", "the pack has no language"),
        ("pack.toml", '["en", "es"]', '["en", "es", "fr"]', "the folder fr is missing"),
    ],
)
def test_each_mistake_is_named(folder: Path, name: str, old: str, new: str, expected: str) -> None:
    change(folder, name, old, new)

    assert any(expected in problem for problem in problems_of(folder))


def test_a_topic_missing_in_a_language_is_named(folder: Path) -> None:
    (folder / "es" / "bumps.toml").unlink()

    assert problems_of(folder) == ["es/bumps.toml: the file is missing. Add it to the words pack."]


def test_a_topic_only_in_another_language_is_named(folder: Path) -> None:
    (folder / "en" / "bumps.toml").unlink()

    assert any(problem.startswith("en/bumps.toml: the file is missing") for problem in problems_of(folder))


def test_a_missing_needed_topic_is_named(folder: Path) -> None:
    for language in ("en", "es"):
        (folder / language / "emergency.toml").unlink()

    assert problems_of(folder) == ["emergency.toml: this topic is missing. Add it, with kind = emergency."]


def test_a_file_in_another_encoding_is_named(folder: Path) -> None:
    (folder / "es" / "bumps.toml").write_text("id = 'mañana'", encoding="latin-1")

    assert any("es/bumps.toml: the file is not UTF-8" in problem for problem in problems_of(folder))


def test_all_problems_come_at_once(folder: Path) -> None:
    change(folder, "en/exercise.toml", "take it easy", "see bit.ly/1")
    change(folder, "en/duration.toml", "3-4 months", "{months}")
    change(folder, "plan.toml", "rank = 40", "rank = 50")

    found = "\n".join(problems_of(folder))

    assert all(name in found for name in ("en/exercise.toml", "en/duration.toml", "plan.toml"))


def claim(folder: Path, topic: str, extra: str) -> None:
    change(folder, f"en/{topic}.toml", "\n\n[[variant]]", f"\n{extra}\n\n[[variant]]")


def test_a_phrase_claimed_twice_needs_an_order(folder: Path) -> None:
    claim(folder, "exercise", 'phrases = ["Can I sweat?"]')
    claim(folder, "sauna_heat", 'phrases = ["can i sweat"]')

    assert problems_of(folder) == [
        "en: the phrase 'can i sweat' is claimed by exercise and sauna_heat. "
        "Give them a phrase_order, or take it out of one."
    ]


def test_a_phrase_claimed_twice_goes_to_the_lower_order(folder: Path) -> None:
    claim(folder, "exercise", 'phrases = ["Can I sweat?"]\nphrase_order = 2')
    claim(folder, "sauna_heat", 'phrases = ["can i sweat"]\nphrase_order = 1')

    assert load_pack(folder).phrases("en") == (("can i sweat", "sauna_heat"), ("Can I sweat?", "exercise"))
