"""Every text renders in every language and its segments are counted; every fact of the clinic's page has its text."""

import tomllib

import pytest

from messages.catalogue import DEFAULT_PACK, Kind, Pack, load_pack
from messages.fields import FIELDS, sample_values
from messages.segments import count_segments
from messages.wording_checks import plain_words

PACK = load_pack()
COVERAGE = tomllib.loads((DEFAULT_PACK / "coverage.toml").read_text(encoding="utf-8"))
FACTS = COVERAGE["fact"]
TEXTS = [
    (topic.id, language, when.value)
    for topic in PACK.topics.values()
    for language, words in topic.words.items()
    for when in words.variants
]
AUTOMATIC = [text for text in TEXTS if PACK.topics[text[0]].kind is not Kind.FAQ]


@pytest.fixture
def pack() -> Pack:
    return PACK


@pytest.mark.parametrize(("topic", "language", "variant"), TEXTS)
def test_every_text_renders_within_its_segments(pack: Pack, topic: str, language: str, variant: str) -> None:
    words = pack.render(topic, language, variant, sample_values(language))
    cap = 1 if (language, pack.topics[topic].kind) == ("en", Kind.REMINDER) else 3

    assert "{" not in words.text
    assert words.segments == count_segments(words.text).segments <= cap


@pytest.mark.parametrize(("topic", "language", "variant"), TEXTS)
def test_every_text_stands_without_its_optional_values(
    pack: Pack, topic: str, language: str, variant: str
) -> None:
    samples = sample_values(language)
    required = {name: samples[name] for name, field in FIELDS.items() if field.need != "optional"}

    assert "{" not in pack.render(topic, language, variant, required).text


@pytest.mark.parametrize(("topic", "variant"), [text[::2] for text in TEXTS if text[1] == "en"])
def test_english_costs_no_more_than_plain_letters(pack: Pack, topic: str, variant: str) -> None:
    text = pack.render(topic, "en", variant, sample_values("en")).text

    assert count_segments(text).encoding == "GSM-7"


@pytest.mark.parametrize(("topic", "language", "variant"), AUTOMATIC)
def test_texts_that_arrive_by_themselves_are_discreet(
    pack: Pack, topic: str, language: str, variant: str
) -> None:
    said = set(plain_words(pack.unrendered(topic, language, variant)))

    assert said & {word for each in pack.discreet_words for word in plain_words(each)} == set()


@pytest.mark.parametrize(("topic", "language", "variant"), TEXTS)
def test_brands_are_named_in_no_text(pack: Pack, topic: str, language: str, variant: str) -> None:
    brands = {"botox", "jeuveau", "xeomin", "dysport", "daxxify", "letybo"}

    assert set(plain_words(pack.unrendered(topic, language, variant))) & brands == set()


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact['number']} {fact['fact'][:40]}")
def test_every_fact_of_the_page_is_said(pack: Pack, fact: dict[str, object]) -> None:
    texts = fact["texts"]
    assert isinstance(texts, list)
    assert texts

    for text in texts:
        said = pack.unrendered(text["topic"], "en", text["variant"]).replace("\n", " ")
        assert text["says"] in said


def test_facts_are_numbered_without_gaps() -> None:
    assert [fact["number"] for fact in FACTS] == list(range(1, len(FACTS) + 1))


def test_every_answer_and_reminder_says_a_fact_of_the_page(pack: Pack) -> None:
    covered = {text["topic"] for fact in FACTS for text in fact["texts"]}
    answers = {topic.id for topic in pack.topics.values() if topic.kind in (Kind.FAQ, Kind.REMINDER)}

    assert answers - covered == set()
    assert covered <= set(pack.topics)


def test_what_the_page_leaves_open_is_written_down() -> None:
    assert {"heat", "pressure", "emergencies", "after_day_21"} <= set(COVERAGE["gaps"])


def test_spanish_counts_as_unapproved_until_someone_signs(pack: Pack) -> None:
    unsigned = {
        topic
        for topic, language, variant in TEXTS
        if language == "es"
        and pack.topics[topic].kind in (Kind.FAQ, Kind.REMINDER)
        and not pack.render(topic, language, variant, sample_values(language)).approved
    }

    assert unsigned == {topic.id for topic in pack.topics.values() if topic.kind in (Kind.FAQ, Kind.REMINDER)}
