"""Texts from numbers that belong to nobody on file (RULES 4): safe words, one greeting, no reply loops."""

import pytest

from bot.decision import Action
from models.clinic import list_clinics
from models.conversation import list_unknown
from tests.support.factories import NOON, OUR_NUMBER
from tests.support.line import (
    ASKS_EXERCISE,
    ASKS_HELP,
    ASKS_PERSON,
    ASKS_PERSON_TODAY,
    CANNOT_BREATHE,
    DAY,
    MINUTE,
    PHOTO,
    SAYS_THANKS,
    Line,
    decides,
    enrol,
)

STRANGER = "+15735550177"


def unknown(line: Line) -> list[str]:
    with line.database.read() as session:
        clinic = list_clinics(session)[0]
        return [row.number for row in list_unknown(session, clinic_id=clinic.id)]


def test_sure_answer_goes_out_without_dates_and_asks_for_the_name(line: Line) -> None:
    line.text("can i work out?", ASKS_EXERCISE, number=STRANGER)

    assert line.topics(STRANGER) == ["exercise"]
    assert "16 hours" in line.sent(STRANGER)[0].body
    assert "What name is the visit under?" in line.sent(STRANGER)[0].body


@pytest.mark.parametrize("decision", [ASKS_PERSON, SAYS_THANKS])
def test_anything_else_is_greeted_once_in_30_days(line: Line, decision: object) -> None:
    for day in (0, 1, 29, 31):
        line.text("hello", decision, number=STRANGER, at=NOON + day * DAY)  # type: ignore[arg-type]

    assert line.topics(STRANGER) == ["unknown_number", "unknown_number"]


def test_urgent_question_gets_the_words_for_today(line: Line) -> None:
    line.text(decision=ASKS_PERSON_TODAY, number=STRANGER)

    assert line.topics(STRANGER) == ["handover_today"]


def test_photo_from_a_stranger_is_greeted_then_acknowledged(line: Line) -> None:
    line.text("", ASKS_PERSON, number=STRANGER, media=PHOTO)
    line.text("", ASKS_PERSON, number=STRANGER, media=PHOTO, at=NOON + MINUTE)

    assert line.topics(STRANGER) == ["unknown_number", "photo_received"]


def test_red_flag_is_treated_as_for_everybody(line: Line) -> None:
    line.text(decision=CANNOT_BREATHE, number=STRANGER)

    assert line.topics(STRANGER) == ["emergency"]
    assert len(line.alerts()) == 1


def test_help_is_treated_as_for_everybody(line: Line) -> None:
    line.text("how do i get help here", ASKS_HELP, number=STRANGER)

    assert line.topics(STRANGER) == ["help"]


def test_question_with_a_stated_time_gets_its_words_without_clock_times(line: Line) -> None:
    line.text(decision=decides(Action.ANSWER, "exercise", stated_elapsed=3 * DAY), number=STRANGER)

    assert "Yours are over" in line.sent(STRANGER)[0].body


def test_stranger_is_shown_until_linked(line: Line) -> None:
    line.text(decision=ASKS_EXERCISE, number=STRANGER)
    assert unknown(line) == [STRANGER]
    assert "not on file" in (line.conversation(STRANGER).waiting_reason or "")

    enrol(line, number=STRANGER)
    assert unknown(line) == []


def test_dismissed_stranger_is_shown_no_more(line: Line) -> None:
    line.text(decision=ASKS_EXERCISE, number=STRANGER)
    with line.database.write() as session:
        conversation = session.merge(line.conversation(STRANGER))
        conversation.dismissed_at, conversation.waiting_since = NOON, None

    line.text(decision=ASKS_EXERCISE, number=STRANGER, at=NOON + DAY)

    assert unknown(line) == []
    assert line.conversation(STRANGER).waiting_since is None


@pytest.mark.parametrize("sender", ["72975", "611", "Your Bank", "anonymous"])
@pytest.mark.parametrize("decision", [ASKS_PERSON, ASKS_EXERCISE, ASKS_HELP, CANNOT_BREATHE])
def test_short_codes_and_names_are_never_answered(line: Line, sender: str, decision: object) -> None:
    line.text("win a prize", decision, number=sender)  # type: ignore[arg-type]

    assert line.sent(sender) == []
    assert len(line.rows(sender)) == 1


def test_our_own_number_is_never_answered(line: Line) -> None:
    line.text("Thanks, a person on our team will answer this one.", CANNOT_BREATHE, number=OUR_NUMBER)

    assert [row.direction for row in line.rows(OUR_NUMBER)] == ["inbound"]
    assert line.alerts() == []


def test_sender_in_another_spelling_is_the_same_conversation(line: Line) -> None:
    line.text(decision=ASKS_PERSON, number=STRANGER)
    line.text(decision=ASKS_PERSON, number="+1 (573) 555-0177")

    assert len(line.rows(STRANGER)) == 3  # two texts in, one greeting


def test_two_bots_fall_silent_and_a_person_is_called(line: Line) -> None:
    for minute in range(30):
        line.text(
            "I am a robot, what is your opening time?",
            ASKS_EXERCISE,
            number=STRANGER,
            at=NOON + minute * MINUTE,
        )

    answered = len(line.sent(STRANGER))
    assert answered <= 12
    assert line.conversation(STRANGER).waiting_since is not None
