"""With an installation's spans a second try is begun only while it can still end within R2's five minutes."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from carriers.base import OutboundText, SendResult
from models.alert import Alert
from models.message import Message
from outbox.lookup import look_up_unknown
from outbox.timing import Spans
from outbox.unsent import NOTE
from tests.support.scripted_carrier import make_sender
from tests.support.sending import UNKNOWN, attempts, drain, get, queue
from tests.support.sending_desk import Desk

SPANS = Spans()
STEP_S = 5  # how often the look-ups are asked for
FIVE_MINUTES = timedelta(minutes=5)


def dies(_text: OutboundText) -> SendResult:
    raise KeyboardInterrupt


def work(desk: Desk) -> None:
    """A worker, which may die of it, then the look-ups."""
    try:
        drain(desk, spans=SPANS)
    except KeyboardInterrupt:
        return
    look_up_unknown(desk.database, desk.carrier, spans=SPANS, clocks=desk.clock.clocks())


@pytest.mark.parametrize("first", [UNKNOWN, dies], ids=["answer lost", "worker dies"])
@pytest.mark.parametrize("second", [UNKNOWN, dies], ids=["answer lost", "worker dies"])
@pytest.mark.parametrize("failing", [0, 1], ids=["list answers", "first list fails"])
def test_it_is_before_a_person_within_five_minutes(
    desk: Desk, first: SendResult, second: SendResult, failing: int
) -> None:
    message_id = queue(desk)
    desk.carrier.script(first, second)
    began = desk.clock.at
    while get(desk, Message, message_id).state != "review":
        age = desk.clock.at - began
        assert age < FIVE_MINUTES
        desk.carrier.is_list_down = age < SPANS.grace + failing * SPANS.lookup_spacing
        work(desk)
        desk.clock.move(seconds=STEP_S)

    assert len(desk.carrier.sends) == 2 - failing


def test_a_text_whose_last_check_is_always_too_old_is_shown_within_five_minutes(desk: Desk) -> None:
    message_id = queue(desk)
    ages = itertools.count(step=2)
    clocks = replace(desk.clock.clocks(), steady=lambda: float(next(ages)))
    sender = make_sender(desk.database, desk.carrier)
    sender.clocks = clocks
    for _ in range(20):
        desk.clock.move(seconds=15)
        sender.deliver_next()

    assert desk.carrier.sends == []
    assert {row.outcome for row in attempts(desk, message_id)} == {"abandoned"}
    with desk.database.read() as session:
        assert list(session.scalars(select(Alert.note).where(Alert.kind == "system"))) == [NOTE]
