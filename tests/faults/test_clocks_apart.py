"""A host whose clock is minutes away from the carrier's, and with PostgreSQL from the database's too (row 67).

The carrier's log is the judge.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from carriers.twilio import TwilioCarrier
from models.client import Client
from models.database import Database
from models.installation import installation, machine_now
from models.message import Message
from models.reminder import Reminder
from outbox.delivery import Sender
from outbox.kinds import Kind
from outbox.lookup import look_up_unknown
from outbox.missed import find_missed
from outbox.restore import compare_after_restore
from outbox.timing import Clocks, Spans
from tests.support.carrier_texts import PATIENT, a_text
from tests.support.factories import CLIENT_NUMBER, OUR_NUMBER, make_reminder, make_visit
from tests.support.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, FakeTwilio, Step
from tests.support.sending import get, queue
from tests.support.sending_desk import Desk, open_desk

MINUTE = timedelta(minutes=1)
APART = {f"{minutes} min": minutes * MINUTE for minutes in (-15, -5, 5, 15)}


@dataclass
class Host:
    """One host, its database and its carrier. `passed` is what was waited; all clocks move with it."""

    desk: Desk
    twilio: FakeTwilio
    passed: timedelta = timedelta()
    apart: timedelta = timedelta()

    def __post_init__(self) -> None:
        """The carrier's client reads this host's clock."""
        self.carrier = TwilioCarrier(
            ACCOUNT_SID,
            (AUTH_TOKEN,),
            self.twilio.base_url,
            PATIENT,
            now=lambda: datetime.now(UTC) + self.passed,
        )
        self.clocks = Clocks(
            clinic=lambda session: machine_now(session) + self.passed,
            machine=lambda session: machine_now(session) + self.passed,
        )
        self.sender = Sender(
            self.desk.database, self.carrier, public_url="https://clinic.example", clocks=self.clocks
        )

    @contextmanager
    def clock_off(self, apart: timedelta) -> Iterator[None]:
        """This host's clock goes wrong; the carrier's and a database server's do not."""
        with time_machine.travel(datetime.now(UTC) + apart):
            self.apart = apart
            self.wait(timedelta())
            yield
        self.apart = timedelta()
        self.wait(timedelta())

    def wait(self, span: timedelta) -> None:
        self.passed += span
        self.twilio.state.clock_offset_s = (self.passed - self.apart).total_seconds()
        with self.desk.database.read() as session:
            self.desk.clock.at = self.clocks.clinic(session)

    def send(self) -> None:
        while self.sender.deliver_next():
            pass

    def find_missed(self) -> list[str]:
        texts = find_missed(self.desk.database, self.carrier, clocks=self.clocks)
        return [text.body for text in texts]


@pytest.fixture
def host(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    monkeypatch.setenv("NO_PROXY", "*")
    with FakeTwilio() as twilio:
        yield Host(open_desk(database), twilio)


@pytest.mark.parametrize("apart", APART.values(), ids=APART)
def test_a_lost_answer_is_one_text(host: Host, apart: timedelta) -> None:
    with host.clock_off(apart):
        message_id = queue(host.desk, Kind.QUESTION)
        host.twilio.script(Step("accept_reset"))
        for span in (timedelta(), 2 * MINUTE, timedelta(seconds=65), MINUTE):
            host.wait(span)
            look_up_unknown(host.desk.database, host.carrier, spans=Spans(), clocks=host.clocks)
            host.send()

    assert len(host.twilio.accepted) == 1
    assert get(host.desk, Message, message_id).state == "sent"


@pytest.mark.parametrize("apart", APART.values(), ids=APART)
def test_a_text_missed_after_a_read_is_found_at_the_next(host: Host, apart: timedelta) -> None:
    with host.clock_off(apart):
        assert host.find_missed() == []
    host.wait(MINUTE)
    host.twilio.text_in(CLIENT_NUMBER, OUR_NUMBER, "STOP", deliver=False)
    host.wait(MINUTE)

    assert host.find_missed() == ["STOP"]


@pytest.mark.parametrize("apart", APART.values(), ids=APART)
def test_after_a_restore_a_step_that_may_have_left_is_held(host: Host, apart: timedelta) -> None:
    with host.clock_off(apart):
        host.wait(timedelta())
        now = host.desk.clock.at
        with host.desk.database.write() as session:
            installation(session).reminders_wait_since = now
            visit = make_visit(session, session.get_one(Client, host.desk.client_id))
            step_id = make_reminder(session, visit, due_at=now, earliest_at=now).id
        host.carrier.send(a_text())
        host.wait(MINUTE)
        assert compare_after_restore(host.desk.database, host.carrier, clocks=host.clocks)

    assert get(host.desk, Reminder, step_id).held_by == "restore"
