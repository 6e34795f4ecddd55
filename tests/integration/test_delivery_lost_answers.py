"""Answers that are lost and workers that die: never twice, never silently lost (R2).

The scripted carrier's log is the oracle.
"""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from carriers.base import OutboundText, SendResult
from models.message import Message
from outbox.claim import claim
from outbox.kinds import Kind
from tests.support.scripted_carrier import SHORT, make_sender
from tests.support.sending import (
    REFUSED,
    UNKNOWN,
    drain,
    get,
    live,
    look_up,
    queue,
    queue_kind,
)
from tests.support.sending_desk import Desk

TAKEN_BUT_LOST = {
    Kind.FAQ: (1, "sent"),
    Kind.REMINDER: (1, "sent"),
    Kind.OPT_OUT: (1, "sent"),
    Kind.STAFF: (1, "sent"),
}


@pytest.mark.parametrize(("kind", "expected"), TAKEN_BUT_LOST.items(), ids=str)
def test_taken_but_the_answer_was_lost(desk: Desk, kind: Kind, expected: tuple[int, str]) -> None:
    message_id = queue_kind(desk, kind)
    desk.carrier.script(desk.carrier.take_and_lose_reply)
    live(desk)
    assert (len(desk.carrier.accepted), get(desk, Message, message_id).state) == expected


NOT_TAKEN_AND_LOST = {
    Kind.FAQ: (2, "sent"),
    Kind.REMINDER: (2, "sent"),
    Kind.OPT_OUT: (1, "cancelled"),
    Kind.STAFF: (1, "review"),
    Kind.RED_FLAG: (2, "sent"),
    Kind.ALERT: (2, "sent"),
}


@pytest.mark.parametrize(("kind", "expected"), NOT_TAKEN_AND_LOST.items(), ids=str)
def test_not_taken_and_the_answer_was_lost(desk: Desk, kind: Kind, expected: tuple[int, str]) -> None:
    message_id = queue_kind(desk, kind)
    desk.carrier.script(UNKNOWN)
    live(desk)
    assert (len(desk.carrier.sends), get(desk, Message, message_id).state) == expected


NEVER_ANSWERED = {
    Kind.FAQ: (2, "review"),
    Kind.REMINDER: (2, "review"),
    Kind.OPT_OUT: (1, "cancelled"),
    Kind.STAFF: (1, "review"),
    Kind.RED_FLAG: (4, "review"),
    Kind.ALERT: (4, "review"),
}


@pytest.mark.parametrize(("kind", "expected"), NEVER_ANSWERED.items(), ids=str)
def test_no_answer_ever_comes(desk: Desk, kind: Kind, expected: tuple[int, str]) -> None:
    message_id = queue_kind(desk, kind)
    desk.carrier.script(*[UNKNOWN] * 20)
    live(desk)
    assert (len(desk.carrier.sends), get(desk, Message, message_id).state) == expected


def test_emergency_words_are_resent_soon_and_evenly(desk: Desk) -> None:
    queue(desk, Kind.RED_FLAG)
    moments: list[datetime] = []

    def lose(_sent: OutboundText) -> SendResult:
        moments.append(desk.clock.at)
        return UNKNOWN

    desk.carrier.script(*[lose] * 10)
    live(desk, 30)
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert gaps == [SHORT.emergency_resend] * 3


def test_a_picture_of_unknown_outcome_waits_for_a_person(desk: Desk) -> None:
    message_id = queue(desk, Kind.STAFF, media_urls=("https://clinic.example/media/x",))
    desk.carrier.script(UNKNOWN)
    live(desk)
    assert (len(desk.carrier.sends), get(desk, Message, message_id).state) == (1, "review")


def test_a_claim_without_intent_is_taken_over_after_the_lease(desk: Desk) -> None:
    message_id = queue(desk)
    claim(desk.database, spans=SHORT, pace=timedelta(), clocks=desk.clock.clocks())
    desk.clock.move(seconds=5)
    assert drain(desk) == 0
    desk.clock.move(seconds=1)
    assert drain(desk) == 1
    assert get(desk, Message, message_id).state == "sent"


def test_what_a_dead_worker_held_is_looked_for_once_a_tick_however_long_the_lease(desk: Desk) -> None:
    spans = replace(SHORT, lease=timedelta(seconds=60))
    sender = make_sender(desk.database, desk.carrier, spans=spans)
    queue(desk)
    claim(desk.database, spans=spans, pace=timedelta(), clocks=desk.clock.clocks())
    desk.clock.move(seconds=60)
    assert not sender.deliver_next()

    desk.clock.move(seconds=spans.tick.total_seconds())

    assert sender.deliver_next()


@pytest.mark.parametrize(("was_taken", "sends"), [(True, 1), (False, 2)])
def test_an_intent_without_outcome_is_looked_up_after_the_grace(
    desk: Desk, was_taken: bool, sends: int
) -> None:
    message_id = queue(desk)
    desk.carrier.script(dies(desk, was_taken))
    with pytest.raises(KeyboardInterrupt):
        drain(desk)

    live(desk, 60)

    assert len(desk.carrier.sends) == sends
    assert len(desk.carrier.accepted) == 1
    assert get(desk, Message, message_id).state == "sent"


def dies(desk: Desk, was_taken: bool) -> Callable[[OutboundText], SendResult]:
    def die(sent: OutboundText) -> SendResult:
        if was_taken:
            desk.carrier.take(sent)
        raise KeyboardInterrupt

    return die


def test_a_worker_that_wakes_up_late_may_not_write_but_its_news_counts(desk: Desk) -> None:
    """SIGSTOP during the call, past lease and grace: found by look-up, then the worker comes back with the sid."""
    message_id = queue(desk)

    def sleep_long(sent: OutboundText) -> SendResult:
        result = desk.carrier.accept(sent)
        for _ in range(30):
            desk.clock.move(seconds=1)
            make_sender(desk.database, desk.carrier).deliver_next()
            look_up(desk)
        return result

    desk.carrier.script(sleep_long)
    drain(desk)

    message = get(desk, Message, message_id)
    assert len(desk.carrier.accepted) == 1
    assert (message.state, message.carrier_sid) == ("sent", desk.carrier.accepted[0].sid)


def test_a_late_refusal_cannot_undo_what_another_worker_did(desk: Desk) -> None:
    message_id = queue(desk)

    def sleep_long(_sent: OutboundText) -> SendResult:
        for _ in range(40):
            desk.clock.move(seconds=1)
            make_sender(desk.database, desk.carrier).deliver_next()
            look_up(desk)
        return REFUSED

    desk.carrier.script(sleep_long)
    drain(desk)

    assert (len(desk.carrier.accepted), get(desk, Message, message_id).state) == (1, "sent")
