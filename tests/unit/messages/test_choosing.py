"""Answers know the day: which variant a moment gets, and when a person answers."""

from datetime import timedelta

import pytest

from messages.catalogue import Moment, Pack

FAQ = [
    "exercise", "sauna_heat", "rub_massage", "bruising", "bumps", "skincare_makeup", "how_it_works", "results_timing",
    "refinement", "duration", "brow_asymmetry", "still_wrinkles", "more_less_movement", "hours_contact", "send_photo",
]  # fmt: skip
OFFERS_REFINEMENT = ["results_timing", "refinement", "brow_asymmetry", "still_wrinkles", "more_less_movement"]


def hours(count: float, *, day: int = 0) -> Moment:
    return Moment(timedelta(hours=count), day)


def days(count: int, *, refined: bool = False) -> Moment:
    return Moment(timedelta(days=count), count, refined)


@pytest.mark.parametrize(
    ("topic", "moment", "variant"),
    [
        ("exercise", hours(0), "within_16h"),
        ("exercise", hours(15.99), "within_16h"),  # clinic page, guideline 1: 16 hours
        ("exercise", hours(16, day=1), "any"),
        ("exercise", days(90), "any"),
        ("exercise", Moment(), "no_treatment"),
        ("results_timing", days(5), "before_day_14"),
        ("results_timing", days(13), "before_day_14"),
        ("results_timing", days(14), "day_14_21"),  # clinic page: between days 14-21
        ("results_timing", days(21), "day_14_21"),
        ("results_timing", days(22), None),
        ("results_timing", Moment(), "no_treatment"),
        ("bumps", hours(24, day=1), "any"),  # clinic page, guideline 5: within a few hours
        ("bumps", hours(25, day=1), None),
        ("bumps", Moment(), "no_treatment"),
        ("bruising", days(10), "any"),
        ("bruising", days(11), None),
        ("rub_massage", days(3), "any"),
        ("rub_massage", days(4), None),
        ("sauna_heat", days(4), None),
        ("refinement", days(22), None),
        ("still_wrinkles", days(22), "later"),
        ("duration", days(60), "any"),
        ("hours_contact", Moment(), "any"),
        ("check_in", days(16), "any"),
    ],
)
def test_variant_follows_the_moment(pack: Pack, topic: str, moment: Moment, variant: str | None) -> None:
    assert pack.choose_variant(topic, "en", moment) == variant
    assert pack.choose_variant(topic, "es", moment) == variant


@pytest.mark.parametrize("topic", OFFERS_REFINEMENT)
@pytest.mark.parametrize("day", [14, 17, 21])
def test_after_a_refinement_no_second_one_is_offered(pack: Pack, topic: str, day: int) -> None:
    assert pack.choose_variant(topic, "en", days(day)) == "day_14_21"
    assert pack.choose_variant(topic, "en", days(day, refined=True)) is None


@pytest.mark.parametrize("topic", FAQ)
@pytest.mark.parametrize("moment", [Moment(timedelta(hours=-3), 0), Moment(timedelta(days=-2), -2)])
def test_a_visit_that_lies_ahead_goes_to_a_person(pack: Pack, topic: str, moment: Moment) -> None:
    assert pack.choose_variant(topic, "en", moment) is None


@pytest.mark.parametrize("topic", FAQ)
@pytest.mark.parametrize("language", ["en", "es"])
def test_without_a_treatment_there_is_an_answer_without_dates(pack: Pack, topic: str, language: str) -> None:
    variant = pack.choose_variant(topic, language, Moment())
    assert variant is not None

    text = pack.unrendered(topic, language, variant)

    assert not {"{exercise_from}", "{day_14_date}", "{refinement_until}"} & set(
        text.replace(".", " ").split()
    )


@pytest.mark.parametrize("topic", [topic for topic in FAQ if topic != "hours_contact"])
def test_without_a_treatment_the_name_is_asked_for(pack: Pack, topic: str) -> None:
    assert "name" in pack.unrendered(topic, "en", "no_treatment")
    assert "nombre" in pack.unrendered(topic, "es", "no_treatment")


def test_day_alone_is_enough_to_choose(pack: Pack) -> None:
    assert pack.choose_variant("results_timing", "en", Moment(day=16)) == "day_14_21"
    assert pack.choose_variant("results_timing", "en", Moment(timedelta(days=5))) == "before_day_14"


@pytest.mark.parametrize(
    ("wanted", "got"), [("es", "es"), ("es-MX", "es"), ("ES", "es"), ("fr", "en"), (None, "en")]
)
def test_a_language_that_is_not_there_falls_back(pack: Pack, wanted: str | None, got: str) -> None:
    assert pack.language(wanted) == got


def test_unknown_topic_is_a_key_error(pack: Pack) -> None:
    with pytest.raises(KeyError):
        pack.choose_variant("horoscope", "en", Moment())


def test_every_topic_has_a_title_of_its_own(pack: Pack) -> None:
    titles = [topic.title for topic in pack.topics.values()]

    assert len(set(titles)) == len(titles)
    assert not [topic.id for topic in pack.topics.values() if topic.title == topic.id and "_" in topic.id]
    assert pack.title("no_longer_there") == "No longer there"


@pytest.mark.parametrize(
    ("note", "shown"),
    [
        ("asks about: results_timing, bumps", "asks about: When results show, Small bumps after the visit"),
        ("no answer for this moment: bumps", "no answer for this moment: Small bumps after the visit"),
        ("says: I am bumps", "says: I am bumps"),
        ("asks for a person", "asks for a person"),
    ],
)
def test_a_reason_names_topics_by_title(pack: Pack, note: str, shown: str) -> None:
    assert pack.with_titles(note) == shown
