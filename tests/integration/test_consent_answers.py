"""Who confirms STOP, START and HELP: the carrier its own exact words, we the free ones, nobody twice."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.decision import Decision
from tests.support.factories import (
    NOON,
)
from tests.support.line import (
    ASKS_HELP,
    HOUR,
    SAYS_START,
    SAYS_STOP,
    Line,
    enrol,
    open_line,
    open_own_line,
)


@pytest.fixture
def line(tmp_path: Path) -> Line:
    """A clinic whose carrier confirms nothing."""
    return open_own_line(tmp_path)


@pytest.fixture
def twilio_line(tmp_path: Path) -> Line:
    """A clinic whose carrier confirms the exact words itself."""
    folder = tmp_path / "twilio"
    folder.mkdir()
    opened = open_line(folder, opt_out_mode="twilio")
    enrol(opened)
    return opened


# --- who confirms -------------------------------------------------------------------------------------------------

TWILIO_ANSWERS: Mapping[str, tuple[str, Decision]] = {
    "STOP": ("STOP", SAYS_STOP),
    "stop": ("stop", SAYS_STOP),
    "stopall": ("StopAll", SAYS_STOP),
    "unsubscribe": ("UNSUBSCRIBE", SAYS_STOP),
    "cancel": ("Cancel", SAYS_STOP),
    "end": ("END", SAYS_STOP),
    "quit": ("quit", SAYS_STOP),
    "revoke": ("REVOKE", SAYS_STOP),
    "optout": ("optout", SAYS_STOP),
    "help": ("HELP", ASKS_HELP),
    "info": ("info", ASKS_HELP),
}


@pytest.mark.parametrize(("body", "decision"), TWILIO_ANSWERS.values(), ids=TWILIO_ANSWERS)
def test_exact_word_that_the_carrier_answers_gets_no_second_answer(
    twilio_line: Line, body: str, decision: Decision
) -> None:
    twilio_line.text(body, decision)

    assert twilio_line.sent() == []
    assert twilio_line.is_stopped() is (decision is SAYS_STOP)


@pytest.mark.parametrize("body", ["START", "yes", "UNSTOP"])
def test_exact_start_word_changes_the_state_and_leaves_the_answer_to_the_carrier(
    twilio_line: Line, body: str
) -> None:
    twilio_line.text("STOP", SAYS_STOP)

    twilio_line.text(body, SAYS_START, at=NOON + HOUR)

    assert twilio_line.sent() == []
    assert not twilio_line.is_stopped()


@pytest.mark.parametrize(
    ("body", "decision", "topic"),
    [
        ("please stop texting me", SAYS_STOP, "stop_confirmed"),
        ("stop please", SAYS_STOP, "stop_confirmed"),
        ("opt out", SAYS_STOP, "stop_confirmed"),
        ("how does this work, help?", ASKS_HELP, "help"),
        ("you can text me again", SAYS_START, "start_confirmed"),
    ],
)
def test_free_words_are_confirmed_by_us_in_both_modes(
    line: Line, twilio_line: Line, body: str, decision: Decision, topic: str
) -> None:
    for each in (line, twilio_line):
        each.text(body, decision)
        assert each.topics() == [topic]


def test_carrier_that_says_it_matched_stop_is_believed(twilio_line: Line) -> None:
    twilio_line.text("alto", SAYS_STOP, opt_out_type="STOP")

    assert twilio_line.sent() == []
    assert twilio_line.is_stopped()


@pytest.mark.parametrize(("body", "decision"), TWILIO_ANSWERS.values(), ids=TWILIO_ANSWERS)
def test_own_mode_answers_every_word_itself(line: Line, body: str, decision: Decision) -> None:
    line.text(body, decision)

    assert len(line.sent()) == 1
