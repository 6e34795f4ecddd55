"""What happens to a client's text (RULES 4): recorded once, decided in order, answered or put before a person."""

from datetime import timedelta

import pytest

from bot.decision import Action
from models.clinic import list_clinics
from models.photo import Photo
from models.visit import Visit
from tests.support.factories import (
    NOON,
    make_clinic_number,
)
from tests.support.line import (
    ASKS_EXERCISE,
    ASKS_PERSON,
    DAY,
    HOUR,
    MINUTE,
    PHOTO,
    SAYS_STOP,
    WHY,
    Line,
    ask,
    decides,
    enrol,
    treat,
)

SID = "SM" + "0" * 31 + "1"


# --- taken in once ------------------------------------------------------------------------------------------------


def test_text_is_stored_with_its_decision_and_reason(line: Line, ana: int) -> None:
    line.text("Can I work out?", ASKS_EXERCISE, sid=SID)

    row = line.rows()[0]
    assert (row.direction, row.kind, row.state, row.status) == ("inbound", "faq", "received", "received")
    assert (row.body, row.carrier_sid, row.client_id) == ("Can I work out?", SID, ana)
    assert row.reason["rule"] == "faq"
    assert row.reason["note"] == WHY
    assert row.reason["variants"] == {"exercise": "no_treatment"}


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
