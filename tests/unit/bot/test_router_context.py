"""What the router does with what is known besides the text: day, open question, photo, phrases, two texts in a row."""

from datetime import timedelta

import pytest

from bot.decision import Action, Context, QuestionReply, Rule
from tests.support.understanding import decided

HOURS_3 = Context(elapsed=timedelta(hours=3), day=0)
CHECK_IN = Context(elapsed=timedelta(days=14), day=14, open_question="check_in")


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("1", QuestionReply.HAPPY),
        ("one", QuestionReply.HAPPY),
        ("all good!", QuestionReply.HAPPY),
        ("me encanto", QuestionReply.HAPPY),
        ("2", QuestionReply.UNEVEN),
        ("dos", QuestionReply.UNEVEN),
        ("3.", QuestionReply.TOO_MUCH_MOVEMENT),
        ("4", QuestionReply.TOO_LITTLE_MOVEMENT),
        ("cuatro", QuestionReply.TOO_LITTLE_MOVEMENT),
        ("not yet", QuestionReply.UNCLEAR),
    ],
)
def test_check_in_replies(text: str, reply: QuestionReply) -> None:
    assert decided(text, CHECK_IN).question_reply is reply


@pytest.mark.parametrize("text", ["2", "3", "4", "hmm not sure"])
def test_a_check_in_reply_that_is_not_happy_goes_to_a_person(text: str) -> None:
    found = decided(text, CHECK_IN)

    assert (found.action, found.handoff) == (Action.ESCALATE, True)


def test_a_photo_alone_after_the_check_in_goes_to_a_person() -> None:
    found = decided("", Context(open_question="check_in", has_photo=True))

    assert (found.action, found.handoff) == (Action.ESCALATE, True)


def test_a_question_during_the_check_in_is_answered() -> None:
    found = decided("can I go to the gym tomorrow?", CHECK_IN)

    assert found.intents == ("exercise",)


@pytest.mark.parametrize(
    "text", ["it's been 20 hours, can I go to the gym", "got botox 3 days ago, can I work out"]
)
def test_a_stated_time_that_does_not_fit_the_record_goes_to_a_person(text: str) -> None:
    assert decided(text, HOURS_3).action is Action.ESCALATE


@pytest.mark.parametrize("text", ["done 2 hours ago, can I go to the gym", "can I go to the gym"])
def test_a_stated_time_that_fits_is_answered(text: str) -> None:
    assert decided(text, HOURS_3).intents == ("exercise",)


def test_stated_time_is_handed_on_without_a_record() -> None:
    assert decided("day 4 and I can still raise my eyebrows").stated_elapsed == timedelta(days=4)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("i got botox an hour and a half ago can i work out", 1.5),
        ("had it done half an hour ago can i lie down", 0.5),
        ("injected two and a half hours ago can i exercise", 2.5),
        ("treated a day and a half ago, gym ok?", 36),
        ("hace hora y media me puse botox puedo hacer ejercicio", 1.5),
        ("hace dos horas y media me inyectaron, puedo correr?", 2.5),
        ("hace media hora me puse botox puedo acostarme", 0.5),
    ],
)
def test_halves_are_read(text: str, hours: float) -> None:
    assert decided(text).stated_elapsed == timedelta(hours=hours)


@pytest.mark.parametrize(
    "text", ["botox 1.5 days ago, gym?", "can i run in half an hour", "wait half an hour after makeup?"]
)
def test_what_is_not_sure_or_has_not_passed_is_no_stated_time(text: str) -> None:
    assert decided(text).stated_elapsed is None


@pytest.mark.parametrize(
    "text", ["how often, every 3 months?", "I have a 5k in 3 days", "does it last 4 months"]
)
def test_plans_and_habits_are_no_time_passed(text: str) -> None:
    assert decided(text).stated_elapsed is None


def test_a_third_person_is_answered_and_put_before_a_person() -> None:
    found = decided("Can my boyfriend play basketball tonight, he was in today")

    assert (found.intents, found.third_person, found.handoff) == (("exercise",), True, True)


def test_two_texts_in_a_row_make_one_question() -> None:
    found = decided("so how soon is that allowed", Context(previous_text="just had my tox and i run a lot"))

    assert found.intents == ("exercise",)


def test_two_texts_in_a_row_make_one_alarm() -> None:
    first, second = "when i drink water", "it comes out of my nose"

    assert decided(second).action is not Action.EMERGENCY
    assert decided(second, Context(previous_text=first)).action is Action.EMERGENCY


def test_a_clinic_phrase_answers_its_topic_after_safety() -> None:
    context = Context(clinic_phrases=(("Glow check?", "results_timing"), ("i can't breathe", "exercise")))

    assert decided("glow CHECK", context).intents == ("results_timing",)
    assert decided("I can't breathe", context).action is Action.EMERGENCY


def test_after_a_refinement_another_one_is_a_persons_decision() -> None:
    assert decided("can I get a touch up", Context(refined=True)).reason.rule is Rule.PERSON


@pytest.mark.parametrize(
    "text",
    [
        "lumps on my forehead 10 days later",
        "bruise still there after a month",
        "can I drink wine",
        "how many units did I get",
        "can I take advil",
        "arnica ok?",
        "how do I care for my lip filler",
        "I might be pregnant",
        "flying tomorrow ok?",
    ],
)
def test_what_is_not_on_the_page_reaches_a_person(text: str) -> None:
    assert decided(text).action is Action.ESCALATE


def test_language_follows_the_text_then_the_client() -> None:
    assert decided("puedo hacer ejercicio mañana").language == "es"
    assert decided("ok", Context(language="es")).language == "es"
