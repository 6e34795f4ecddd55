"""A text whose transaction PostgreSQL takes back for another one's sake: tried anew, and taken in once (row 90)."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.conversation import handle_inbound
from config import Settings
from models.database import MOST_TRIES, TRY_ANEW
from models.message import Message
from tests.support import engines
from tests.support.webhooks import INBOUND, FrontDoor, open_front_door

pytestmark = pytest.mark.postgres
CARRIER_WAITS_S = (
    15  # https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides (read November 2026)
)


@pytest.fixture
def door(settings: Settings) -> Iterator[FrontDoor]:
    with engines.chosen(engines.POSTGRESQL):
        opened = open_front_door(settings)
        yield opened
        opened.here.close()


@pytest.mark.parametrize("state", TRY_ANEW)
def test_an_incoming_text_that_the_database_takes_back_is_tried_anew(
    door: FrontDoor, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    taken_back: list[Message | None] = []

    def take_back_once(session: Session, *given: Any, **named: Any) -> Message | None:
        message = handle_inbound(session, *given, **named)
        if not taken_back:
            taken_back.append(message)
            session.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$"))
        return message

    monkeypatch.setattr("bot.webhook.handle_inbound", take_back_once)
    answer = door.post(INBOUND, door.text("Can I work out tonight?"))

    assert (answer.status_code, len(taken_back)) == (200, 1)
    assert [row.body for row in door.inbound()] == ["Can I work out tonight?"]
    assert door.counts() == (2, 1, 0)  # the text and its answer, once


def test_an_incoming_text_is_tried_three_times_at_most(
    door: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def take_back(session: Session, *_given: Any, **_named: Any) -> None:
        tries.append(len(tries))
        session.execute(text("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40P01'; END $$"))

    monkeypatch.setattr("bot.webhook.handle_inbound", take_back)
    answer = door.post(INBOUND, door.text())

    assert (answer.status_code, len(tries)) == (503, MOST_TRIES)
    assert door.counts() == (0, 0, 0)


def test_all_tries_for_a_lock_end_before_the_carrier_stops_waiting(door: FrontDoor) -> None:
    longest = door.here.database.settle(lambda session: session.scalar(text("SHOW lock_timeout")))

    assert str(longest).endswith("s")
    assert MOST_TRIES * int(str(longest).removesuffix("s")) < CARRIER_WAITS_S
