"""A send is believed absent after two looks a spacing apart, whoever else looks meanwhile (R2, RULES 7)."""

from datetime import datetime, timedelta

import pytest

from carriers.base import Listing
from models.message import Message
from tests.support.scripted_carrier import SHORT
from tests.support.sending import UNKNOWN, attempts, drain, get, look_up, queue
from tests.support.sending_desk import Desk


@pytest.mark.parametrize("away", [timedelta(), SHORT.lookup_spacing], ids=["at once", "after a freeze"])
def test_a_look_during_which_another_one_was_made_does_not_count(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, away: timedelta
) -> None:
    message_id = queue(desk)
    desk.carrier.script(UNKNOWN)
    drain(desk)
    desk.clock.move(seconds=SHORT.grace.total_seconds())
    list_now = desk.carrier.list_sent_to

    def list_while_another_looks(number: str, *, since: datetime, limit: int) -> Listing:
        monkeypatch.setattr(desk.carrier, "list_sent_to", list_now)
        listing = list_now(number, since=since, limit=limit)
        assert look_up(desk) == 1
        desk.clock.move(seconds=away.total_seconds())
        return listing

    monkeypatch.setattr(desk.carrier, "list_sent_to", list_while_another_looks)
    look_up(desk)

    (attempt,) = attempts(desk, message_id)
    assert (attempt.lookups, get(desk, Message, message_id).state) == (1, "unknown")
