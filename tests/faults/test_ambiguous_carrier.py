"""A carrier that accepts without saying so, over real HTTP: each text ends as one accepted, or before a person."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from carriers.twilio import Timeouts, TwilioCarrier
from config import Settings
from deployment import Deployment, open_deployment
from models.alert import list_open_alerts
from models.clinic import list_clinics
from models.database import Database
from models.installation import installation
from models.message_queue import held_for_review
from outbox.delivery import Sender
from outbox.gate import Draft, enqueue
from outbox.kinds import Kind
from outbox.lookup import look_up_unknown
from outbox.stop import STOPPED, credentials_note, probe
from outbox.timing import Clocks, Spans
from public.health import OK, check
from tests.support.factories import make_client, make_clinic, make_consent, make_conversation, make_inbound
from tests.support.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, FakeTwilio, Step
from tests.support.oracle import Accepted, violations
from tests.support.processes import number_of_client
from tests.support.waiting import until

SPANS = Spans(
    connect=timedelta(seconds=0.4),
    read=timedelta(seconds=0.6),
    grace=timedelta(seconds=2),
    lease=timedelta(seconds=1.5),
    lookup_spacing=timedelta(seconds=0.2),
    emergency_resend=timedelta(seconds=0.2),
    retry_first=timedelta(seconds=0.1),
    retry_longest=timedelta(seconds=0.5),
)
# Where every answer arrives, however busy the machine.
PATIENT = replace(
    SPANS,
    connect=timedelta(seconds=10),
    read=timedelta(seconds=20),
    grace=timedelta(seconds=90),
    lease=timedelta(seconds=60),
)
WAYS = (
    Step("accept"),
    Step("accept_reset"),
    Step("accept_close"),
    Step("reset"),
    Step("rate_limit"),
    Step("rate_limit", retry_after="1"),
    Step("rate_limit", times=3),
    Step("error", status=500),
    Step("error", status=503),
    Step("accept_error", status=500),
    Step("accept_error", status=502),
    Step("accept_error", status=503),
    Step("accept_stall", seconds=1.5),
    Step("stall_accept", seconds=1.0),
    Step("stall", seconds=1.5),
    Step("drip_body", seconds=0.05),
    Step("drip_head", seconds=0.05),
    Step("junk"),
    Step("no_sid"),
)


class Post:
    """Senders, look-ups and a fake account on one database."""

    def __init__(self, database: Database, twilio: FakeTwilio, spans: Spans = SPANS) -> None:
        self.database, self.twilio, self.spans = database, twilio, spans
        limits = Timeouts(spans.connect.total_seconds(), spans.read.total_seconds())
        self.carrier = TwilioCarrier(ACCOUNT_SID, (AUTH_TOKEN,), twilio.base_url, limits)
        self._ends = threading.Event()
        with database.write() as session:
            make_clinic(session)

    def sender(self) -> Sender:
        """One worker's."""
        url = "http://127.0.0.1:1"
        return Sender(self.database, self.carrier, public_url=url, spans=self.spans, pace=timedelta())

    def queue(self, place: int, kind: Kind = Kind.FAQ) -> str:
        """A text to a phone of its own; the phone's number."""
        now, number = datetime.now(UTC), number_of_client(place)
        with self.database.write() as session:
            clinic = list_clinics(session)[0]
            conversation = make_conversation(session, clinic, number=number)
            make_client(session, conversation)
            make_consent(session, conversation)
            text = make_inbound(session, conversation, kind=kind, at=now)
            draft = Draft(
                clinic_id=clinic.id,
                conversation_id=conversation.id,
                clinic_number_id=conversation.clinic_number_id,
                their_number=number,
                kind=kind,
                body=f"text {place}",
                in_reply_to_id=None if kind is Kind.STAFF else text.id,
            )
            enqueue(session, draft, now=now)
        return number

    @contextmanager
    def working(self, senders: int = 4) -> Iterator[None]:
        """Senders and look-ups at work."""
        threads = [threading.Thread(target=self._send) for _ in range(senders)]
        threads.append(threading.Thread(target=self._look_up))
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ends.set()
            for thread in threads:
                thread.join(20)

    def _send(self) -> None:
        sender = self.sender()
        while not self._ends.is_set():
            if not sender.deliver_next():
                self._ends.wait(0.05)

    def _look_up(self) -> None:
        while not self._ends.wait(0.2):
            look_up_unknown(self.database, self.carrier, spans=self.spans)
            probe(self.database, self.carrier, clocks=Clocks())

    def accepted(self) -> list[Accepted]:
        """The carrier's log."""
        return [Accepted(text.to_number, text.body) for text in self.twilio.accepted]

    def before_a_person(self) -> set[str]:
        """The numbers whose text staff are shown."""
        with self.database.read() as session:
            clinic = list_clinics(session)[0]
            return {text.their_number for text in held_for_review(session, clinic_id=clinic.id)}

    def open_alerts(self) -> list[str | None]:
        """What staff read on the screen."""
        with self.database.read() as session:
            clinic = list_clinics(session)[0]
            return [alert.note for alert in list_open_alerts(session, clinic_id=clinic.id)]


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    with FakeTwilio() as fake:
        yield fake


@pytest.fixture
def here(database: Database, settings: Settings) -> Iterator[Deployment]:
    """What /readyz looks at."""
    with closing(open_deployment(replace(settings, database_url=database.url))) as opened:
        yield opened


@pytest.fixture
def post(database: Database, twilio: FakeTwilio) -> Post:
    return Post(database, twilio)


def test_every_way_to_lose_an_answer_ends_as_one_accepted_text(post: Post, twilio: FakeTwilio) -> None:
    numbers = [post.queue(place) for place in range(len(WAYS))]
    for number, way in zip(numbers, WAYS, strict=True):
        twilio.script(Step(way.do, way.times, number, way.seconds, way.status, way.code, way.retry_after))

    with post.working():
        until(lambda: {text.to_number for text in post.accepted()} | post.before_a_person() == set(numbers))
        time.sleep(3)  # a double would come after the grace and two look-ups

    assert violations(post.accepted(), owed=dict.fromkeys(numbers, 1)) == []
    assert post.before_a_person() == set()


def test_what_a_person_wrote_is_never_sent_again_by_itself(post: Post, twilio: FakeTwilio) -> None:
    lost, reset = post.queue(0, Kind.STAFF), post.queue(1, Kind.STAFF)
    twilio.script(Step("stall", seconds=1.5, to=lost), Step("reset", to=reset))

    with post.working():
        until(lambda: post.before_a_person() == {lost, reset})
        time.sleep(3)

    assert post.accepted() == []


@pytest.mark.parametrize("mode", ["500", "junk", "stall"])
def test_a_list_that_cannot_be_read_is_no_proof_of_absence(post: Post, twilio: FakeTwilio, mode: str) -> None:
    number = post.queue(0)
    twilio.script(Step("accept_reset"))
    twilio.state.list_mode = mode

    with post.working():
        until(lambda: post.before_a_person() == {number})
        assert violations(post.accepted(), owed={number: 1}) == []


def test_refused_credentials_stop_everything_fail_nothing_and_recover(
    database: Database, twilio: FakeTwilio, here: Deployment
) -> None:
    post = Post(database, twilio, PATIENT)
    twilio.script(Step("unauthorized", times=4))
    twilio.state.list_mode = "401"
    numbers = [post.queue(place) for place in range(6)]

    with capture_logs() as logs, post.working():
        until(lambda: is_stopped(post.database))
        time.sleep(0.5)
        asked = sum(entry["method"] == "POST" for entry in twilio.state.requests)
        assert asked <= 4  # one a sender at most, then silence
        assert post.accepted() == []
        assert post.before_a_person() == set()
        assert "refuses us" in check(here)["carrier"]
        twilio.state.list_mode = "ok"
        until(lambda: not is_stopped(post.database))
        with twilio.state._lock:
            twilio.state._script.clear()
        until(lambda: len(post.accepted()) == len(numbers))

    assert violations(post.accepted(), owed=dict.fromkeys(numbers, 1)) == []
    assert check(here)["carrier"] == OK
    assert [line["event"] for line in logs if line["log_level"] == "critical"] == [STOPPED]
    assert post.open_alerts() == [credentials_note()]
    assert not [word for word in (AUTH_TOKEN, ACCOUNT_SID, *numbers) if word in repr(logs)]


def is_stopped(database: Database) -> bool:
    with database.read() as session:
        return installation(session).sending_stopped_since is not None
