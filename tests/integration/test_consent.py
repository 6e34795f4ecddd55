"""STOP, START and HELP (RULES 6): applied at once, confirmed at most once, never undone by anything but START."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.decision import Action, Rule, Urgency
from models.consent_event import CarrierBlock, consent_events, consent_state
from models.message import Message
from models.reminder import Reminder
from models.suppression import suppress_number
from models.visit import Visit
from tests.support.factories import (
    CLIENT_NUMBER,
    NOON,
    make_carrier_block,
    make_consent,
    make_outbound,
    make_reminder,
)
from tests.support.line import (
    ASKS_EXERCISE,
    ASKS_HELP,
    ASKS_PERSON,
    DAY,
    HOUR,
    MINUTE,
    OPT_OUT_KEY,
    SAYS_START,
    SAYS_STOP,
    WHY,
    Line,
    ask,
    decides,
    enrol,
    open_own_line,
    treat,
)

STOP_AND_RED_FLAG = decides(
    Action.EMERGENCY, rule=Rule.RED_FLAG, urgency=Urgency.NOW, emergency="emergency", also_stop=True
)


@pytest.fixture
def line(tmp_path: Path) -> Line:
    """A clinic whose carrier confirms nothing."""
    return open_own_line(tmp_path)


# --- STOP ---------------------------------------------------------------------------------------------------------


def test_stop_is_recorded_for_everything_and_confirmed(line: Line) -> None:
    line.text("please stop", SAYS_STOP)

    assert line.consent_changes() == [("granted", "care"), ("stopped", "all")]
    assert [(row.kind, row.topic) for row in line.sent()] == [("opt_out", "stop_confirmed")]


def test_second_stop_is_not_confirmed_again(line: Line) -> None:
    line.text("stop", SAYS_STOP)
    line.text("STOP!!", SAYS_STOP, at=NOON + MINUTE)
    line.text("STOP!!", SAYS_STOP, at=NOON + 40 * DAY)

    assert line.topics() == ["stop_confirmed"]
    assert line.consent_changes()[1:] == [("stopped", "all")]


def test_stop_again_after_start_is_confirmed_again(line: Line) -> None:
    line.text("stop", SAYS_STOP)
    line.text("start", SAYS_START, at=NOON + HOUR)
    line.text("stop", SAYS_STOP, at=NOON + 2 * HOUR)

    confirmed = [row.topic for row in line.rows() if row.kind == "opt_out" and row.direction == "outbound"]
    assert confirmed == ["stop_confirmed", "stop_confirmed"]


def test_stop_cancels_what_is_queued_and_leaves_what_is_planned(line: Line) -> None:
    visit_id = treat(line, 1, ago=14 * DAY)
    with line.database.write() as session:
        conversation = session.merge(line.conversation())
        visit = session.get_one(Visit, visit_id)
        due = make_reminder(session, visit, status="enqueued")
        later = make_reminder(session, visit, step="exercise_over", status="planned", due_at=NOON + DAY)
        queued = make_outbound(session, conversation, kind="reminder", state="queued", reminder_id=due.id)
        due.message_id = queued.id
        ids = due.id, later.id, queued.id

    line.text("stop", SAYS_STOP)

    with line.database.read() as session:
        assert session.get_one(Reminder, ids[0]).status == "cancelled"
        assert session.get_one(Reminder, ids[1]).status != "cancelled"
        text = session.get_one(Message, ids[2])
        assert (text.state, text.reason["refused"]) == ("cancelled", "stopped")


def test_stop_counts_for_everybody_on_a_family_phone(line: Line) -> None:
    enrol(line, name="Bea")

    line.text("stop", SAYS_STOP)

    assert line.is_stopped()


def test_stop_ends_the_open_question(line: Line) -> None:
    ask(line, treat(line, 1, ago=14 * DAY))

    line.text("stop", SAYS_STOP)

    assert line.conversation().open_question is None


def test_nothing_but_the_exempt_texts_goes_to_a_stopped_number(line: Line) -> None:
    line.text("stop", SAYS_STOP)

    line.text("can i work out?", ASKS_EXERCISE, at=NOON + HOUR)
    line.text("hello?", ASKS_PERSON, at=NOON + HOUR)
    line.text("help", ASKS_HELP, at=NOON + HOUR)

    assert line.topics() == ["stop_confirmed", "help"]
    assert line.conversation().waiting_since == NOON + HOUR


@pytest.mark.parametrize("found_late", [False, True])
def test_an_opt_out_that_may_be_an_emergency_counts_and_is_seen_by_a_person(
    line: Line, found_late: bool
) -> None:
    doubtful = replace(SAYS_STOP, handoff=True, urgency=Urgency.TODAY)

    line.text("no more of this, i cannot take it", doubtful, found_late=found_late)

    conversation = line.conversation()
    assert line.is_stopped()
    assert (conversation.waiting_reason, conversation.waiting_urgency) == (WHY, "today")


# --- STOP beside a red flag ---------------------------------------------------------------------------------------


def test_stop_and_red_flag_in_one_text_get_one_text_that_does_both(line: Line) -> None:
    line.text("stop texting me i cant breathe", STOP_AND_RED_FLAG)

    assert [(row.kind, row.topic) for row in line.sent()] == [("red_flag", "stop_and_emergency")]
    assert line.is_stopped()
    assert len(line.alerts()) == 1


@pytest.mark.parametrize("words", ["self_harm", "urgent_today"])
def test_stop_beside_other_emergency_words_is_one_text_as_well(line: Line, words: str) -> None:
    line.text("stop", decides(Action.EMERGENCY, emergency=words, also_stop=True))

    assert line.topics() == [f"{words}+stop_confirmed"]
    assert line.is_stopped()


# --- START --------------------------------------------------------------------------------------------------------


def test_start_restores_care_and_never_promotion(line: Line) -> None:
    with line.database.write() as session:
        make_consent(session, session.merge(line.conversation()), scope="promo")
    line.text("stop", SAYS_STOP)

    line.text("start", SAYS_START, at=NOON + HOUR)

    with line.database.read() as session:
        state = consent_state(session, line.conversation().id)
    assert (state.care, state.promo, state.stopped_at) == (True, False, None)


def test_start_clears_the_carriers_block_on_that_pair_only(line: Line) -> None:
    with line.database.write() as session:
        conversation = session.merge(line.conversation())
        make_carrier_block(session, conversation)
        session.add(
            CarrierBlock(
                clinic_number_id=conversation.clinic_number_id, their_number="+15735550143", since=NOON
            )
        )

    line.text("start", SAYS_START)

    with line.database.read() as session:
        assert list(session.scalars(select(CarrierBlock.their_number))) == ["+15735550143"]


def test_start_from_somebody_who_never_stopped_adds_no_event(line: Line) -> None:
    line.text("start", SAYS_START)

    assert line.consent_changes() == [("granted", "care")]
    assert line.topics() == ["start_confirmed"]


# --- HELP ---------------------------------------------------------------------------------------------------------


def test_help_names_clinic_phone_and_stop(line: Line) -> None:
    line.text("help", ASKS_HELP)

    body = line.sent()[0].body
    assert "Demo Clinic" in body
    assert "(573) 555-0100" in body
    assert "STOP" in body


def test_help_is_covered_by_no_cap(line: Line) -> None:
    for minute in range(7):
        line.text("help", ASKS_HELP, at=NOON + minute * MINUTE)

    assert line.topics() == ["help"] * 7


# --- the record ---------------------------------------------------------------------------------------------------


def test_event_names_its_text_and_how_it_came(line: Line) -> None:
    message_id = line.text("stop", SAYS_STOP)

    with line.database.read() as session:
        event = consent_events(session, line.conversation().id)[-1]
    assert (event.message_id, event.how, event.by, event.at) == (message_id, "text", "client", NOON)


def test_unknown_number_can_stop_too(line: Line) -> None:
    line.text("stop", SAYS_STOP, number="+15735550177")

    assert line.is_stopped("+15735550177")
    assert not line.is_stopped(CLIENT_NUMBER)
    assert line.topics("+15735550177") == ["stop_confirmed"]


# --- after erasure ------------------------------------------------------------------------------------------------

ERASED = "+15735550155"


@pytest.fixture
def erased_opt_out(line: Line) -> None:
    """Somebody opted out, and was erased since."""
    with line.database.write() as session:
        suppress_number(session, clinic_id=1, number=ERASED, key=OPT_OUT_KEY, since=NOON - 30 * DAY)


@pytest.mark.usefixtures("erased_opt_out")
def test_opt_out_outlives_erasure(line: Line) -> None:
    line.text("can i work out?", ASKS_EXERCISE, number=ERASED)

    assert line.is_stopped(ERASED)
    assert line.sent(ERASED) == []
    assert line.conversation(ERASED).waiting_since == NOON


@pytest.mark.usefixtures("erased_opt_out")
@pytest.mark.parametrize("at_carrier", [None, NOON - HOUR], ids=["pushed", "fetched"])
def test_start_ends_an_opt_out_that_outlived_erasure(line: Line, at_carrier: datetime | None) -> None:
    line.text("start", SAYS_START, number=ERASED, carrier_created_at=at_carrier)

    assert not line.is_stopped(ERASED)
    assert line.topics(ERASED) == ["start_confirmed"]


@pytest.mark.usefixtures("erased_opt_out")
def test_start_from_before_an_opt_out_that_outlived_erasure_does_not_end_it(line: Line) -> None:
    line.text("start", SAYS_START, number=ERASED, found_late=True, carrier_created_at=NOON - 31 * DAY)

    assert line.is_stopped(ERASED)
