"""Words approved from the command line: planned texts that were held for them leave, once, and no others."""

from datetime import timedelta

import pytest

from models.planning import find_reminder
from tests.support.command_line import CommandLine
from tests.support.factories import NOON, make_client, make_clinic, make_consent, make_conversation
from tests.support.held_words import open_street, state, step, treat_in_english, treat_in_spanish
from tests.support.sending_desk import Desk

HELD = ("held", "words")
APPROVE = ("words", "approve", "--clinic", "Demo Clinic", "--by", "Dr Kim")


@pytest.fixture
def real(shell: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """A shell of an installation that texts real people, at noon."""
    monkeypatch.setattr("cli.words.now", lambda _session: NOON)
    shell.set(CARRIER="twilio", TWILIO_ACCOUNT_SID="AC" + "0" * 32, TWILIO_AUTH_TOKEN="f" * 32)
    shell.set(SECRET_KEY="5f2b9c1e7d8a4f60b3c2" * 2, PUBLIC_URL="https://texts.example.com")
    shell.set(CLINIC_NAME="Demo Clinic", CLINIC_NUMBER="+15735550100", CLINIC_TIMEZONE="America/Chicago")
    return shell


def held_elsewhere(desk: Desk) -> int:
    """A text of another clinic's that waits for its words, and could leave."""
    with desk.database.write() as session:
        other = make_clinic(session, number="+15735550101", name="Other Clinic")
        thread = make_conversation(session, other)
        make_consent(session, thread)
        client_id = make_client(session, thread, name="Zoe").id
    step_id = treat_in_english(desk.database, client_id)
    with desk.database.write() as session:
        row = find_reminder(session, step_id)
        row.status, row.held_by = HELD
    return step_id


def test_approved_words_let_the_held_text_leave_once(desk_: Desk, real: CommandLine) -> None:
    step_id = treat_in_spanish(desk_.database, desk_.client_id)
    theirs = held_elsewhere(desk_)
    street = open_street(desk_.database)
    assert street.tick(NOON) == []
    assert (state(desk_.database, step_id), state(desk_.database, theirs)) == (HELD, HELD)

    others = real.must(*APPROVE, "--topic", "check_in").out
    still = state(desk_.database, step_id)
    said = real.must(*APPROVE, "--topic", "aftercare_now", "--language", "es").out

    assert ("planned again" in others, still) == (False, HELD)
    assert "are planned again: 1." in said
    assert (state(desk_.database, step_id), state(desk_.database, theirs)) == (("planned", None), HELD)
    assert len(street.tick(NOON + timedelta(minutes=1))) == 1
    assert street.tick(NOON + timedelta(minutes=2)) == []
    (text,) = street.texts_of(step_id)
    row = step(desk_.database, step_id)
    assert (text.state, row.earliest_at <= text.created_at < row.latest_at) == ("sent", True)
