"""A carrier's list that shows a text later than it took it, over real HTTP: absent once is no proof (R2)."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from carriers.twilio import TwilioCarrier
from models.database import Database
from models.message import Message
from outbox.delivery import Sender
from outbox.lookup import look_up_unknown
from tests.support.carrier_texts import PATIENT
from tests.support.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, FakeTwilio, Step
from tests.support.scripted_carrier import SHORT
from tests.support.sending import attempts, get, queue
from tests.support.sending_desk import Desk, open_desk

SPANS = replace(SHORT, grace=timedelta(minutes=2), intent_max_age=timedelta(minutes=1))  # of a busy machine


@pytest.fixture
def desk(database: Database) -> Desk:
    """The carrier's list is read by its own clock, which is that of this machine."""
    desk = open_desk(database)
    desk.clock.at = datetime.now(UTC)
    return desk


def test_a_text_absent_at_the_first_look_and_there_at_the_second_is_accepted_once(desk: Desk) -> None:
    with FakeTwilio() as twilio:
        carrier = TwilioCarrier(ACCOUNT_SID, (AUTH_TOKEN,), twilio.base_url, PATIENT)
        clocks = replace(desk.clock.clocks(), steady=time.monotonic)
        url = "https://clinic.example"
        sender = Sender(desk.database, carrier, public_url=url, spans=SPANS, pace=timedelta(), clocks=clocks)
        message_id = queue(desk)
        twilio.script(Step("accept_reset"))
        assert sender.deliver_next()

        states = []
        for mode, span in (("lagging", SPANS.grace), ("ok", SPANS.lookup_spacing)):
            twilio.state.list_mode = mode
            desk.clock.move(seconds=span.total_seconds())
            assert look_up_unknown(desk.database, carrier, spans=SPANS, clocks=clocks) == 1
            states.append(get(desk, Message, message_id).state)
            assert not sender.deliver_next()

        (taken,) = twilio.accepted
    assert states == ["unknown", "sent"]
    assert [(row.outcome, row.carrier_sid) for row in attempts(desk, message_id)] == [("accepted", taken.sid)]
