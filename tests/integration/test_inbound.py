"""What happens to a client's text (RULES 4): recorded once, decided in order, answered or put before a person."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.conversation import NotOurNumber
from bot.decision import Action, QuestionReply, Rule, Urgency
from models.clinic import list_clinics
from models.photo import Photo
from models.visit import Visit
from tests.support.factories import (
    NOON,
    ON_CALL_NUMBER,
    make_clinic_number,
    make_outbound,
)
from tests.support.line import (
    ASKS_EXERCISE,
    ASKS_PERSON,
    ASKS_PERSON_TODAY,
    CANNOT_BREATHE,
    PHOTO,
    SAYS_STOP,
    SAYS_THANKS,
    WHY,
    Line,
    ask,
    decides,
    enrol,
    open_line,
    treat,
)

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
SID = "SM" + "0" * 31 + "1"


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return open_line(tmp_path)


@pytest.fixture
def ana(line: Line) -> int:
    return enrol(line)


def replies(answer: QuestionReply, action: Action = Action.ESCALATE) -> Any:
    return decides(action, rule=Rule.OPEN_QUESTION, question_reply=answer)


# --- taken in once ------------------------------------------------------------------------------------------------


def test_text_is_stored_with_its_decision_and_reason(line: Line, ana: int) -> None:
    line.text("Can I work out?", ASKS_EXERCISE, sid=SID)

    row = line.rows()[0]
    assert (row.direction, row.kind, row.state, row.status) == ("inbound", "faq", "received", "received")
    assert (row.body, row.carrier_sid, row.client_id) == ("Can I work out?", SID, ana)
    assert row.reason["rule"] == "faq"
    assert row.reason["note"] == WHY


def test_same_text_twice_is_one_row_and_one_answer(line: Line, ana: int) -> None:
    line.text("Can I work out?", ASKS_EXERCISE, sid=SID)
    again = line.text("Can I work out?", ASKS_EXERCISE, sid=SID)

    assert again is None
    assert len(line.rows()) == 2


def test_repeat_is_ignored_after_a_month(line: Line, ana: int) -> None:
    line.text(sid=SID, decision=ASKS_PERSON)

    assert line.text(sid=SID, decision=ASKS_PERSON, at=NOON + 30 * DAY) is None


def test_other_text_under_a_signature_already_seen_is_ignored(line: Line, ana: int) -> None:
    line.text(decision=ASKS_PERSON, signature="c2lnbmF0dXJl")

    assert line.text(decision=ASKS_PERSON, signature="c2lnbmF0dXJl") is None


def test_same_text_pushed_and_fetched_is_one_row(line: Line, ana: int) -> None:
    line.text(sid=SID, decision=ASKS_PERSON, signature="c2lnbmF0dXJl")

    assert line.text(sid=SID, decision=ASKS_PERSON, found_late=True) is None


def test_conversation_answers_from_the_number_last_texted(line: Line, ana: int) -> None:
    other = "+15735550101"
    with line.database.write() as session:
        second = make_clinic_number(session, list_clinics(session)[0], number=other).id

    line.text(decision=ASKS_EXERCISE, to=other)

    assert line.conversation().clinic_number_id == second
    assert line.sent()[0].clinic_number_id == second


def test_every_photo_is_recorded_and_waits_to_be_fetched(line: Line, ana: int) -> None:
    pair = (PHOTO[0], type(PHOTO[0])(1, "https://api.twilio.com/ME2", "image/heic"))

    message_id = line.text("", ASKS_PERSON, media=pair)

    with line.database.read() as session:
        photos = session.query(Photo).filter_by(message_id=message_id).order_by(Photo.position).all()
    assert [(each.position, each.content_type, each.state) for each in photos] == [
        (0, "image/jpeg", "at_carrier"),
        (1, "image/heic", "at_carrier"),
    ]
    assert all(each.next_try_at is not None for each in photos)


# --- what the router is told --------------------------------------------------------------------------------------


def test_router_is_told_the_latest_injection_over_all_clients_of_the_number(line: Line, ana: int) -> None:
    treat(line, ana, ago=20 * DAY)
    treat(line, enrol(line, name="Bea"), ago=3 * DAY)

    line.text(decision=ASKS_PERSON)

    assert (line.contexts[0].elapsed, line.contexts[0].day) == (3 * DAY, 3)


@pytest.mark.parametrize(("after", "expected"), [(MINUTE, "i cant"), (3 * MINUTE, None)])
def test_router_sees_the_text_before_when_two_come_in_a_row(
    line: Line, ana: int, after: timedelta, expected: str | None
) -> None:
    line.text("i cant", ASKS_PERSON)
    line.text("breathe", ASKS_PERSON, at=NOON + after)

    assert line.contexts[1].previous_text == expected


def test_router_is_told_what_else_is_known(line: Line, ana: int) -> None:
    visit = treat(line, ana, ago=15 * DAY, kind="refinement")
    ask(line, visit)
    line.text(decision=SAYS_STOP)
    line.text(decision=ASKS_PERSON, media=PHOTO)

    first, second = line.contexts
    assert (first.open_question, first.refined, first.opted_out, first.has_photo) == (
        "check_in",
        True,
        False,
        False,
    )
    assert (second.opted_out, second.has_photo, second.language) == (True, True, "en")


def test_check_in_of_a_fortnight_ago_is_no_open_question(line: Line, ana: int) -> None:
    ask(line, at=NOON - 15 * DAY)

    line.text(decision=ASKS_PERSON)

    assert line.contexts[0].open_question is None


# --- answers know the day -----------------------------------------------------------------------------------------


def test_answer_within_16_hours_names_the_clock_time_and_remembers_it(line: Line, ana: int) -> None:
    visit_id = treat(line, ana, ago=3 * HOUR)  # 9:00 local, so 1:00 the next day

    line.text(decision=ASKS_EXERCISE)

    assert "1 am tomorrow" in line.sent()[0].body
    with line.database.read() as session:
        assert session.get_one(Visit, visit_id).told_exercise_ends_at == NOON + 13 * HOUR


def test_answer_is_linked_to_its_text_and_its_words(line: Line, ana: int) -> None:
    message_id = line.text(decision=ASKS_EXERCISE)

    answer = line.sent()[0]
    assert (answer.kind, answer.topic, answer.in_reply_to_id) == ("faq", "exercise", message_id)
    assert answer.template_version is not None
    assert line.conversation().waiting_since is None


def test_moment_without_an_answer_on_the_page_goes_to_a_person(line: Line, ana: int) -> None:
    treat(line, ana, ago=30 * DAY)

    line.text(decision=decides(Action.ANSWER, "bumps"))  # clinic page, guideline 5: a few hours

    assert line.topics() == ["handover"]
    assert "bumps" in (line.conversation().waiting_reason or "")


def test_two_questions_are_answered_in_one_text(line: Line, ana: int) -> None:
    treat(line, ana, ago=3 * HOUR)

    line.text(decision=decides(Action.ANSWER, "exercise", "bumps"))

    assert line.topics() == ["exercise+bumps"]


def test_two_long_answers_are_two_texts(line: Line, ana: int) -> None:
    treat(line, ana, ago=5 * DAY)

    line.text(decision=decides(Action.ANSWER, "results_timing", "duration"))

    assert line.topics() == ["results_timing", "duration"]


@pytest.mark.parametrize(
    ("recorded", "stated"), [(10 * DAY, 3 * DAY), (12 * HOUR, 20 * HOUR), (20 * HOUR, 2 * HOUR)]
)
def test_stated_time_that_disagrees_with_the_record_goes_to_a_person(
    line: Line, ana: int, recorded: timedelta, stated: timedelta
) -> None:
    treat(line, ana, ago=recorded)

    line.text(decision=decides(Action.ANSWER, "exercise", stated_elapsed=stated))

    assert line.topics() == ["not_enough_known"]
    assert "disagrees" in (line.conversation().waiting_reason or "")


def test_stated_time_near_the_record_is_answered(line: Line, ana: int) -> None:
    treat(line, ana, ago=10 * DAY)

    line.text(decision=decides(Action.ANSWER, "exercise", stated_elapsed=9 * DAY + HOUR))

    assert line.topics() == ["exercise"]


def test_stated_time_without_a_record_chooses_the_words_but_names_no_clock_time(line: Line, ana: int) -> None:
    line.text(decision=decides(Action.ANSWER, "exercise", stated_elapsed=2 * HOUR))

    body = line.sent()[0].body
    assert "take it easy for now" in body
    assert "from" not in body.split("visit.")[1]


def test_question_for_somebody_else_gets_no_date_and_a_person(line: Line, ana: int) -> None:
    treat(line, ana, ago=3 * HOUR)

    line.text(decision=decides(Action.ANSWER, "exercise", third_person=True))

    assert "tomorrow" not in line.sent()[0].body
    assert "somebody else" in (line.conversation().waiting_reason or "")


# --- a person -----------------------------------------------------------------------------------------------------


def test_person_is_called_and_the_client_is_told_so(line: Line, ana: int) -> None:
    line.text(decision=ASKS_PERSON)

    conversation = line.conversation()
    assert (conversation.waiting_since, conversation.waiting_urgency) == (NOON, "normal")
    assert conversation.waiting_reason == WHY
    assert line.topics() == ["handover"]
    assert "(573) 555-0100" in line.sent()[0].body


def test_urgent_question_gets_the_words_for_today(line: Line, ana: int) -> None:
    line.text(decision=ASKS_PERSON_TODAY)

    assert line.topics() == ["handover_today"]
    assert line.conversation().waiting_urgency == "today"


def test_closed_clinic_says_when_it_opens(line: Line, ana: int) -> None:
    line.text(decision=ASKS_PERSON, at=NOON + 8 * HOUR)  # 20:00 on a Tuesday

    assert "9 am" in line.sent()[0].body


def test_hand_over_is_said_once_while_a_person_is_awaited(line: Line, ana: int) -> None:
    for minutes in (0, 20, 40, 200):
        line.text(decision=ASKS_PERSON, at=NOON + minutes * MINUTE)

    assert line.topics() == ["handover"]


def test_hand_over_is_said_again_after_four_hours(line: Line, ana: int) -> None:
    line.text(decision=ASKS_PERSON)
    line.text(decision=ASKS_PERSON, at=NOON + 5 * HOUR)

    assert line.topics() == ["handover", "handover"]


def test_hand_over_is_said_again_when_it_becomes_urgent(line: Line, ana: int) -> None:
    line.text(decision=ASKS_PERSON)
    line.text(decision=ASKS_PERSON_TODAY, at=NOON + MINUTE)

    assert line.topics() == ["handover", "handover_today"]


def test_urgency_is_never_lowered(line: Line, ana: int) -> None:
    line.text(decision=ASKS_PERSON_TODAY)
    line.text(decision=ASKS_PERSON, at=NOON + MINUTE)

    assert line.conversation().waiting_urgency == "today"


def test_text_reopens_a_closed_conversation_only_for_a_person(line: Line, ana: int) -> None:
    with line.database.write() as session:
        session.merge(line.conversation()).status = "closed"

    line.text(decision=SAYS_THANKS)
    assert line.conversation().status == "closed"

    line.text(decision=ASKS_PERSON)
    assert line.conversation().status == "open"


def test_courtesy_is_recorded_and_not_answered(line: Line, ana: int) -> None:
    line.text("thank you!", SAYS_THANKS)

    assert [row.kind for row in line.rows()] == ["courtesy"]
    assert line.conversation().waiting_since is None


# --- manners ------------------------------------------------------------------------------------------------------


def test_bot_keeps_quiet_after_a_person_wrote_and_calls_that_person_back(line: Line, ana: int) -> None:
    with line.database.write() as session:
        conversation = session.merge(line.conversation())
        make_outbound(session, conversation, kind="staff", at=NOON - 10 * MINUTE)
        conversation.last_staff_message_at = NOON - 10 * MINUTE

    line.text(decision=ASKS_EXERCISE)

    assert line.sent() == []
    assert "30 minutes" in (line.conversation().waiting_reason or "")


def test_sixth_answer_within_ten_minutes_is_left_to_a_person(line: Line, ana: int) -> None:
    for second in range(6):
        line.text(decision=ASKS_EXERCISE, at=NOON + second * MINUTE)

    assert len(line.sent()) == 5
    assert line.conversation().waiting_since == NOON + 5 * MINUTE


def test_safety_is_covered_by_no_cap(line: Line, ana: int) -> None:
    for second in range(6):
        line.text(decision=ASKS_EXERCISE, at=NOON + second * MINUTE)

    line.text(decision=CANNOT_BREATHE, at=NOON + 6 * MINUTE)

    assert line.topics()[-1] == "emergency"


# --- red flags ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "topic", "alert", "urgency"),
    [
        ("emergency", "emergency", "red_flag", "now"),
        ("self_harm", "self_harm", "self_harm", "now"),
        ("urgent_today", "urgent_today", "urgent_today", "today"),
    ],
)
def test_red_flag_is_instructed_and_alerted_in_one_transaction(
    line: Line, ana: int, words: str, topic: str, alert: str, urgency: str
) -> None:
    message_id = line.text(decision=decides(Action.EMERGENCY, emergency=words, urgency=Urgency(urgency)))

    assert line.topics() == [topic]
    assert [(each.kind, each.message_id) for each in line.alerts()] == [(alert, message_id)]
    assert line.rows()[0].kind == "red_flag"
    assert line.conversation().waiting_urgency == urgency


def test_red_flag_pages_the_on_call_phone_without_name_or_symptom(line: Line, ana: int) -> None:
    line.text("Ana here, I cannot breathe", CANNOT_BREATHE)

    pages = line.sent(ON_CALL_NUMBER)
    assert [page.kind for page in pages] == ["alert"]
    assert line.alerts()[0].code in pages[0].body
    assert "Ana" not in pages[0].body
    assert "breathe" not in pages[0].body


def test_opted_out_client_still_gets_the_instruction(line: Line, ana: int) -> None:
    line.text(decision=SAYS_STOP)
    line.text(decision=CANNOT_BREATHE, at=NOON + DAY)

    assert line.topics()[-1] == "emergency"
    assert line.alerts()[0].note is None


def test_alert_says_when_no_instruction_could_go_out(line: Line) -> None:
    line.text(decision=CANNOT_BREATHE, number="72975")

    assert line.sent("72975") == []
    assert "call now" in (line.alerts()[0].note or "")


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


def test_photo_in_reply_goes_to_a_person_even_when_happy(line: Line, ana: int) -> None:
    ask(line, treat(line, ana, ago=14 * DAY))

    line.text("1", replies(QuestionReply.HAPPY), media=PHOTO)

    assert line.topics() == ["check_in_to_person"]
    assert line.conversation().waiting_since == NOON


@pytest.mark.parametrize("reply", [replies(QuestionReply.UNCLEAR), SAYS_THANKS])
def test_unclear_reply_goes_to_a_person_and_keeps_the_question(line: Line, ana: int, reply: Any) -> None:
    ask(line, treat(line, ana, ago=14 * DAY))

    line.text("hm", reply)

    assert line.topics() == ["handover"]
    assert line.conversation().open_question == "check_in"
    assert line.conversation().waiting_since == NOON


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


# --- nothing is lost ----------------------------------------------------------------------------------------------


def test_text_the_router_cannot_read_is_kept_and_read_by_a_person_now(line: Line, ana: int) -> None:
    line.text("???", RuntimeError("broken rule"))

    assert [row.body for row in line.rows()] == ["???"]
    assert line.conversation().waiting_urgency == "now"
    assert [alert.kind for alert in line.alerts()] == ["system"]


def test_answer_that_cannot_be_written_leaves_text_and_a_person(line: Line, ana: int) -> None:
    line.text(decision=decides(Action.ANSWER, "no_such_topic"))

    assert len(line.rows()) == 1
    assert line.conversation().waiting_urgency == "today"


def test_instruction_that_cannot_be_written_still_alerts(line: Line, ana: int) -> None:
    line.text(decision=decides(Action.EMERGENCY, emergency="no_such_topic"))

    assert len(line.alerts()) == 1
    assert "call now" in (line.alerts()[0].note or "")
    assert line.conversation().waiting_urgency == "now"


def test_stop_holds_even_where_its_confirmation_cannot_be_written(
    line: Line, ana: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("no words today")

    monkeypatch.setattr("bot.answering.compose", fails)
    line.text("please stop", SAYS_STOP)

    assert line.is_stopped()
    assert line.conversation().waiting_since == NOON


def test_text_to_a_number_that_is_not_ours_is_refused(line: Line) -> None:
    with pytest.raises(NotOurNumber):
        line.text(decision=ASKS_PERSON, to="+15735550199")
    assert line.rows() == []
