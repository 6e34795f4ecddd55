"""After down time: what was missed is taken in before the first text leaves, and the sender is alive meanwhile."""

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

import scheduler.catching_up
from carriers.base import InboundText
from cli.background import Background
from config import Settings
from deployment import Deployment
from models.database import Database
from models.installation import SENDER, machine_now
from models.measures import beats
from tests.support.missed_texts import (
    ASKS,
    OURS,
    SAYS_STOP,
    SlowToList,
    open_here,
    queue_two_answers,
)
from tests.support.waiting import until


@pytest.fixture
def carrier() -> SlowToList:
    return SlowToList()


@pytest.fixture
def here(settings: Settings, carrier: SlowToList) -> Iterator[Deployment]:
    opened = open_here(settings, carrier)
    yield opened
    opened.close()


@pytest.fixture
def running(here: Deployment) -> Iterator[Background]:
    """Two answers are queued; nothing runs yet."""
    queue_two_answers(here)
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
    assert carrier.told == {ASKS}


def test_the_sender_is_alive_while_much_is_taken_in(
    here: Deployment, carrier: SlowToList, running: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_in, take_in = threading.Event(), scheduler.catching_up._take_in

    def take_in_slowly(deployment: Deployment, inbound: InboundText) -> None:
        is_in.wait(30)
        take_in(deployment, inbound)

    monkeypatch.setattr(scheduler.catching_up, "_take_in", take_in_slowly)
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
    monkeypatch.setattr(scheduler.catching_up, "ASK_FOR", timedelta(seconds=1))
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
