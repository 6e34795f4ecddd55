"""After down time: what was missed is taken in before the first text leaves, and the sender is alive meanwhile."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

import scheduler.jobs
from bot.conversation import handle_inbound
from carriers.base import InboundText, Listing
from cli.background import Background
from config import Settings
from deployment import Deployment, open_deployment
from models.clinic import list_clinics
from models.database import Database
from models.installation import SENDER, machine_now
from models.measures import beats
from scheduler.jobs import voice_of
from tests.support.factories import number_of
from tests.support.migrated import bring_up_copy
from tests.support.scripted_carrier import HandClock, ScriptedCarrier
from tests.support.waiting import until

OURS, ASKS, SAYS_STOP = "+15735550100", "+15735550111", "+15735550112"


class SlowToList(ScriptedCarrier):
    """What came in is listed when the test says so."""

    def __init__(self) -> None:
        super().__init__(HandClock(datetime.now(UTC)))
        self.may_list = threading.Event()

    def list_received_by(self, our_number: str, *, since: datetime) -> Listing:
        self.may_list.wait(30)
        return super().list_received_by(our_number, since=since)


@pytest.fixture
def carrier() -> SlowToList:
    return SlowToList()


@pytest.fixture
def here(settings: Settings, carrier: SlowToList) -> Iterator[Deployment]:
    bring_up_copy(settings)
    opened = open_deployment(replace(settings, tick=timedelta(milliseconds=50)))
    with opened.database.write() as session:
        number_of(session, list_clinics(session)[0]).number = OURS
    yield replace(opened, carrier=carrier)
    opened.close()


@pytest.fixture
def running(here: Deployment) -> Iterator[Background]:
    """Two answers are queued; nothing runs yet."""
    for number in (ASKS, SAYS_STOP):
        asked = InboundText(
            sid=f"SM{number[1:]:0>32}", from_number=number, to_number=OURS, body="Can I work out?"
        )
        with here.database.write() as session:
            handle_inbound(session, asked, datetime.now(UTC), voice=voice_of(here))
    background = Background(here)
    yield background
    background.stop(timedelta(seconds=10))


def test_a_stop_that_was_missed_counts_before_the_first_text_leaves(
    here: Deployment, carrier: SlowToList, running: Background
) -> None:
    carrier.receive(SAYS_STOP, OURS, "STOP")
    with capture_logs() as logs:
        running.start()
        wait_for_beats(here.database, 3)
    assert carrier.sends == []
    assert "a sender has died" not in {line["event"] for line in logs}

    carrier.may_list.set()
    until(lambda: carrier.sends, within_s=20)
    time.sleep(0.5)
    assert {text.to_number for text in carrier.sends if "exercise" in text.body} == {ASKS}


def test_the_sender_is_alive_while_much_is_taken_in(
    here: Deployment, carrier: SlowToList, running: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_in, take_in = threading.Event(), scheduler.jobs._take_in

    def take_in_slowly(deployment: Deployment, inbound: InboundText) -> None:
        is_in.wait(30)
        take_in(deployment, inbound)

    monkeypatch.setattr(scheduler.jobs, "_take_in", take_in_slowly)
    carrier.receive(SAYS_STOP, OURS, "STOP")
    carrier.may_list.set()
    running.start()

    wait_for_beats(here.database, 3)
    assert carrier.sends == []
    is_in.set()
    until(lambda: carrier.sends, within_s=20)


def test_a_carrier_that_cannot_be_asked_does_not_keep_texts_back_for_ever(
    here: Deployment, carrier: SlowToList, running: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler.jobs, "ASK_FOR", timedelta(seconds=1))
    carrier.may_list.set()
    carrier.is_list_down = True
    running.start()
    wait_for_beats(here.database, 2)
    assert carrier.sends == []

    until(lambda: len(carrier.sends) == 2, within_s=20)


def wait_for_beats(database: Database, count: int) -> None:
    """Until the sender has shown this often that it lives."""
    seen: set[datetime] = set()

    def look() -> bool:
        with database.read() as session:
            at = beats(session).get(SENDER)
            assert at is None or at <= machine_now(session)
        seen.update({at} if at else ())
        return len(seen) >= count

    until(look, within_s=20)
