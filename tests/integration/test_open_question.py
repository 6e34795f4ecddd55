"""Replies to our own question, photos, words that are not approved, and texts found late (RULES 3 to 5)."""

from typing import Any

import pytest

from bot.decision import Action, QuestionReply, Rule, Urgency
from tests.support.factories import (
    NOON,
)
from tests.support.line import (
    ASKS_EXERCISE,
    ASKS_PERSON,
    CANNOT_BREATHE,
    DAY,
    HOUR,
    PHOTO,
    SAYS_STOP,
    SAYS_THANKS,
    Line,
    ask,
    decides,
    enrol,
    treat,
)


def replies(answer: QuestionReply, action: Action = Action.ESCALATE) -> Any:
    return decides(action, rule=Rule.OPEN_QUESTION, question_reply=answer)


# --- the open question --------------------------------------------------------------------------------------------


def test_happy_reply_is_thanked_and_closes_the_question(line: Line, ana: int) -> None:
    ask(line, treat(line, ana, ago=14 * DAY))

    line.text("1", replies(QuestionReply.HAPPY, Action.ACK))

    assert line.topics() == ["check_in_thanks_happy"]
    assert line.rows()[0].kind == "question"
    assert line.conversation().open_question is None
    assert line.conversation().waiting_since is None


@pytest.mark.parametrize(
    "answer",
    [QuestionReply.UNEVEN, QuestionReply.TOO_MUCH_MOVEMENT, QuestionReply.TOO_LITTLE_MOVEMENT],
)
def test_unhappy_reply_goes_to_a_person_and_closes_the_question(
    line: Line, ana: int, answer: QuestionReply
) -> None:
    visit = treat(line, ana, ago=14 * DAY)
    ask(line, visit)

    line.text("2", replies(answer))

    assert line.topics() == ["check_in_to_person"]
    assert line.conversation().open_question is None
    assert line.conversation().waiting_since == NOON
    assert line.rows()[0].reason["question_reply"] == answer.value
    assert line.rows()[0].reason["visit_id"] == visit


@pytest.mark.parametrize("answer", [QuestionReply.HAPPY, QuestionReply.UNCLEAR])
def test_photo_in_reply_goes_to_a_person(line: Line, ana: int, answer: QuestionReply) -> None:
    ask(line, treat(line, ana, ago=14 * DAY))

    line.text("", replies(answer), media=PHOTO)

    assert line.topics() == ["check_in_to_person"]
    assert line.conversation().waiting_since == NOON


@pytest.mark.parametrize("reply", [replies(QuestionReply.UNCLEAR), SAYS_THANKS])
def test_unclear_reply_goes_to_a_person_and_keeps_the_question(line: Line, ana: int, reply: Any) -> None:
    ask(line, treat(line, ana, ago=14 * DAY))

    line.text("hm", reply)

    assert line.topics() == ["handover"]
    assert line.conversation().open_question == "check_in"
    assert line.conversation().waiting_since == NOON


def test_unclear_reply_that_cannot_wait_is_told_so_and_keeps_the_question(line: Line, ana: int) -> None:
    ask(line, treat(line, ana, ago=14 * DAY))
    cannot_wait = decides(
        Action.ESCALATE,
        rule=Rule.OPEN_QUESTION,
        question_reply=QuestionReply.UNCLEAR,
        urgency=Urgency.TODAY,
    )

    line.text("fine, one lid a bit low", cannot_wait)

    assert line.topics() == ["handover_today"]
    assert line.conversation().open_question == "check_in"
    assert line.conversation().waiting_urgency == "today"


def test_unclear_reply_on_a_family_phone_asks_whom_it_is_about(line: Line, ana: int) -> None:
    enrol(line, name="Bea")
    ask(line, treat(line, ana, ago=14 * DAY))

    line.text("hm", replies(QuestionReply.UNCLEAR))

    assert line.topics() == ["ask_which_client"]
    assert "Ana or Bea" in line.sent()[0].body
    assert line.conversation().waiting_since == NOON


def test_reply_on_a_family_phone_belongs_to_the_person_who_was_asked(line: Line, ana: int) -> None:
    bea = enrol(line, name="Bea")
    ask(line, treat(line, bea, ago=14 * DAY))

    line.text("1", replies(QuestionReply.HAPPY))

    assert line.rows()[0].client_id == bea


# --- photos -------------------------------------------------------------------------------------------------------


def test_photo_is_acknowledged_and_put_before_a_person(line: Line, ana: int) -> None:
    line.text("", ASKS_PERSON, media=PHOTO)

    assert line.topics() == ["photo_received"]
    assert line.conversation().waiting_since == NOON


def test_question_with_a_photo_is_answered_and_the_photo_looked_at(line: Line, ana: int) -> None:
    line.text("can i work out?", ASKS_EXERCISE, media=PHOTO)

    assert line.topics() == ["exercise+photo_received"]
    assert "photo" in (line.conversation().waiting_reason or "")


# --- words that are not approved ----------------------------------------------------------------------------------


def test_unapproved_answer_goes_to_a_person_with_the_draft_as_suggestion(line: Line) -> None:
    line.all_approved = False
    enrol(line, language="es")

    line.text("¿puedo hacer ejercicio?", decides(Action.ANSWER, "exercise", language="es"))

    assert line.topics() == ["handover"]
    assert "persona" in line.sent()[0].body
    assert line.conversation().waiting_since == NOON
    draft = line.rows()[0].reason["drafts"][0]  # type: ignore[index]
    assert (draft["topic"], draft["language"]) == ("exercise", "es")


def test_in_simulation_every_text_counts_as_approved(line: Line) -> None:
    enrol(line, language="es")

    line.text("¿puedo hacer ejercicio?", decides(Action.ANSWER, "exercise", language="es"))

    assert line.topics() == ["exercise"]


def test_language_of_a_spanish_text_is_remembered(line: Line) -> None:
    line.text("hola", decides(Action.ESCALATE, language="es"))

    assert line.conversation().language == "es"


# --- late texts ---------------------------------------------------------------------------------------------------

LATE: dict[str, Any] = {"found_late": True, "carrier_created_at": NOON - 3 * HOUR}


def test_late_question_is_not_answered_but_noted_once(line: Line, ana: int) -> None:
    line.text("can i work out?", ASKS_EXERCISE, **LATE)
    line.text("hello?", ASKS_PERSON, **LATE)

    assert line.topics() == ["late_note"]
    assert line.conversation().waiting_since == NOON
    assert line.rows()[0].reason["late"] is True


def test_late_red_flag_is_still_instructed_and_alerted(line: Line, ana: int) -> None:
    line.text(decision=CANNOT_BREATHE, **LATE)

    assert line.topics() == ["emergency"]
    assert len(line.alerts()) == 1


def test_late_stop_is_taken_but_not_confirmed(line: Line, ana: int) -> None:
    line.text("please stop", SAYS_STOP, **LATE)

    assert line.is_stopped()
    assert line.sent() == []


def test_text_fetched_soon_is_answered_as_usual(line: Line, ana: int) -> None:
    line.text(decision=ASKS_EXERCISE, found_late=True, carrier_created_at=NOON - HOUR)

    assert line.topics() == ["exercise"]
