"""The simulated carrier on a real database: it takes, lists, reports, blocks and fails as its numbers say."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bot.inbound_form import read_inbound, read_status
from carriers.base import OutboundText, Outcome
from carriers.simulated import Picture, SimulatedCarrier
from carriers.simulated_numbers import RESERVED
from models.database import Database
from models.installation import SimulatedClock
from models.simulated_carrier import simulated_thread

OURS, CLIENT = "+15735550100", "+15735550142"
PUBLIC_URL = "http://127.0.0.1:8000"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
START = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)


class Listener:
    """Our webhooks, noting what came. `clock` is what the carrier takes for now."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, str]]] = []
        self.raw: list[tuple[str, list[tuple[str, str]], str]] = []
        self.clock = START
        self.fails = False

    def post(self, path: str, fields: list[tuple[str, str]], signature: str) -> int:
        if self.fails:
            raise ConnectionRefusedError
        self.posts.append((path, dict(fields)))
        self.raw.append((path, fields, signature))
        return 200

    def statuses(self) -> list[str]:
        return [fields["MessageStatus"] for path, fields in self.posts if "status" in path]

    def now(self, _session: Session) -> datetime:
        self.clock += timedelta(seconds=1)
        return self.clock


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def carrier(database: Database, listener: Listener) -> SimulatedCarrier:
    return make_carrier(database, listener)


def make_carrier(database: Database, listener: Listener, **changes: Any) -> SimulatedCarrier:
    fields: dict[str, Any] = {"secrets": ("s3cret",), "public_url": PUBLIC_URL, "now": listener.now}
    return SimulatedCarrier(database, **(fields | {"post_webhook": listener.post} | changes))


def a_text(to_number: str = CLIENT, body: str = "Hello", **changes: Any) -> OutboundText:
    callback = f"{PUBLIC_URL}/webhooks/sms/status?m=a1"
    return OutboundText(OURS, to_number, body, timedelta(minutes=10), callback, **changes)


def shown_on_phone(database: Database, phone: str = CLIENT) -> list[tuple[str, str]]:
    with database.read() as session:
        return [(row.direction, row.body) for row in simulated_thread(session, phone)]


def tell_everything(carrier: SimulatedCarrier) -> None:
    while carrier.post_due_reports():
        pass


def test_text_is_taken_and_reported_step_by_step(carrier: SimulatedCarrier, listener: Listener) -> None:
    result = carrier.send(a_text())

    assert (result.outcome, result.status) == (Outcome.ACCEPTED, "queued")
    assert carrier.post_due_reports() == 1
    tell_everything(carrier)
    path, fields = listener.posts[0]
    assert (path, fields["MessageSid"]) == ("/webhooks/sms/status?m=a1", result.sid)
    assert listener.statuses() == ["sent", "delivered"]


def test_webhooks_are_signed_and_fit_our_own_form(carrier: SimulatedCarrier, listener: Listener) -> None:
    carrier.send(a_text())
    carrier.receive(CLIENT, OURS, "hi there", [Picture(b"x", "image/jpeg")])
    carrier.post_due_reports()

    for path, fields, signature in listener.raw:
        assert carrier.is_signed(url=PUBLIC_URL + path, fields=fields, signature=signature)
        assert not carrier.is_signed(url=PUBLIC_URL + path, fields=fields, signature="")
    inbound = read_inbound(tuple(listener.raw[0][1]), account_sid=None)
    report = read_status(tuple(listener.raw[1][1]), account_sid=None, callback_id="a1")
    assert (inbound.body, len(inbound.media), report.status) == ("hi there", 1, "sent")


# number, outcome, code, taken by the carrier, what is reported in the end
WAYS = [
    ("+15735550189", Outcome.REJECTED_FINAL, 21211, False, []),
    ("+15735550191", Outcome.REJECTED_FINAL, 21610, False, []),
    ("+15735550192", Outcome.ACCEPTED, None, True, ["sent", "undelivered"]),
    ("+15735550193", Outcome.ACCEPTED, None, True, ["sent", "undelivered"]),
    ("+15735550194", Outcome.ACCEPTED, None, True, ["sent", "undelivered"]),
    ("+15735550195", Outcome.UNKNOWN, None, True, []),
    ("+15735550196", Outcome.UNKNOWN, None, False, []),
    ("+15735550197", Outcome.REJECTED_RETRY, 20429, False, []),
    ("+15735550198", Outcome.CREDENTIALS, 20003, False, []),
    ("+15735550199", Outcome.ACCEPTED, None, True, []),
]


def test_every_reserved_number_is_tried() -> None:
    assert {way[0] for way in WAYS} == set(RESERVED)


@pytest.mark.parametrize(("number", "outcome", "code", "taken", "reports"), WAYS)
def test_reserved_number_fails_in_its_way(
    carrier: SimulatedCarrier,
    listener: Listener,
    number: str,
    outcome: Outcome,
    code: int | None,
    taken: bool,
    reports: list[str],
) -> None:
    result = carrier.send(a_text(number))

    tell_everything(carrier)
    assert (result.outcome, result.error_code) == (outcome, code)
    assert (result.sid is not None) is (outcome is Outcome.ACCEPTED)
    assert bool(carrier.list_sent_to(number, since=LONG_AGO, limit=10).messages) is taken
    assert listener.statuses() == reports


@pytest.mark.parametrize(
    ("number", "code"), [("+15735550192", 30003), ("+15735550193", 30007), ("+15735550194", 30006)]
)
def test_undelivered_text_says_why(
    carrier: SimulatedCarrier, listener: Listener, number: str, code: int
) -> None:
    sid = carrier.send(a_text(number)).sid or ""

    tell_everything(carrier)

    message = carrier.fetch_message(sid)
    assert message is not None
    assert (message.status, message.error_code) == ("undelivered", code)
    assert listener.posts[-1][1]["ErrorCode"] == str(code)


def test_busy_number_takes_the_second_try(carrier: SimulatedCarrier) -> None:
    first, second = carrier.send(a_text("+15735550197")), carrier.send(a_text("+15735550197"))

    assert (first.retry_after, second.outcome) == (timedelta(seconds=2), Outcome.ACCEPTED)


def test_silent_number_is_delivered_all_the_same(carrier: SimulatedCarrier, listener: Listener) -> None:
    sid = carrier.send(a_text("+15735550199")).sid or ""

    tell_everything(carrier)

    message = carrier.fetch_message(sid)
    assert message is not None
    assert (message.status, listener.posts) == ("delivered", [])


def test_lost_answer_is_found_by_its_words(carrier: SimulatedCarrier) -> None:
    carrier.send(a_text("+15735550195", "where am I"))

    (found,) = carrier.list_sent_to("+15735550195", since=START, limit=10).messages

    assert (found.body, found.direction) == ("where am I", "outbound-api")


def test_stop_blocks_the_pair_until_start(carrier: SimulatedCarrier, database: Database) -> None:
    carrier.receive(CLIENT, OURS, "STOP")
    blocked = carrier.send(a_text())
    other_number = carrier.send(OutboundText("+15735550101", CLIENT, "x", timedelta(minutes=1), ""))
    carrier.receive(CLIENT, OURS, "stop")
    carrier.receive(CLIENT, OURS, "start")
    free = carrier.send(a_text())

    assert (blocked.outcome, blocked.error_code) == (Outcome.REJECTED_FINAL, 21610)
    assert (other_number.outcome, free.outcome) == (Outcome.ACCEPTED, Outcome.ACCEPTED)
    replies = [body for direction, body in shown_on_phone(database) if direction == "outbound-reply"]
    assert len(replies) == 2  # one for STOP, one for START


def test_keyword_still_reaches_our_webhook(carrier: SimulatedCarrier, listener: Listener) -> None:
    received = carrier.receive(CLIENT, OURS, "STOP")

    assert received.answer == 200
    assert listener.posts[0] == ("/webhooks/sms", listener.posts[0][1])
    assert listener.posts[0][1]["Body"] == "STOP"


def test_in_self_mode_the_carrier_stays_out_of_it(database: Database, listener: Listener) -> None:
    carrier = make_carrier(database, listener, carrier_confirms=False)

    carrier.receive(CLIENT, OURS, "STOP")

    assert carrier.send(a_text()).outcome is Outcome.ACCEPTED
    assert [direction for direction, _ in shown_on_phone(database)] == ["inbound", "outbound-api"]


def test_picture_sent_in_is_listed_and_read(carrier: SimulatedCarrier) -> None:
    sid = carrier.receive(CLIENT, OURS, "", [Picture(b"one", "image/jpeg"), Picture(b"two", "image/png")]).sid

    items = carrier.list_media(sid)

    assert sid.startswith("MM")
    assert [carrier.read_media(item.url) for item in items] == [b"one", b"two"]
    assert carrier.read_media("https://elsewhere.example/ME0") is None
    (message,) = carrier.list_received_by(OURS, since=LONG_AGO).messages
    assert message.media_count == 2


def test_text_nobody_heard_is_found_later(carrier: SimulatedCarrier, listener: Listener) -> None:
    listener.fails = True

    received = carrier.receive(CLIENT, OURS, "are you there")

    assert received.answer is None
    (message,) = carrier.list_received_by(OURS, since=LONG_AGO).messages
    assert (message.sid, message.body) == (received.sid, "are you there")


def test_lists_are_bounded_and_ordered(carrier: SimulatedCarrier, listener: Listener) -> None:
    for number in range(4):
        carrier.receive(CLIENT, OURS, f"in {number}")
        carrier.send(a_text(body=f"out {number}"))

    received = carrier.list_received_by(OURS, since=LONG_AGO).messages
    sent = carrier.list_sent_to(CLIENT, since=LONG_AGO, limit=2).messages

    assert [message.body for message in received] == ["in 0", "in 1", "in 2", "in 3"]
    assert [message.body for message in sent] == ["out 3", "out 2"]
    assert carrier.list_sent_to(CLIENT, since=listener.clock + timedelta(days=1), limit=2).messages == ()


def test_state_outlives_the_process(database: Database, listener: Listener) -> None:
    sid = make_carrier(database, listener).send(a_text()).sid or ""

    assert make_carrier(database, listener).fetch_message(sid) is not None
    assert make_carrier(database, listener).fetch_message("SM" + "0" * 32) is None


def test_phone_shows_clinic_time_while_the_log_keeps_machine_time(
    carrier: SimulatedCarrier, database: Database
) -> None:
    with database.write() as session:
        session.merge(SimulatedClock(id=1, ahead_us=14 * 86_400_000_000))

    carrier.receive(CLIENT, OURS, "hi\x00")

    with database.read() as session:
        (row,) = simulated_thread(session, CLIENT)
    assert row.shown_at - row.created_at == timedelta(days=14)
    assert row.body == "hi"


def test_there_is_no_unsigned_mode(database: Database, listener: Listener) -> None:
    with pytest.raises(ValueError, match="secret"):
        make_carrier(database, listener, secrets=("",))
