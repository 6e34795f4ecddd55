"""Texts the carrier received for us and we did not: found on its list until they are on file (RULES 7)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from carriers.base import Listing
from models.conversation import Conversation
from models.inbound_text import newest_text
from models.installation import InboundCursor
from models.message import InboundReceipt
from outbox.missed import LATE_AFTER, find_missed
from tests.support.factories import CLIENT_NUMBER, OUR_NUMBER, make_inbound
from tests.support.sending_desk import Desk

MINUTE = timedelta(minutes=1)


def find(desk: Desk) -> list[str]:
    texts = find_missed(desk.database, desk.carrier, clocks=desk.clock.clocks())
    return [text.body for text in texts]


def store(desk: Desk, sid: str) -> None:
    with desk.database.write() as session:
        conversation = session.get_one(Conversation, desk.conversation_id)
        make_inbound(session, conversation, carrier_sid=sid, at=desk.clock.at)


def test_a_missed_text_is_found_until_it_is_on_file(desk: Desk) -> None:
    sid = desk.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "STOP")
    desk.clock.move(minutes=30)
    assert find(desk) == ["STOP"]
    desk.clock.move(days=1)
    assert find(desk) == ["STOP"]
    store(desk, sid)
    assert find(desk) == []
    assert find(desk) == []


def test_a_missed_text_says_what_was_on_file_before_its_list_was_asked_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(desk, "SM" + "1" * 32)
    with desk.database.read() as session:
        before = newest_text(session)
    desk.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "START")
    ask = desk.carrier.list_received_by

    def ask_while_another_comes_in(number: str, *, since: datetime) -> Listing:
        store(desk, "SM" + "2" * 32)
        return ask(number, since=since)

    monkeypatch.setattr(desk.carrier, "list_received_by", ask_while_another_comes_in)
    (text,) = find_missed(desk.database, desk.carrier, clocks=desk.clock.clocks())

    assert text.listed_after == before > 0


def test_known_texts_and_old_receipts_are_not_missed(desk: Desk) -> None:
    store(desk, desk.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "on file"))
    erased = desk.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "erased since")
    with desk.database.write() as session:
        session.add(InboundReceipt(sid=erased, received_at=desk.clock.at))
    assert find(desk) == []


def test_the_overlap_finds_what_the_list_showed_late(desk: Desk) -> None:
    desk.clock.move(hours=1)
    assert find(desk) == []
    desk.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "late in the list")
    late = desk.carrier.inbound.pop()
    desk.carrier.inbound.append(replace(late, created_at=late.created_at - 9 * MINUTE))
    assert find(desk) == ["late in the list"]


def test_a_cursor_beyond_the_carriers_clock_comes_back(desk: Desk) -> None:
    with desk.database.write() as session:
        ahead = desk.clock.at + timedelta(hours=1)
        session.add(InboundCursor(clinic_number_id=desk.number_id, listed_until=ahead))
    assert find(desk) == []
    desk.clock.move(minutes=1)
    desk.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "hello")
    assert find(desk) == ["hello"]


def test_a_rush_of_texts_on_file_hides_none_that_is_not(desk: Desk) -> None:
    for place in range(2_500):
        desk.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, f"text {place}")
    missed = desk.carrier.inbound[-1].sid
    with desk.database.write() as session:
        on_file = (row.sid for row in desk.carrier.inbound if row.sid != missed)
        session.add_all(InboundReceipt(sid=sid, received_at=desk.clock.at) for sid in on_file)
    assert find(desk) == ["text 2499"]


@pytest.mark.parametrize(("age", "is_late"), [(LATE_AFTER, False), (LATE_AFTER + MINUTE, True)])
def test_a_text_found_after_more_than_two_hours_is_late(desk: Desk, age: timedelta, is_late: bool) -> None:
    desk.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "hello")
    desk.clock.move(seconds=age.total_seconds())
    (text,) = find_missed(desk.database, desk.carrier, clocks=desk.clock.clocks())
    assert text.found_late is is_late


def test_pictures_come_with_the_text_or_the_text_comes_later(desk: Desk) -> None:
    desk.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "look", media=2)
    (text,) = find_missed(desk.database, desk.carrier, clocks=desk.clock.clocks())
    assert [item.position for item in text.media] == [0, 1]


def test_a_list_that_fails_leaves_the_cursor_where_it_was(desk: Desk) -> None:
    desk.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "hello")
    desk.carrier.is_list_down = True
    desk.clock.move(days=2)
    assert find(desk) == []
    assert not find_missed(desk.database, desk.carrier, clocks=desk.clock.clocks()).is_whole
    desk.carrier.is_list_down = False
    assert find(desk) == ["hello"]
