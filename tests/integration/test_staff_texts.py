"""Texts from our own people's phones (RULES 4 and 8): "OK K7" takes an alert, "new NAME PHONE product" enrols."""

from pathlib import Path

import pytest
from sqlalchemy import select

from bot.decision import Action, Rule
from models.client import Client
from models.clinic import list_clinics
from models.message import Message
from models.staff import find_on_call
from models.visit import Treatment
from tests.support.factories import NOON, ON_CALL_NUMBER, STAFF_NUMBER, make_alert, make_staff
from tests.support.line import (
    ASKS_EXERCISE,
    ASKS_PERSON,
    CANNOT_BREATHE,
    SAYS_START,
    SAYS_STOP,
    Line,
    decides,
    enrol,
    open_line,
)

NEW_NUMBER = "+15735550111"


@pytest.fixture
def line(tmp_path: Path) -> Line:
    """A clinic with an on-call phone, a member of staff and one alert K7 about Ana."""
    opened = open_line(tmp_path)
    enrol(opened)
    with opened.database.write() as session:
        make_staff(session, list_clinics(session)[0], phone=STAFF_NUMBER)
        make_alert(session, session.merge(opened.conversation()))
    return opened


@pytest.mark.parametrize("body", ["OK K7", "ok k7", " Ok  K7. ", "okay k7!", "OK K 7", "ok, K7", "OK\nK7"])
@pytest.mark.parametrize("phone", [ON_CALL_NUMBER, STAFF_NUMBER])
def test_our_own_phone_takes_an_alert_by_its_code(line: Line, phone: str, body: str) -> None:
    line.text(body, ASKS_PERSON, number=phone)

    alert = line.alerts()[0]
    assert alert.acknowledged_at == NOON
    assert alert.acknowledged_by == {ON_CALL_NUMBER: "On call 1", STAFF_NUMBER: "Dana"}[phone]
    assert [(row.kind, row.topic) for row in line.sent(phone)] == [("staff_ack", "staff_ack")]
    assert "K7" in line.sent(phone)[0].body


def test_a_taken_alert_keeps_its_first_name(line: Line) -> None:
    line.text("OK K7", ASKS_PERSON, number=STAFF_NUMBER)
    line.text("OK K7", ASKS_PERSON, number=ON_CALL_NUMBER)

    assert line.alerts()[0].acknowledged_by == "Dana"


def test_code_without_an_alert_is_answered_with_how_to_do_it(line: Line) -> None:
    line.text("OK K9", ASKS_PERSON, number=ON_CALL_NUMBER)

    assert line.topics(ON_CALL_NUMBER) == ["staff_unclear"]
    assert line.alerts()[0].acknowledged_at is None


def test_code_from_somebody_else_takes_no_alert(line: Line) -> None:
    line.text("OK K7", ASKS_PERSON)

    assert line.alerts()[0].acknowledged_at is None


def test_staff_text_belongs_to_no_conversation(line: Line) -> None:
    line.text("OK K7", ASKS_PERSON, number=ON_CALL_NUMBER)

    assert {row.conversation_id for row in line.rows(ON_CALL_NUMBER)} == {None}


@pytest.mark.parametrize(
    ("body", "name", "product"),
    [
        ("new Cleo Park 573-555-0111 Dysport", "Cleo Park", "Dysport"),
        ("NEW Cleo (573) 555-0111 botox forehead", "Cleo", "botox forehead"),
        ("new: Cleo Park, +1 573 555 0111, Xeomin", "Cleo Park", "Xeomin"),
    ],
)
def test_our_own_phone_enrols_a_client(line: Line, body: str, name: str, product: str) -> None:
    line.text(body, ASKS_PERSON, number=STAFF_NUMBER)

    with line.database.read() as session:
        client = session.execute(select(Client).where(Client.name == name)).scalar_one()
        treatment = session.execute(select(Treatment)).scalar_one()
    assert client.created_at == NOON
    assert (treatment.product, treatment.injected_at) == (product, NOON)
    assert line.consent_changes(NEW_NUMBER) == [("granted", "care")]
    assert line.topics(NEW_NUMBER) == ["opt_in_confirmation"]
    assert line.topics(STAFF_NUMBER) == ["enrolled_ack"]
    assert "Cleo" in line.sent(STAFF_NUMBER)[0].body


def test_client_on_file_gets_a_new_treatment_and_no_second_record(line: Line) -> None:
    line.text("new Ana 573-555-0142 Dysport", ASKS_PERSON, number=STAFF_NUMBER)

    with line.database.read() as session:
        assert len(list(session.scalars(select(Client)))) == 1
        assert len(list(session.scalars(select(Treatment)))) == 1


@pytest.mark.parametrize(
    "body", ["new Cleo 555 Dysport", "new Cleo", "new 573-555-0111 Dysport", "new Cleo 573-555-0100 Dysport"]
)
def test_enrolment_that_cannot_be_read_goes_to_a_person(line: Line, body: str) -> None:
    line.text(body, ASKS_PERSON, number=STAFF_NUMBER)

    assert line.conversation(STAFF_NUMBER).waiting_since == NOON
    with line.database.read() as session:
        assert len(list(session.scalars(select(Client)))) == 1


def test_enrolment_by_somebody_else_is_a_clients_text(line: Line) -> None:
    line.text("new Cleo 573-555-0111 Dysport", ASKS_PERSON)

    assert line.rows(NEW_NUMBER) == []


def test_anything_else_from_our_own_phone_is_a_clients_text(line: Line) -> None:
    line.text("can i work out?", ASKS_EXERCISE, number=STAFF_NUMBER)

    assert line.topics(STAFF_NUMBER) == ["exercise"]


def test_red_flag_from_our_own_phone_is_one(line: Line) -> None:
    line.text(decision=CANNOT_BREATHE, number=STAFF_NUMBER)

    assert line.topics(STAFF_NUMBER) == ["emergency"]
    assert len(line.alerts()) == 2


@pytest.mark.parametrize(
    "decision", [SAYS_STOP, decides(Action.EMERGENCY, rule=Rule.RED_FLAG, also_stop=True)]
)
def test_stop_from_an_on_call_phone_raises_an_alert(line: Line, decision: object) -> None:
    line.text("stop", decision, number=ON_CALL_NUMBER)  # type: ignore[arg-type]

    assert "oncall_stop" in [alert.kind for alert in line.alerts()]
    with line.database.read() as session:
        phone = find_on_call(session, clinic_id=1, number=ON_CALL_NUMBER)
        assert phone is not None
        assert phone.stopped_at == NOON


def test_start_from_an_on_call_phone_puts_it_back(line: Line) -> None:
    line.text("stop", SAYS_STOP, number=ON_CALL_NUMBER)
    line.text("start", SAYS_START, number=ON_CALL_NUMBER)

    with line.database.read() as session:
        phone = find_on_call(session, clinic_id=1, number=ON_CALL_NUMBER)
        assert phone is not None
        assert phone.stopped_at is None


def test_command_that_fails_is_kept_as_a_clients_text(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("alerts are broken")

    monkeypatch.setattr("bot.staff_texts.find_open_by_code", fails)
    line.text("OK K7", ASKS_PERSON, number=ON_CALL_NUMBER)

    with line.database.read() as session:
        assert len(list(session.scalars(select(Message).where(Message.body == "OK K7")))) == 1
    assert line.conversation(ON_CALL_NUMBER).waiting_since == NOON
