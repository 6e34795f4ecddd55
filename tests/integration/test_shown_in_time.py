"""R2: a send nobody knows the end of is sent, closed or before a person in time, however the carrier answers.

The bound is a relation of the spans: with those of an installation it is five minutes.
"""

import itertools
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from carriers.base import Listing, ListingFailed, OutboundText, Outcome, SendResult
from config import Settings
from deployment import Deployment
from messages.catalogue import shipped_pack
from models.alert import Alert
from models.conversation import Conversation
from models.message import Message
from outbox.kinds import Kind
from outbox.lookup import look_up_unknown
from outbox.reconcile import only_one
from outbox.timing import Spans
from outbox.unsent import NOTE
from scheduler.jobs import look_up as look_up_job
from tests.support.line import NO_VOCABULARY
from tests.support.scripted_carrier import SHORT, Reply, make_sender
from tests.support.sending import UNKNOWN, drain, get, look_up, queue
from tests.support.sending_desk import Desk

LISTS = list(itertools.product((True, False), repeat=3))
ONE_STEP = timedelta(seconds=1)  # the clock of the test
MANY = 40


def bound(spans: Spans) -> timedelta:
    """The third look may still lead to a second try, and its answer may be lost."""
    return spans.grace + 2 * spans.lookup_spacing + spans.connect + spans.read


def test_with_an_installations_spans_it_is_within_five_minutes() -> None:
    assert bound(Spans()) < timedelta(minutes=5)


def dies(_text: OutboundText) -> SendResult:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("second", "longer"),
    [(UNKNOWN, timedelta()), (dies, SHORT.lease + ONE_STEP)],
    ids=["answer lost", "worker dies"],
)
@pytest.mark.parametrize("lists", LISTS, ids=str)
def test_every_unknown_send_is_settled_or_shown_in_time(
    desk: Desk, lists: tuple[bool, ...], second: Reply, longer: timedelta
) -> None:
    message_id = queue(desk)
    desk.carrier.script(UNKNOWN, second)
    began = desk.clock.at
    while get(desk, Message, message_id).state not in ("sent", "review", "cancelled"):
        desk.carrier.is_list_down = not answers(desk.clock.at - began, lists)
        try_to_send(desk)
        look_up(desk)
        assert desk.clock.at - began <= bound(SHORT) + longer
        desk.clock.move(seconds=1)


def test_many_are_shown_in_time_though_each_list_stalls(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    spans, late = Spans(), set[int]()
    for _ in range(MANY):
        queue(desk, Kind.QUESTION)
    desk.carrier.script(*[UNKNOWN] * MANY)
    drain(desk, spans=spans)
    began = desk.clock.at

    def stall(_number: str, *, since: datetime, limit: int) -> Listing:
        desk.clock.move(seconds=10)
        if desk.clock.at - began > timedelta(minutes=5):
            late.update(unknown(desk))
        raise ListingFailed

    monkeypatch.setattr(desk.carrier, "list_sent_to", stall)
    assert len(unknown(desk)) == MANY
    while unknown(desk):
        desk.clock.move(seconds=5)
        look_up_unknown(desk.database, desk.carrier, spans=spans, clocks=desk.clock.clocks())

    assert late == set()


def test_with_the_longest_grace_it_is_shown_in_time_though_two_others_looks_stall(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours was absent once and is asked for again too late; the round before it is due has just ended."""
    spans, began, late = Spans(grace=timedelta(seconds=159)), desk.clock.at, set[int]()

    def stall(_number: str, *, since: datetime, limit: int) -> Listing:
        desk.clock.move(seconds=14.9)
        if desk.clock.at - began > timedelta(minutes=5):
            late.update({ours} & set(unknown(desk)))
        raise ListingFailed

    def look_at(seconds: float) -> None:
        desk.clock.move(seconds=seconds - (desk.clock.at - began).total_seconds())
        look_up_unknown(desk.database, desk.carrier, spans=spans, clocks=desk.clock.clocks())

    desk.carrier.script(UNKNOWN, UNKNOWN, UNKNOWN)
    ours = queue(desk, Kind.QUESTION)
    drain(desk, spans=spans)
    desk.clock.move(seconds=115)
    queue(desk, Kind.QUESTION)
    queue(desk, Kind.QUESTION)
    drain(desk, spans=spans)
    desk.carrier.is_list_down = True
    look_at(160)
    desk.carrier.is_list_down = False
    look_at(225)
    assert ours in unknown(desk)
    monkeypatch.setattr(desk.carrier, "list_sent_to", stall)
    look_at(278.9)

    assert (late, get(desk, Message, ours).state) == (set(), "review")


def test_it_is_shown_although_another_process_holds_the_look_ups(desk: Desk, settings: Settings) -> None:
    message_id = queue(desk)
    desk.carrier.script(UNKNOWN)
    drain(desk)
    here = Deployment(settings, desk.database, desk.carrier, shipped_pack(), NO_VOCABULARY)
    with only_one(desk.database, "look up") as is_theirs:
        look_up_job(here)

    assert (is_theirs, get(desk, Message, message_id).state) == (True, "review")


def test_after_down_time_the_list_is_asked_before_a_person_is(desk: Desk) -> None:
    message_id = queue(desk)
    desk.carrier.script(desk.carrier.take_and_lose_reply)
    drain(desk)
    desk.clock.move(hours=3)
    look_up(desk)
    assert get(desk, Message, message_id).state == "sent"
    assert get(desk, Conversation, desk.conversation_id).waiting_since is None


def unknown(desk: Desk) -> list[int]:
    with desk.database.read() as session:
        return list(session.scalars(select(Message.id).where(Message.state == "unknown")))


def answers(age: timedelta, lists: tuple[bool, ...]) -> bool:
    """Whether the list can be read at this look."""
    look = int((age - SHORT.grace) / SHORT.lookup_spacing)
    return lists[min(max(look, 0), len(lists) - 1)]


def try_to_send(desk: Desk) -> None:
    try:
        drain(desk)
    except KeyboardInterrupt:
        return


def test_a_text_lost_twice_is_shown_and_still_settled_by_the_list(desk: Desk) -> None:
    message_id = queue(desk)
    desk.carrier.script(UNKNOWN, desk.carrier.take_and_lose_reply)
    states = []
    for _ in range(60):
        drain(desk)
        look_up(desk)
        states.append(get(desk, Message, message_id).state)
        desk.clock.move(seconds=1)

    assert "review" in states
    assert (states[-1], len(desk.carrier.accepted)) == ("sent", 1)


def system_notes(desk: Desk) -> list[str | None]:
    with desk.database.read() as session:
        return list(session.scalars(select(Alert.note).where(Alert.kind == "system")))


@pytest.mark.parametrize("kind", [Kind.FAQ, Kind.STAFF, Kind.RED_FLAG])
def test_a_text_the_carrier_does_not_take_is_shown_within_five_minutes(desk: Desk, kind: Kind) -> None:
    message_id = queue(desk, kind)
    desk.carrier.script(*[SendResult(Outcome.REJECTED_RETRY)] * 200)
    work(desk, minutes=3)
    assert system_notes(desk) == []

    work(desk, minutes=2)
    assert system_notes(desk) == [NOTE]

    desk.carrier.replies.clear()
    work(desk, minutes=8)  # the longest pause between two tries, spread upwards by half
    assert get(desk, Message, message_id).state == "sent"
    assert system_notes(desk) == [NOTE]  # said once


def test_a_text_put_off_once_alarms_nobody(desk: Desk) -> None:
    queue(desk)
    desk.carrier.script(SendResult(Outcome.REJECTED_RETRY))
    work(desk, minutes=6)
    assert system_notes(desk) == []


def test_a_text_lost_once_and_put_off_since_is_shown_within_five_minutes(desk: Desk) -> None:
    message_id = queue(desk)
    desk.carrier.script(UNKNOWN, *[SendResult(Outcome.REJECTED_RETRY)] * 200)
    sender = make_sender(desk.database, desk.carrier)
    for _ in range(5 * 12):
        sender.deliver_next()
        look_up(desk)
        desk.clock.move(seconds=5)

    assert get(desk, Message, message_id).state == "queued"
    assert system_notes(desk) == [NOTE]


def work(desk: Desk, *, minutes: int) -> None:
    """One sender lives on; it looks now and then."""
    sender = make_sender(desk.database, desk.carrier)
    for _ in range(minutes * 4):
        desk.clock.move(seconds=15)
        while sender.deliver_next():
            pass
