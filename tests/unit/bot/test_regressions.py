"""A change of words is accepted only if the regression table still passes, and says which line it would break."""

import re
import tomllib
from pathlib import Path

import pytest

from bot.decision import Action
from bot.regression_table import load_regression_table
from bot.regressions import RegressionLine, check_lines, check_phrases, correction, without_repeats
from bot.vocabulary import DEFAULT_FOLDER, VocabularyError, load_vocabulary
from tests.support.understanding import vocabulary

DOCS = Path(__file__).resolve().parents[3] / "docs"


def test_every_shipped_line_passes() -> None:
    assert [broken.describe() for broken in check_lines(load_regression_table(), vocabulary())] == []


def test_a_harmless_phrase_is_accepted() -> None:
    added = (("glow check?", "results_timing"),)

    assert check_phrases(load_regression_table(), vocabulary(), before=(), added=added) == ()


def test_a_phrase_that_takes_over_an_earlier_correction_names_the_line() -> None:
    lines = (correction("quick question about heat", Action.ESCALATE),)

    broken = check_phrases(
        lines, vocabulary(), before=(), added=(("Quick question about heat", "sauna_heat"),)
    )

    assert [one.describe() for one in broken] == [
        "'quick question about heat' (correction) must be escalate, would become answer sauna_heat"
    ]


def test_a_phrase_that_is_a_red_flag_is_refused_because_it_would_never_answer() -> None:
    broken = check_phrases((), vocabulary(), before=(), added=(("i can't breathe", "exercise"),))

    assert [one.action for one in broken] == [Action.EMERGENCY]


def test_a_newer_correction_replaces_an_older_one() -> None:
    older, newer = correction("Hm?", Action.ESCALATE), correction("hm", Action.ACK)

    assert without_repeats([older, newer]) == (newer,)


def test_a_line_is_a_plain_value() -> None:
    assert RegressionLine("x", Action.ESCALATE) == RegressionLine("x", Action.ESCALATE)


def test_the_red_flag_document_and_the_data_agree() -> None:
    document = (DOCS / "red-flags.md").read_text(encoding="utf-8")

    for family in vocabulary().families.values():
        row = next(line for line in document.splitlines() if line.startswith(f"| {family.title} |"))
        assert family.source in row
        assert f"`{family.words}`" in row
        assert all(example in row for example in family.examples)
    assert len(re.findall(r"^\| (?!Family|---)", document, re.MULTILINE)) == len(vocabulary().families)


def test_every_family_has_patterns_in_both_languages() -> None:
    for language in ("en", "es"):
        rows = tomllib.loads((DEFAULT_FOLDER / language / "red_flags.toml").read_text(encoding="utf-8"))
        assert {name for name, row in rows.items() if row["patterns"]} == set(vocabulary().families)


def test_a_broken_folder_is_named(tmp_path: Path) -> None:
    for language in ("en", "es"):
        (tmp_path / language).mkdir()
        (tmp_path / language / "concepts.toml").write_text("")
    (tmp_path / "en" / "topics.toml").write_text('[exercise]\nsure = ["NO_SUCH word"]\n')

    with pytest.raises(VocabularyError, match=r"en/topics.toml \[exercise\]: no concept NO_SUCH"):
        load_vocabulary(tmp_path)
