"""What somebody is told who asks about a visit or its price: a person answers, and where to book if the clinic says."""

from dataclasses import replace
from typing import Any

import pytest

from bot.decision import BOOKING, Action, Decision, Reason, Rule, Urgency
from bot.replies import compose
from bot.reply import Reply, ReplyFacts
from messages.catalogue import NO_EDITS, Edit, Edits, Pack, shipped_pack
from outbox.kinds import Kind
from tests.support.understanding import decided

LINK = "https://book.example.com/skin"
CLINIC = {"clinic_name": "Demo Clinic", "clinic_phone": "(573) 555-0100", "emergency_number": "911"}
CLOSED = {"en": "tomorrow at 9 am", "es": "mañana a las 9 am"}
SAID = {
    "en": f"You can also book a visit online. Our booking page: {LINK}",
    "es": f"También puede sacar su cita por internet. Agende en: {LINK}",
}
TEXTS = [
    ("en", "can i book an appointment for thursday"),
    ("en", "how much do you charge"),
    ("en", "im running 10 minutes late"),
    ("es", "quiero hacer una cita para el jueves"),
    ("es", "cuanto cobran"),
    ("es", "voy a llegar tarde"),
]


@pytest.fixture(scope="module")
def pack() -> Pack:
    return shipped_pack()


def asks(language: str = "en", *, note: str = BOOKING, **values: object) -> Decision:
    reason = Reason(Rule.PERSON, note)
    return Decision(Action.ESCALATE, reason, language=language, handoff=True, **values)  # type: ignore[arg-type]


def told(
    decision: Decision, pack: Pack, *, edits: Edits = NO_EDITS, is_closed: bool = False, **facts: object
) -> Reply:
    """What a clinic with a booking page says; `link` replaces its address, empty = it has none."""
    given = {
        "booking_url": facts.pop("link", LINK),
        "next_open": CLOSED[decision.language] if is_closed else "",
    }
    values = {name: str(value) for name, value in {**CLINIC, **given}.items() if value}
    return compose(decision, ReplyFacts(values, **facts), pack, edits)  # type: ignore[arg-type]


@pytest.mark.parametrize(("language", "text"), TEXTS)
def test_bookings_prices_and_running_late_are_told_where_to_book(
    pack: Pack, language: str, text: str
) -> None:
    found = decided(text)
    reply = told(found, pack)

    assert (found.action, found.language) == (Action.ESCALATE, language)
    assert reply.texts[0].endswith(SAID[language])
    assert reply.person == BOOKING


@pytest.mark.parametrize("language", SAID)
@pytest.mark.parametrize("is_closed", [False, True])
def test_the_link_is_added_to_the_words_of_a_hand_over_and_costs_no_segment(
    pack: Pack, language: str, is_closed: bool
) -> None:
    reply = told(asks(language), pack, is_closed=is_closed)
    without = told(asks(language), pack, is_closed=is_closed, link="")

    assert reply.texts == (f"{without.texts[0]} {SAID[language]}",)
    assert (CLOSED[language] in reply.texts[0]) is is_closed
    assert [part.segments for part in reply.parts] == [2]
    assert (reply.topics, len(set(reply.versions))) == (("handover", "booking_link"), 2)


@pytest.mark.parametrize("language", SAID)
def test_a_clinic_without_a_booking_page_gets_the_words_of_every_hand_over(pack: Pack, language: str) -> None:
    of_others = told(asks(language, note="nothing found"), pack)

    assert told(asks(language), pack, link="") == replace(of_others, person=BOOKING)


@pytest.mark.parametrize(
    ("decision", "topics"),
    [
        (asks(note="nothing found"), ("handover",)),
        (asks(note="nothing found", third_person=True), ("third_person",)),
        (asks(urgency=Urgency.TODAY), ("handover_today",)),
        (asks(urgency=Urgency.NOW), ("handover_today",)),
    ],
    ids=["another reason", "for another", "today", "now"],
)
def test_other_hand_overs_and_urgent_ones_keep_their_words(
    pack: Pack, decision: Decision, topics: tuple[str, ...]
) -> None:
    assert told(decision, pack).topics == topics


@pytest.mark.parametrize(
    ("facts", "kind", "topic"),
    [
        ({"is_client": False}, Kind.GREETING, "unknown_number"),
        ({"has_photo": True}, Kind.PHOTO, "photo_received"),
    ],
)
def test_a_stranger_and_a_sender_of_photos_are_told_too(
    pack: Pack, facts: dict[str, Any], kind: Kind, topic: str
) -> None:
    reply = told(asks(), pack, **facts)

    assert [(part.kind, part.topic) for part in reply.parts] == [(kind, f"{topic}+booking_link")]


def test_a_stranger_who_was_greeted_is_told_nothing_more(pack: Pack) -> None:
    assert told(asks(), pack, is_client=False, was_greeted=True).parts == ()


def test_a_clinics_own_words_of_a_hand_over_stay_before_its_link(pack: Pack) -> None:
    own = Edit("Call {clinic_phone}, please.", approved=True, base_version="")
    reply = told(asks(), pack, edits=Edits({("handover", "en", "any"): own}))

    assert reply.texts == (f"Call (573) 555-0100, please. {SAID['en']}",)


def test_a_very_long_link_leaves_in_a_text_of_its_own(pack: Pack) -> None:
    reply = told(asks(), pack, link=f"{LINK}/{'x' * 300}")

    assert reply.topics == ("handover", "booking_link")
    assert [part.segments <= 3 for part in reply.parts] == [True, True]


BESIDE = {
    "en": (
        "can i work out tonight? also how much is a touch up",
        "A person on our team will answer the rest.",
    ),
    "es": ("puedo hacer ejercicio hoy? y cuanto cuesta", "El resto se lo responde una persona del equipo."),
}


@pytest.mark.parametrize("language", BESIDE)
@pytest.mark.parametrize("link", [LINK, ""])
def test_a_booking_beside_an_answer_is_a_persons_and_told_where_to_book(
    pack: Pack, language: str, link: str
) -> None:
    text, rest = BESIDE[language]
    found = decided(text)
    approved = Edit(
        "16.", approved=True, base_version=""
    )  # Spanish answers are drafts until a person approves
    reply = told(found, pack, link=link, edits=Edits({("exercise", "es", "no_treatment"): approved}))
    said = " ".join(reply.texts)

    assert (found.action, found.language, found.handoff) == (Action.ANSWER, language, True)
    assert reply.person
    assert rest in said
    assert said.endswith(SAID[language]) is bool(link)
    assert [topic for topic in reply.topics if topic != "booking_link"] == ["exercise", "rest_to_person"]


def test_an_answer_alone_says_nothing_of_bookings(pack: Pack) -> None:
    assert told(decided("can i work out tonight?"), pack).topics == ("exercise",)
