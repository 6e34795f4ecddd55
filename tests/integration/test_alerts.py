"""Somebody must look: on-call phones in order, until a named person acknowledges (RULES 8)."""

from datetime import timedelta
from typing import Any

import pytest

from alerts.page_words import PageWords
from alerts.paging import page_next
from alerts.register import (
    AlertClosed,
    acknowledge,
    close_alert,
    find_open_by_code,
    note_on_call_start,
    note_on_call_stop,
    open_alert,
)
from carriers.base import Outcome, SendResult
from messages.catalogue import load_pack
from models.alert import Alert
from models.clinic import Clinic
from models.conversation import Conversation
from models.message import Message
from models.staff import find_on_call
from outbox.alarm import NOT_TOLD
from outbox.kinds import Kind
from tests.support.factories import (
    make_carrier_block,
    make_consent,
    make_conversation,
    make_inbound,
    make_on_call,
)
from tests.support.sending import drain, get, queue
from tests.support.sending_desk import Desk

FIRST, SECOND = "+15735550171", "+15735550172"
FIVE = {"minutes": 5}


def phones(desk: Desk, *numbers: str) -> None:
    with desk.database.write() as session:
        clinic = session.get_one(Clinic, desk.clinic_id)
        for position, number in enumerate(numbers):
            make_on_call(session, clinic, number=number, position=position)


def alarm(desk: Desk, **values: Any) -> int:
    given: dict[str, Any] = {"message_id": None, "kind": "red_flag", "conversation_id": desk.conversation_id}
    with desk.database.write() as session:
        alert = open_alert(
            session, clinic_id=desk.clinic_id, now=desk.clock.at, machine=desk.clock.at, **(given | values)
        )
        return alert.id


def tick(desk: Desk) -> int:
    with desk.database.write() as session:
        pages = page_next(session, desk.clock.at, desk.clock.at)
    drain(desk)
    return pages


def paged(desk: Desk) -> list[str]:
    return [sent.to_number for sent in desk.carrier.sends]


def test_the_first_phone_is_texted_at_once_and_the_next_after_five_minutes(desk: Desk) -> None:
    phones(desk, FIRST, SECOND)
    alarm(desk)
    tick(desk)
    assert paged(desk) == [FIRST]
    desk.clock.move(minutes=4, seconds=59)
    assert tick(desk) == 0
    desk.clock.move(seconds=1)
    assert tick(desk) == 1
    assert paged(desk) == [FIRST, SECOND]


def test_round_and_round_until_somebody_acknowledges(desk: Desk) -> None:
    phones(desk, FIRST, SECOND)
    alert_id = alarm(desk)
    for _ in range(4):
        tick(desk)
        desk.clock.move(**FIVE)
    assert paged(desk) == [FIRST, SECOND, FIRST, SECOND]
    with desk.database.write() as session:
        acknowledge(session, session.get_one(Alert, alert_id), by="Dana", now=desk.clock.at)
    desk.clock.move(**FIVE)
    assert tick(desk) == 0


def test_a_page_names_no_one_and_no_symptom(desk: Desk) -> None:
    phones(desk, FIRST)
    alert = get(desk, Alert, alarm(desk))
    drain(desk)
    assert desk.carrier.sends[0].body == f"Urgent text waiting, thread {alert.code}. Reply OK {alert.code}."


def test_with_an_address_of_ours_the_page_has_a_link_and_the_packs_words(desk: Desk) -> None:
    phones(desk, FIRST)
    words = PageWords(load_pack(), "https://clinic.example")
    alert = get(desk, Alert, alarm(desk, words=words))
    with desk.database.read() as session:
        page = session.query(Message).one()
    assert f"https://clinic.example/alerts/{alert.id}" in page.body
    assert f"OK {alert.code}" in page.body
    assert (page.topic, page.template_version is None) == ("alert_page", False)


def test_without_phones_the_alert_stays_on_screen_and_a_phone_added_later_is_texted(desk: Desk) -> None:
    alert_id = alarm(desk)
    assert tick(desk) == 0
    assert get(desk, Alert, alert_id).closed_at is None
    phones(desk, FIRST)
    desk.clock.move(**FIVE)
    assert tick(desk) == 1


def test_the_emergency_alert_knows_no_consent_no_hold_and_no_hour(desk: Desk) -> None:
    phones(desk, FIRST)
    desk.clock.move(hours=14)
    with desk.database.write() as session:
        session.get_one(Clinic, desk.clinic_id).automatic_held_since = desk.clock.at
        conversation = make_conversation(session, session.get_one(Clinic, desk.clinic_id), number=FIRST)
        make_consent(session, conversation, "stopped", at=desk.clock.at)
        make_carrier_block(session, conversation)
    alarm(desk)
    drain(desk)
    assert paged(desk) == [FIRST]


def test_acknowledging_takes_back_pages_that_have_not_left(desk: Desk) -> None:
    phones(desk, FIRST)
    alert_id = alarm(desk)
    with desk.database.write() as session:
        acknowledge(session, session.get_one(Alert, alert_id), by="Dana", now=desk.clock.at)
    drain(desk)
    assert paged(desk) == []


def test_the_first_name_stands(desk: Desk) -> None:
    alert_id = alarm(desk)
    for name in ("Dana", "Kim"):
        with desk.database.write() as session:
            acknowledge(session, session.get_one(Alert, alert_id), by=name, now=desk.clock.at)
    assert get(desk, Alert, alert_id).acknowledged_by == "Dana"


def test_codes_are_unique_among_open_alerts_and_found_however_typed(desk: Desk) -> None:
    ids = [alarm(desk) for _ in range(30)]
    with desk.database.read() as session:
        codes = {session.get_one(Alert, row).code for row in ids}
        code = sorted(codes)[0]
        found = find_open_by_code(session, desk.clinic_id, f" {code[0].lower()} {code[1]} ")
    assert len(codes) == 30
    assert found is not None
    assert found.code == code


def test_closing_needs_a_choice_and_happens_once(desk: Desk) -> None:
    alert_id = alarm(desk)
    with desk.database.write() as session, pytest.raises(AlertClosed, match="resume or cancel"):
        close(desk, session, alert_id, "perhaps")
    with desk.database.write() as session:
        close(desk, session, alert_id, "resume")
    alert = get(desk, Alert, alert_id)
    assert (alert.closed_by, alert.acknowledged_by, alert.reminders_choice) == ("Dana", "Dana", "resume")
    with desk.database.write() as session, pytest.raises(AlertClosed, match="closed already by Dana"):
        close(desk, session, alert_id, "cancel")
    with desk.database.read() as session:
        assert find_open_by_code(session, desk.clinic_id, alert.code) is None


def close(desk: Desk, session: Any, alert_id: int, choice: str) -> None:
    close_alert(
        session,
        session.get_one(Alert, alert_id),
        by="Dana",
        outcome="called, fine",
        reminders_choice=choice,
        now=desk.clock.at,
    )


def test_stop_from_an_on_call_phone_is_an_alert_itself_and_the_others_come_first(desk: Desk) -> None:
    phones(desk, FIRST, SECOND)
    with desk.database.write() as session:
        alert = note_on_call_stop(session, clinic_id=desk.clinic_id, number=FIRST, now=desk.clock.at)
        assert alert is not None
        assert (alert.kind, alert.note) == (
            "oncall_stop",
            "On call 0 texted STOP: alerts may not reach this phone until it texts START.",
        )
        assert note_on_call_stop(session, clinic_id=desk.clinic_id, number=FIRST, now=desk.clock.at) is None
    drain(desk)
    assert paged(desk) == [SECOND]
    with desk.database.write() as session:
        note_on_call_start(session, clinic_id=desk.clinic_id, number=FIRST)
        phone = find_on_call(session, clinic_id=desk.clinic_id, number=FIRST)
        assert phone is not None
        assert phone.stopped_at is None


def test_the_last_phone_is_texted_even_after_its_stop(desk: Desk) -> None:
    phones(desk, FIRST)
    with desk.database.write() as session:
        note_on_call_stop(session, clinic_id=desk.clinic_id, number=FIRST, now=desk.clock.at)
    drain(desk)
    assert paged(desk) == [FIRST]


@pytest.mark.parametrize("alert_first", [True, False])
def test_a_refused_instruction_is_on_the_alert_in_either_order(desk: Desk, alert_first: bool) -> None:
    with desk.database.write() as session:
        conversation = session.get_one(Conversation, desk.conversation_id)
        inbound_id = make_inbound(session, conversation, kind="red_flag").id
    refused = {"in_reply_to_id": inbound_id, "their_number": "72345"}
    if alert_first:
        alert_id = alarm(desk, message_id=inbound_id)
        queue(desk, Kind.RED_FLAG, **refused)
    else:
        queue(desk, Kind.RED_FLAG, **refused)
        alert_id = alarm(desk, message_id=inbound_id)
    assert get(desk, Alert, alert_id).note == NOT_TOLD


def test_sending_that_calls_for_help_is_paged_by_the_tick(desk: Desk) -> None:
    phones(desk, FIRST)
    with desk.database.write() as session:
        session.get_one(Clinic, desk.clinic_id).created_at = desk.clock.at - timedelta(days=1)
        row = Alert(
            clinic_id=desk.clinic_id,
            kind="system",
            code="A2",
            opened_at=desk.clock.at,
            next_page_at=desk.clock.at,
            pages=0,
        )
        session.add(row)
    assert tick(desk) == 1
    assert paged(desk) == [FIRST]


def test_a_carrier_out_of_reach_for_an_hour_brings_one_page_a_phone_when_it_is_back(desk: Desk) -> None:
    phones(desk, FIRST, SECOND)
    desk.carrier.script(*[SendResult(Outcome.REJECTED_RETRY)] * 60)
    alarm(desk)
    for _ in range(12):
        tick(desk)
        desk.clock.move(**FIVE)
    desk.carrier.replies.clear()
    desk.carrier.sends.clear()
    tick(desk)

    pages = [(sent.to_number, sent.body) for sent in desk.carrier.sends]
    assert {number for number, _ in pages} == {FIRST, SECOND}
    assert len(pages) == len(set(pages))  # the trouble with the carrier has an alert of its own
