"""A phrase may not take over what is for the emergency words, an opt-out or a person, at the desk or in the files."""

import shutil
from pathlib import Path

import pytest

import deployment
from bot.decision import Action
from bot.phrase_safety import check_pack_phrases, find_unsafe
from bot.regressions import correction
from messages.catalogue import DEFAULT_PACK, Pack, PackError, load_pack
from tests.support.understanding import decided, vocabulary


@pytest.mark.parametrize(
    ("phrase", "why"),
    [
        (
            "i can't breathe",
            "is an emergency. Leave it out: without it such a text gets the emergency words.",
        ),
        ("i cant do this anymore im so ugly", "is an emergency"),
        ("no puedo tragar", "is an emergency"),
        ("stop texting me", "asks to stop texts. Leave it out: without it such a text stops them."),
        (
            "can i take tylenol",
            "asks what is not on the clinic's page (medicine). Leave it out: without it a person",
        ),
        ("vino esta noche", "(alcohol)"),
        ("ok while pregnant", "(pregnancy)"),
        ("flying home tomorrow", "(travel)"),
        ("se me cayo el parpado", "(eyelid)"),
        ("had trouble breathing last year", "may be a red flag"),
    ],
)
def test_a_phrase_that_only_a_person_may_judge_is_unsafe(phrase: str, why: str) -> None:
    found = find_unsafe([(phrase, "exercise")], vocabulary())

    assert [one.phrase for one in found] == [phrase]
    assert why in found[0].describe()


@pytest.mark.parametrize("phrase", ["zumba with mum", "glow check", "mosquito bites", "bolitas chiquitas"])
def test_a_phrase_of_the_clinics_own_is_safe(phrase: str) -> None:
    assert find_unsafe([(phrase, "exercise")], vocabulary()) == ()


def test_what_only_the_weights_hear_is_unsafe_too() -> None:
    """By the rules alone nothing stands against this phrase, and it would have the last word."""
    phrase = "i cant do this anymore im so ugly"

    assert decided(phrase).reason.note.startswith("judged by all its words")
    assert [one.phrase for one in find_unsafe([(phrase, "bumps")], vocabulary())] == [phrase]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(DEFAULT_PACK, tmp_path / "pack")


def pack_with(folder: Path, **phrases: str) -> Pack:
    """The shipped pack with phrases, named by language and topic: en_exercise="..."."""
    for place, phrase in phrases.items():
        file = folder / place[:2] / f"{place[3:]}.toml"
        text = file.read_text(encoding="utf-8")
        file.write_text(
            text.replace("\n\n[[variant]]", f"\nphrases = [{phrase!r}]\n\n[[variant]]", 1), "utf-8"
        )
    return load_pack(folder)


@pytest.mark.parametrize(
    ("place", "phrase", "problem"),
    [
        (
            "en_exercise",
            "can i take tylenol",
            "en/exercise.toml: the phrase 'can i take tylenol' asks what is not on",
        ),
        (
            "es_bumps",
            "me falta el aire",
            "es/bumps.toml: the phrase 'me falta el aire' is an emergency. Leave it out",
        ),
        ("en_bumps", "Zumba", "en/bumps.toml: the phrase 'Zumba' is one word. Write at least two words"),
        (
            "en_bumps",
            "cancel my appointment",
            "en/bumps.toml: a phrase breaks a line: 'cancel my appointment'",
        ),
    ],
)
def test_a_phrase_of_a_file_is_checked_as_one_of_the_dashboard(
    folder: Path, place: str, phrase: str, problem: str
) -> None:
    pack = pack_with(folder, **{place: phrase})
    lines = [correction("cancel my appointment", Action.ESCALATE)]

    found = [str(one) for one in check_pack_phrases(pack, vocabulary(), lines)]

    assert len(found) == 1
    assert found[0].startswith(problem)


def test_nothing_starts_with_such_a_phrase_in_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = pack_with(folder, en_exercise="can i take tylenol")
    monkeypatch.setattr(deployment, "shipped_pack", lambda: pack)
    monkeypatch.setattr("bot.regression_table.load_regression_table", tuple)

    with pytest.raises(
        PackError, match=r"en/exercise.toml: the phrase 'can i take tylenol' asks what is not"
    ):
        deployment._shipped_words.__wrapped__()


def test_a_harmless_phrase_of_a_file_is_taken(folder: Path) -> None:
    pack = pack_with(folder, en_exercise="zumba with mum", es_exercise="zumba con mi mama")

    assert check_pack_phrases(pack, vocabulary(), [correction("hello there", Action.ESCALATE)]) == ()
