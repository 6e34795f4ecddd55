"""Texts at the edges, found by reading the router as a stranger would: each was once answered, missed or misread."""

from datetime import timedelta

import pytest

from bot.decision import Action, Context, Urgency
from tests.support.understanding import decided

SOON = (Urgency.NOW, Urgency.TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "I want to kill myself, is it true it paralyzes the muscle",
        "How long before I can put on foundation, my chest feels tight",
        "want less movement than last time, i fainted",
        "I'm seeing double, What are your business hours",
        "i fainted, when do i need to come back for the next one",
        "How does botox work, I can't breathe",
        "I'm seeing double is retinol alright after botox",
        "sorry for the blurry photo, my eyes are blurry too",
        "pic is blurry but so is everything i look at",
        "the photo isnt blurry, my eyes are",
        "do you need pictures before my refinement, I'm seeing double",
        "Here is a pic of my forehead and I'm seeing double",
        "I'll text some photos over, I'm seeing double",
        "my photo is blurry because my vision is blurry",
        "my eyelid covers my pupil so i can't see",
        "foto borrosa, y tambien veo borroso",
    ],
)
def test_a_red_flag_in_a_run_on_text_is_seen_by_a_person_soon(text: str) -> None:
    found = decided(text)
    assert found.action in (Action.EMERGENCY, Action.ESCALATE)
    assert (found.handoff, found.urgency in SOON) == (True, True)


@pytest.mark.parametrize(
    "text", ["i cant swallowwww", "cant breatheee", "no puedo respiraaar", "alergic reaction"]
)
def test_a_red_flag_is_read_through_long_vowels_and_slips(text: str) -> None:
    assert decided(text).action is Action.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "im gonna off myself",
        "nobody would miss me",
        "i wish i could go to sleep and never wake up",
        "quiero morir",
    ],
)
def test_self_harm_gets_its_own_words_however_it_is_heard(text: str) -> None:
    assert decided(text).emergency == "self_harm"


@pytest.mark.parametrize("text", ["can you see the photo? its blurry", "i cant focus my camera"])
def test_a_blurry_picture_alone_is_no_emergency(text: str) -> None:
    assert decided(text).action is not Action.EMERGENCY


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("alcohol", "will wine make the bruise worse"),
        ("alcohol", "sauna and a cocktail tonight?"),
        ("medicine", "does advil make bruising worse"),
        ("medicine", "can i work out if i took tylenol"),
        ("remedy", "can i ice it and use arnica"),
        ("remedy", "vitamin k cream for bruising?"),
        ("pregnancy", "im pregnant, how long does it last"),
        ("pregnancy", "is it ok to work out while breastfeeding"),
        ("headache", "headache since the shots, can i go to the gym"),
        ("headache", "migraine and the sauna?"),
        ("infection", "the bump is oozing pus"),
        ("infection", "bruise got bigger and it's hot and throbbing, can i ice it"),
        ("infection", "el moretón está caliente y late"),
        ("travel", "can i fly with a bruise"),
        ("travel", "plane ride tonight, can i work out after"),
        ("dental", "root canal and then the gym?"),
        ("dental", "dentist tomorrow, will the bruise matter"),
        ("dose", "how much botox did i get and how long will it last"),
        ("vaccine", "flu shot before the gym?"),
        ("unwell", "got dizzy in the sauna"),
        ("unwell", "the room is spinning"),
        ("other_treatment", "sauna after lip filler"),
    ],
)
def test_what_the_page_says_nothing_of_is_never_answered_though_a_topic_is_named(
    kind: str, text: str
) -> None:
    found = decided(text)
    assert found.action is Action.ESCALATE
    assert kind in found.reason.note or found.urgency in SOON


@pytest.mark.parametrize("text", ["got a bruise, is a hot shower ok", "con el moretón, puedo agua caliente?"])
def test_a_bruise_and_hot_water_are_no_infection(text: str) -> None:
    assert "infection" not in decided(text).reason.note


@pytest.mark.parametrize(
    "text",
    [
        "running late! also can i wear makeup after",
        "I need to cancel tomorrow. how long does it last",
        "can we reschedule friday? also can i work out",
    ],
)
def test_a_booking_beside_a_question_reaches_a_person(text: str) -> None:
    assert decided(text).handoff


@pytest.mark.parametrize(
    ("language", "text"),
    [
        *(("es", text) for text in ("veo doble", "veo borroso", "auxilio", "convulsiona")),
        *(
            ("en", text)
            for text in ("no complaints", "no bruising yet", "quit texting me", "help me pick a time")
        ),
    ],
)
def test_few_words_are_answered_in_their_language(language: str, text: str) -> None:
    assert decided(text).language == language


@pytest.mark.parametrize(
    "text",
    [
        "got botox last week can i get a massage",
        "antier me inyectaron botox puedo correr",
    ],
)
def test_some_days_ago_does_not_fit_a_visit_of_this_morning(text: str) -> None:
    this_morning = Context(elapsed=timedelta(hours=4), day=0)
    days_later = Context(elapsed=timedelta(days=4), day=4)
    assert decided(text, this_morning).action is Action.ESCALATE
    assert decided(text, days_later).action is Action.ANSWER


def test_weeks_and_still_is_time_that_has_passed() -> None:
    assert decided("3 weeks and still uneven").stated_elapsed == timedelta(weeks=3)
