"""When a person takes over (RULES 4): urgency, manners, red flags, and everything that fails."""

import pytest

from bot.conversation import NotOurNumber
from bot.decision import Action, Decision, Rule, Urgency
from bot.red_flag_alarm import DOUBTED
from models.thread_facts import latest_alarm_at
from tests.support.factories import (
    CLIENT_NUMBER,
    NOON,
    ON_CALL_NUMBER,
    make_outbound,
)
from tests.support.line import (
    ASKS_EXERCISE,
    ASKS_PERSON,
    ASKS_PERSON_TODAY,
    CANNOT_BREATHE,
    DAY,
    HOUR,
    MINUTE,
    SAYS_STOP,
    SAYS_THANKS,
    WHY,
    Line,
    decides,
)

STRANGER = "+15735550177"


def fails(*_: object, **__: object) -> None:
    raise RuntimeError("no words today")


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


# --- perhaps an emergency -----------------------------------------------------------------------------------------

MAY_BE_ONE = decides(Action.ESCALATE, rule=Rule.PERSON, urgency=Urgency.NOW, handoff=True)
STOP_BESIDE_ONE = decides(Action.OPTOUT, rule=Rule.CONSENT, urgency=Urgency.NOW, handoff=True)


@pytest.mark.parametrize(
    ("decision", "topic"), [(MAY_BE_ONE, "handover_today"), (STOP_BESIDE_ONE, "stop_confirmed")]
)
def test_a_text_for_a_person_now_pages_the_on_call_phone_with_the_text_itself(
    line: Line, ana: int, decision: Decision, topic: str
) -> None:
    message_id = line.text(decision=decision)

    (alert,) = line.alerts()
    assert (alert.kind, alert.note, alert.message_id) == ("urgent_now", DOUBTED, message_id)
    assert [page.kind for page in line.sent(ON_CALL_NUMBER)] == ["alert"]
    assert alert.code in line.sent(ON_CALL_NUMBER)[0].body
    with line.database.read() as session:
        assert latest_alarm_at(session, line.conversation().id) == NOON  # no promotion for 120 days
    assert line.topics() == [topic]
    assert line.conversation().waiting_urgency == "now"


@pytest.mark.parametrize("decision", [ASKS_PERSON, ASKS_PERSON_TODAY])
def test_a_text_for_a_person_later_pages_nobody(line: Line, ana: int, decision: Decision) -> None:
    line.text(decision=decision)

    assert (line.alerts(), line.sent(ON_CALL_NUMBER)) == ([], [])


@pytest.mark.parametrize("first", [MAY_BE_ONE, CANNOT_BREATHE])
def test_while_an_alert_is_open_a_text_for_a_person_now_opens_no_other(
    line: Line, ana: int, first: Decision
) -> None:
    line.text(decision=first)
    line.text(decision=MAY_BE_ONE, at=NOON + MINUTE)
    assert len(line.alerts()) == 1

    with line.database.write() as session:
        session.merge(line.alerts()[0]).closed_at = NOON + 2 * MINUTE
    line.text(decision=MAY_BE_ONE, at=NOON + 3 * MINUTE)
    assert len(line.alerts()) == 2


def test_an_emergency_alerts_beside_what_may_have_been_one(line: Line, ana: int) -> None:
    line.text(decision=MAY_BE_ONE)
    line.text(decision=CANNOT_BREATHE, at=NOON + MINUTE)

    assert [alert.kind for alert in line.alerts()] == ["urgent_now", "red_flag"]


def test_the_alert_of_one_conversation_keeps_no_other_from_its_own(line: Line, ana: int) -> None:
    for number in (CLIENT_NUMBER, STRANGER):
        line.text(decision=MAY_BE_ONE, number=number)

    assert len(line.alerts()) == 2


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


def test_words_for_a_person_now_that_cannot_be_written_leave_the_urgency(
    line: Line, ana: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.text(decision=CANNOT_BREATHE)
    with line.database.write() as session:
        session.merge(line.conversation()).waiting_since = None
    monkeypatch.setattr("bot.answering.compose", fails)

    line.text(decision=MAY_BE_ONE, at=NOON + MINUTE)

    assert line.conversation().waiting_urgency == "now"


def test_stop_holds_even_where_its_confirmation_cannot_be_written(
    line: Line, ana: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.answering.compose", fails)
    line.text("please stop", SAYS_STOP)

    assert line.is_stopped()
    assert line.conversation().waiting_since == NOON


def test_text_to_a_number_that_is_not_ours_is_refused(line: Line) -> None:
    with pytest.raises(NotOurNumber):
        line.text(decision=ASKS_PERSON, to="+15735550199")
    assert line.rows() == []
