"""Replies to the day-14 check-in: only a text that says nothing else counts as happy, for nobody looks at it."""

from datetime import timedelta

import pytest

from bot.decision import Action, Context, QuestionReply, Urgency
from tests.support.understanding import decided

CHECK_IN = Context(elapsed=timedelta(days=14), day=14, open_question="check_in")
WITH_PHOTO = Context(elapsed=timedelta(days=14), day=14, open_question="check_in", has_photo=True)
HAPPY, UNEVEN, UNCLEAR = QuestionReply.HAPPY, QuestionReply.UNEVEN, QuestionReply.UNCLEAR
MUCH, LITTLE = QuestionReply.TOO_MUCH_MOVEMENT, QuestionReply.TOO_LITTLE_MOVEMENT


@pytest.mark.parametrize(
    "text",
    [
        *(
            "1",
            "1!",
            "1\ufe0f\u20e3",
            "one",
            "uno",
            "#1",
            "1 \U0001f495 thanks",
            "Thanks so much, 1!",
            "option 1 please",
        ),
        *(
            "ok 1",
            "its a 1",
            "la opcion uno gracias",
            "yes",
            "Yes \U0001f44d",
            "\U0001f60d",
            "si, gracias",
            "all good!",
        ),
        *(
            "love it",
            "I love my results",
            "LOVE IT!!! \U0001f496",
            "everything looks great",
            "so happy with my forehead",
        ),
        *("good", "fine", "great, thank you!", "no complaints", "so far so good", "feeling great so far, ty"),
        *(
            "good morning! love it",
            "todo bien",
            "todo bien gracias",
            "bien",
            "me encanto",
            "quede muy contenta, gracias",
        ),
        *("muy contenta con el resultado", "1, love it", "1 - happy! see you in the spring"),
        *("yes all good thanks for checking in", "love it!!! ty for checking up on me"),
        *("todo bien, gracias por preguntar", "bien, gracias por estar pendiente"),
    ],
)
def test_plain_happy_replies_are_thanked(text: str) -> None:
    found = decided(text, CHECK_IN)

    assert (found.action, found.question_reply, found.handoff) == (Action.ACK, HAPPY, False)


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        *(
            ("2", UNEVEN),
            ("dos", UNEVEN),
            ("two please", UNEVEN),
            ("hi! its a 2", UNEVEN),
            ("uneven", UNEVEN),
        ),
        *(("one brow higher", UNEVEN), ("one side lower", UNEVEN), ("un lado mas alto", UNEVEN)),
        *(("3.", MUCH), ("tres", MUCH), ("3 \U0001f64f", MUCH), ("wore off", MUCH)),
        *(
            ("2 love it", UNEVEN),
            ("happy 3", MUCH),
            ("contenta, falta poquito", MUCH),
            ("4 all good", LITTLE),
        ),
        *(("4", LITTLE), ("cuatro", LITTLE), ("4, thanks", LITTLE), ("too frozen", LITTLE)),
        *(("not yet", UNCLEAR), ("hmm not sure", UNCLEAR), ("todavia no", UNCLEAR), ("1 or 2", UNCLEAR)),
    ],
)
def test_other_plain_replies_go_to_a_person_as_what_they_are(text: str, reply: QuestionReply) -> None:
    found = decided(text, CHECK_IN)

    assert (found.action, found.question_reply, found.urgency) == (Action.ESCALATE, reply, Urgency.NORMAL)


@pytest.mark.parametrize(
    "text",
    [
        *("1 bruise left", "uno mas alto", "not 1", "not a 1", "definitely not 1", "no 1", "nope, not a one"),
        *("good except 1 spot", "good, but one spot"),
        *("one headache", "4 headaches", "2 panic attacks", "great, dizzy today", "love it, had a rash tho"),
        *(
            "happy, slight headache",
            "bien, me duele la cabeza",
            "good, im pregnant now",
            "good, can i have wine",
        ),
        *("perfect, when can i book again", "love it, need an appointment", "love it how much for more"),
        *(
            "good morning",
            "thanks for checking",
            "see you soon",
            "great, see you in 3 months",
            "sounds good",
            "good to know, thanks",
            "have a great weekend",
            "feliz fin de semana",
        ),
        *("fine i guess", "good for a week", "it was great until monday", "great, now my dog is sick"),
        *("bien pero no mucho", "love it on the left"),
    ],
)
def test_a_reply_that_says_more_is_unclear_and_a_person_looks(text: str) -> None:
    found = decided(text, CHECK_IN)

    assert (found.action, found.question_reply, found.handoff) == (Action.ESCALATE, UNCLEAR, True)


@pytest.mark.parametrize(
    "text",
    [
        *("one eye smaller", "1 eye watery", "great, bruise infected", "fine, one lid a bit low"),
        *(
            "contenta, parpado caido",
            "left brow feels heavy",
            "good, tongue feels odd",
            "all good, chest hurts a bit",
        ),
    ],
)
def test_what_a_person_must_see_the_same_day_stays_urgent_in_a_reply(text: str) -> None:
    found = decided(text, CHECK_IN)

    assert found.action in (Action.ESCALATE, Action.EMERGENCY)
    assert found.urgency in (Urgency.TODAY, Urgency.NOW)


@pytest.mark.parametrize(
    "text", ["1 eye blurry", "one eye, i see double", "great, cant swallow", "1, me falta el aire"]
)
def test_a_red_flag_in_a_reply_is_an_emergency(text: str) -> None:
    assert decided(text, CHECK_IN).action is Action.EMERGENCY


@pytest.mark.parametrize("text", ["1, but I have trouble swallowing", "one eye closed"])
def test_a_doubtful_red_flag_in_a_reply_is_seen_now(text: str) -> None:
    assert decided(text, CHECK_IN).urgency is Urgency.NOW


def test_a_question_with_a_digit_in_it_is_no_reply() -> None:
    assert decided("3 days left?", CHECK_IN).question_reply is None


@pytest.mark.parametrize("text", ["", "1", "love it", "here you go"])
def test_a_photo_is_always_looked_at(text: str) -> None:
    found = decided(text, WITH_PHOTO)

    assert (found.action, found.handoff) == (Action.ESCALATE, True)


def test_the_reason_names_what_else_the_reply_says() -> None:
    found = decided("happy, slight headache", CHECK_IN)

    assert found.reason.note == "check-in reply: unclear, not on the clinic's page: headache"
