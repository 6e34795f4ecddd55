"""What clients read: shown as they read it, edited with its checks, approved by name, taken back, and phrases."""

import re

import pytest
from sqlalchemy import select

from messages.clinic_edits import load_edits
from models.clinic import find_clinic
from models.desk import TopicPhrase
from models.template_version import TemplateVersion
from tests.support.accounts import page, with_real_carrier
from tests.support.dashboard import Office

TEXT = "/settings/words/bruising/en/no_treatment"
OWN = "Small bruises are common and fade within days. Call {clinic_phone} with any worry."


def stands(office: Office, topic: str, language: str, variant: str) -> str:
    """The wording in effect, rendered with sample values, as approved only."""
    with office.database.read() as session:
        edits = load_edits(session, office.clinic_id)
    values = {"clinic_phone": "(573) 555-0100", "exercise_from": "9 am"}
    return office.here.pack.render(topic, language, variant, values, edits).text


def rows(office: Office) -> list[TemplateVersion]:
    with office.database.read() as session:
        return list(session.scalars(select(TemplateVersion).order_by(TemplateVersion.id)))


def first_variant(office: Office, topic: str) -> str:
    return next(iter(office.here.pack.topics[topic].words["en"].variants)).value


@pytest.mark.parametrize(
    "path", ["/settings/words", "/settings/words/exercise", "/settings/words/exercise/en/any"]
)
@pytest.mark.parametrize(
    ("role", "status"), [(None, 302), ("front_desk", 403), ("clinician", 200), ("owner", 200)]
)
def test_words_are_for_clinicians_and_owners(
    office: Office, path: str, role: str | None, status: int
) -> None:
    assert office.browser(role).get(path).status_code == status


@pytest.mark.parametrize("path", ["nothing", "exercise/en/nothing", "exercise/fr/any", "nothing/en/any"])
def test_unknown_words_are_not_found(office: Office, path: str) -> None:
    page(office.browser("owner").get(f"/settings/words/{path}"), 404)


def test_every_topic_has_a_page_in_both_languages(office: Office) -> None:
    owner = office.browser("owner")

    for topic in office.here.pack.topics:
        text = page(owner.get(f"/settings/words/{topic}"))
        assert 'lang="es"' in text
        assert "{" not in "".join(re.findall(r'class="sample">([^<]*)<', text))


def test_a_text_shows_its_source_its_parts_and_who_stands_for_it(office: Office) -> None:
    text = page(office.browser("owner").get("/settings/words/exercise"))

    assert "clinic page, guideline 1" in text
    assert "parts" in text
    assert "as on the clinic&#39;s page" in text
    assert "Not approved" in text  # Spanish


def test_an_edit_goes_out_once_it_is_approved(office: Office) -> None:
    variant = first_variant(office, "bruising")
    path, clinician = f"/settings/words/bruising/en/{variant}", office.browser("clinician")

    clinician.post(path, data={"text": OWN, "approve": "0"})
    assert rows(office)[0].approved_at is None
    version = rows(office)[0].version
    clinician.post(f"{path}/approve", data={"version": version})

    row = rows(office)[0]
    assert (row.edited_by, row.approved_by) == ("Clinician", "Clinician")
    assert stands(office, "bruising", "en", variant).startswith("Small bruises are common")


def test_words_changed_meanwhile_are_not_approved_unread(office: Office) -> None:
    variant = first_variant(office, "bruising")
    path = f"/settings/words/bruising/en/{variant}"
    office.browser("clinician").post(path, data={"text": OWN, "approve": "0"})

    text = page(office.browser("owner").post(f"{path}/approve", data={"version": "0" * 12}), 422)

    assert "changed meanwhile" in text
    assert rows(office)[0].approved_at is None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "The text is empty"),
        ("Go on {until_when}.", "is not a known placeholder"),
        ("Go on {.", "A brace stands alone"),
        ("See https://bit.ly/x for it.", "link shortener"),
        ("No exercise for 16 hours 😀 until {exercise_from}.", "makes the text cost double"),
        ("No exercise for 16 hours.", "{exercise_from} is missing"),
        ("Until {exercise_from} " + "no exercise please " * 40, "segments"),
    ],
)
def test_a_faulty_edit_is_refused_and_kept_in_the_box(office: Office, written: str, said: str) -> None:
    path = "/settings/words/exercise/en/within_16h"

    text = page(office.browser("owner").post(path, data={"text": written, "approve": "1"}), 422)

    assert said in text
    assert written.strip() in text
    assert rows(office) == []


def test_the_original_comes_back_and_the_history_stays(office: Office) -> None:
    variant, owner = first_variant(office, "bruising"), office.browser("owner")
    path = f"/settings/words/bruising/en/{variant}"
    before = stands(office, "bruising", "en", variant)
    owner.post(path, data={"text": OWN, "approve": "1"})

    owner.post(f"{path}/revert")

    assert stands(office, "bruising", "en", variant) == before
    assert "taken back" in page(owner.get(path))


def test_writing_the_original_again_is_taking_back(office: Office) -> None:
    variant, owner = first_variant(office, "bruising"), office.browser("owner")
    path = f"/settings/words/bruising/en/{variant}"
    owner.post(path, data={"text": OWN, "approve": "1"})

    owner.post(path, data={"text": office.here.pack.unrendered("bruising", "en", variant), "approve": "0"})

    assert [row.retired_at is not None for row in rows(office)] == [True]


def test_spanish_is_approved_by_name(office: Office) -> None:
    clinician = office.browser("clinician")
    text = page(clinician.get("/settings/words/exercise"))
    path, version = re.findall(
        r'action="([^"]+/es/within_16h/approve)".*?name="version" value="(\w+)"', text
    )[0]

    clinician.post(path, data={"version": version})

    with office.database.read() as session:
        edit = load_edits(session, office.clinic_id).lookup("exercise", "es", "within_16h")
    assert edit is not None
    assert edit.approved


def test_with_real_clients_what_waits_is_a_warning(office: Office) -> None:
    with_real_carrier(office)

    assert "a person answers instead" in page(office.browser("owner").get("/settings/words"))


def test_a_clinicians_name_stands_under_the_emergency_words(office: Office) -> None:
    clinician = office.browser("clinician")

    page(clinician.post("/settings/words/confirm-emergency", data={"name": " "}), 422)
    clinician.post("/settings/words/confirm-emergency", data={"name": "Dr. Rivera"})

    with office.database.read() as session:
        assert find_clinic(session, office.clinic_id).emergency_words_confirmed_by == "Dr. Rivera"


def phrases(office: Office) -> list[tuple[str, str]]:
    with office.database.read() as session:
        return [(row.phrase, row.topic) for row in session.scalars(select(TopicPhrase))]


def test_a_phrase_is_added_and_removed(office: Office) -> None:
    clinician = office.browser("clinician")

    clinician.post("/settings/words/exercise/phrases", data={"phrase": "Zumba, w/ my mum?"})
    assert phrases(office) == [("zumba w my mum", "exercise")]
    clinician.post("/settings/words/exercise/phrases/1/remove")
    assert phrases(office) == []


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        ("zumba", "at least two words"),
        ("stop texting me", "asks to stop texts. Leave it out"),
        ("I can't breathe", "is an emergency. Leave it out"),
        (
            "can i take tylenol",
            "page (medicine). Leave it out: without it a person answers",
        ),
        ("x " * 200, "at most 300 characters"),
    ],
)
def test_a_phrase_that_cannot_work_is_refused(office: Office, phrase: str, said: str) -> None:
    text = page(
        office.browser("owner").post("/settings/words/exercise/phrases", data={"phrase": phrase}), 422
    )

    assert said in text
    assert phrases(office) == []


def test_a_phrase_belongs_to_one_topic(office: Office) -> None:
    owner = office.browser("owner")
    owner.post("/settings/words/exercise/phrases", data={"phrase": "zumba with mum"})

    text = page(owner.post("/settings/words/bumps/phrases", data={"phrase": "Zumba with mum!"}), 422)

    assert "entered already, under exercise" in text


def test_phrases_of_another_clinic_are_not_found(office: Office) -> None:
    office.browser("other_owner").post("/settings/words/exercise/phrases", data={"phrase": "zumba with mum"})

    page(office.browser("owner").post("/settings/words/exercise/phrases/1/remove"), 404)
    assert phrases(office) == [("zumba with mum", "exercise")]


def test_topics_are_called_by_a_title_and_never_by_their_id(office: Office) -> None:
    owner = office.browser("owner")

    texts = [page(owner.get(path)) for path in ("/settings/words", "/settings/words/hours_contact")]

    assert "Hours and how to reach us" in texts[0]
    assert "<h1>Hours and how to reach us</h1>" in texts[1]
    assert not any("Hours contact" in text for text in texts)
