"""Texts turned away by a database in trouble, or not taken in at first: fetched before anything is sent (R3, R7)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import OperationalError

import scheduler.catching_up
from bot.conversation import handle_inbound
from carriers.base import InboundText, ListingFailed
from cli.background import Background
from config import Settings
from deployment import Deployment
from models.alert import list_open_alerts
from models.clinic import ClinicNumber, list_clinics
from models.database import FROZEN_FOR_S
from models.installation import installation, machine_now
from models.message import Attempt, InboundReceipt
from outbox.intent import Ready, write_intent
from scheduler.catching_up import ASK_FOR, TAKE_IN_FOR, TextsLeftOut, fetch_missed
from scheduler.jobs import end_restore, make_sender
from tests.support.factories import make_clinic_number
from tests.support.missed_texts import (
    ASKS,
    OURS,
    SAYS_STOP,
    SlowToList,
    alert_notes,
    count_waiting_texts,
    open_here,
    queue_two_answers,
    settle_and_send,
)
from tests.support.put_back import waits
from tests.support.waiting import until


@pytest.fixture
def carrier() -> SlowToList:
    return SlowToList()


@pytest.fixture
def here(settings_here: Settings, carrier: SlowToList) -> Iterator[Deployment]:
    """Two answers are queued."""
    opened = open_here(settings_here, carrier)
    queue_two_answers(opened)
    yield opened
    opened.close()


@pytest.fixture
def running(here: Deployment) -> Iterator[Background]:
    """Nothing runs yet."""
    background = Background(here)
    yield background
    background.stop(timedelta(seconds=10))


# --- the database in trouble while we live --------------------------------------------------------------------------


def test_a_stop_turned_away_in_an_outage_counts_before_sending_goes_on(
    here: Deployment, carrier: SlowToList, running: Background
) -> None:
    with here.database.write() as session:
        session.execute(update(ClinicNumber).values(next_send_at=datetime.now(UTC) + timedelta(hours=1)))
    carrier.may_list.set()
    running.start()
    until(lambda: here.backlog.is_settled, within_s=60)
    with here.database.write() as session:
        session.execute(text("ALTER TABLE message RENAME TO gone"))
    until(lambda: not here.backlog.is_settled, within_s=60)
    carrier.receive(SAYS_STOP, OURS, "STOP")
    with here.database.write() as session:
        session.execute(update(ClinicNumber).values(next_send_at=datetime.now(UTC)))
        session.execute(text("ALTER TABLE gone RENAME TO message"))

    until(lambda: here.backlog.is_settled and carrier.told, within_s=60)
    assert carrier.told == {ASKS}
    until(lambda: not count_waiting_texts(here), within_s=60)
    assert carrier.told == {ASKS}


def test_a_text_about_to_leave_when_a_stop_is_turned_away_waits(
    here: Deployment, carrier: SlowToList, monkeypatch: pytest.MonkeyPatch
) -> None:
    def turned_away_meanwhile(*args: object, **values: object) -> Ready | None:
        ready = write_intent(*args, **values)  # type: ignore[arg-type]
        here.backlog.suspect()
        return ready

    with monkeypatch.context() as patch:
        patch.setattr("outbox.delivery.write_intent", turned_away_meanwhile)
        make_sender(here).run_until_quiet()
    assert carrier.sends == []
    with here.database.read() as session:
        assert [row.outcome for row in session.query(Attempt)] == ["abandoned"]

    carrier.receive(SAYS_STOP, OURS, "STOP")
    settle_and_send(here, carrier)
    assert carrier.told == {ASKS}


# --- not all of it at first -----------------------------------------------------------------------------------------


def refuse(monkeypatch: pytest.MonkeyPatch, body: str, error: Exception, *, times: int) -> None:
    """Taking in this text fails so many times."""
    left = [error] * times

    def take_in(session: object, inbound: InboundText, *args: object, **values: object) -> object:
        if inbound.body == body and left:
            raise left.pop()
        return handle_inbound(session, inbound, *args, **values)  # type: ignore[arg-type]

    monkeypatch.setattr("scheduler.catching_up.handle_inbound", take_in)


def busy() -> Exception:
    return OperationalError("INSERT", {}, Exception("database is locked"))


def test_a_stop_that_the_database_refuses_at_first_counts_before_the_first_text_leaves(
    here: Deployment, carrier: SlowToList, monkeypatch: pytest.MonkeyPatch
) -> None:
    carrier.receive(SAYS_STOP, OURS, "STOP")
    refuse(monkeypatch, "STOP", busy(), times=2)

    settle_and_send(here, carrier)

    assert carrier.told == {ASKS}


def test_a_stop_whose_pictures_cannot_be_listed_at_first_counts_before_the_first_text_leaves(
    here: Deployment, carrier: SlowToList
) -> None:
    carrier.receive(SAYS_STOP, OURS, "STOP", media=1)
    carrier.media_failures = 2

    settle_and_send(here, carrier)

    assert carrier.told == {ASKS}


@pytest.mark.parametrize("is_ours", [True, False], ids=["our own error", "the database"])
def test_a_text_that_can_never_be_taken_in_is_told_to_staff_once_and_stops_no_other(
    here: Deployment, carrier: SlowToList, monkeypatch: pytest.MonkeyPatch, is_ours: bool
) -> None:
    sid = carrier.receive(ASKS, OURS, "poison")
    carrier.receive(SAYS_STOP, OURS, "STOP")
    refuse(monkeypatch, "poison", RuntimeError("ours") if is_ours else busy(), times=10_000)
    monkeypatch.setattr(scheduler.catching_up, "TAKE_IN_FOR", timedelta(seconds=0.1))

    settle_and_send(here, carrier)

    assert carrier.told == {ASKS}
    assert sid in alert_notes(here)
    with here.database.write() as session:
        for alert in list_open_alerts(session, clinic_id=list_clinics(session)[0].id):
            alert.closed_at = datetime.now(UTC)
    fetch_missed(here)
    assert (here.backlog.is_settled, alert_notes(here)) == (True, "")


def test_a_text_found_by_the_clock_that_cannot_be_taken_in_yet_stops_sending(
    here: Deployment, carrier: SlowToList, monkeypatch: pytest.MonkeyPatch
) -> None:
    carrier.may_list.set()
    carrier.receive(SAYS_STOP, OURS, "STOP")
    refuse(monkeypatch, "STOP", busy(), times=1)
    fetch_missed(here)

    make_sender(here).run_until_quiet()
    assert carrier.sends == []
    settle_and_send(here, carrier)
    assert carrier.told == {ASKS}


def test_one_list_that_fails_keeps_no_text_of_another_from_being_taken_in(
    here: Deployment, carrier: SlowToList, monkeypatch: pytest.MonkeyPatch
) -> None:
    with here.database.write() as session:
        other = make_clinic_number(session, list_clinics(session)[0], number="+15735550101")
        carrier.unread_numbers = {other.number}
    carrier.receive(SAYS_STOP, OURS, "STOP")
    monkeypatch.setattr(scheduler.catching_up, "ASK_FOR", timedelta(seconds=0.1))

    settle_and_send(here, carrier)

    assert carrier.told == {ASKS}


def test_a_text_may_be_refused_for_longer_than_a_frozen_process_holds_its_row() -> None:
    assert timedelta(seconds=FROZEN_FOR_S) < TAKE_IN_FOR
    assert ASK_FOR < TAKE_IN_FOR


# --- after a restore ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["list", "pictures", "database"])
def test_reminders_wait_after_a_restore_until_all_that_was_missed_is_in(
    here: Deployment, carrier: SlowToList, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    carrier.may_list.set()
    sid = carrier.receive(SAYS_STOP, OURS, "STOP", media=1)
    with here.database.write() as session:
        installation(session).reminders_wait_since = machine_now(session)
    carrier.unread_numbers = {OURS} if fault == "list" else set()
    carrier.media_failures = int(fault == "pictures")
    refuse(monkeypatch, "STOP", busy(), times=int(fault == "database"))

    with pytest.raises((ListingFailed, TextsLeftOut)):
        end_restore(here)
    assert waits(here.database)

    carrier.unread_numbers = set()
    end_restore(here)
    assert not waits(here.database)
    with here.database.read() as session:
        assert session.get(InboundReceipt, sid) is not None
