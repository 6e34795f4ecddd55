"""What the running clock does by itself, each job by what it brings about: a job that is not asked for fails here."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from carriers.base import OutboundText
from carriers.simulated import SimulatedCarrier
from config import Settings
from deployment import Deployment, open_deployment
from models.api_answer import ApiAnswer
from models.api_token import ApiToken
from models.audit import Audit, record_audit
from models.clinic import Clinic, list_clinics
from models.installation import TICK, installation, last_beat, machine_now
from models.lease import Lease
from models.message import Attempt, InboundReceipt, Message
from models.photo import Photo
from models.reminder import Reminder
from models.simulated_carrier import SimulatedMessage
from models.staff import OnCall
from outbox.alarm import raise_system_alert
from outbox.stop import credentials_note, stop_sending
from scheduler.due import HELD_FOR_WORDS
from scheduler.job_clock import Clock
from scheduler.jobs import JOBS, Job, make_sender
from tests.support.factories import (
    ON_CALL_NUMBER,
    make_client,
    make_consent,
    make_conversation,
    make_reminder,
    make_visit,
)
from tests.support.migrated import bring_up_copy
from tests.support.missed_texts import ASKS, OURS, SAYS_STOP, SlowToList, open_here, queue_two_answers
from tests.support.waiting import until

OFTEN = timedelta(milliseconds=100)
Scene = Callable[
    [Deployment], Callable[[Session], object]
]  # sets it, and says how to see that the job was done
NOW = datetime.now(UTC)


@pytest.fixture
def here(settings: Settings) -> Iterator[Deployment]:
    """Its carrier does what it is told, and lists."""
    carrier = SlowToList()
    carrier.may_list.set()
    opened = open_here(settings, carrier)
    yield opened
    opened.close()


@pytest.fixture
def simulated(settings: Settings) -> Iterator[Deployment]:
    """The same with the simulated carrier."""
    bring_up_copy(settings)
    opened = open_deployment(settings)
    yield opened
    opened.close()


def carrier_of(here: Deployment) -> SlowToList:
    assert isinstance(here.carrier, SlowToList)
    return here.carrier


def clinic_of(session: Session) -> Clinic:
    return list_clinics(session)[0]


# --- with a carrier that is told what to do -------------------------------------------------------------------------


def due_work(here: Deployment) -> Callable[[Session], object]:
    return lambda session: last_beat(session, TICK)


def words_that_were_mended(here: Deployment) -> Callable[[Session], object]:
    """As a restart with mended files finds it: held, and its words can be written now."""
    with here.database.write() as session:
        thread = make_conversation(session, clinic_of(session))
        make_consent(session, thread)
        visit = make_visit(session, make_client(session, thread), at=NOW - timedelta(hours=1))
        held = {"status": "held", "held_by": HELD_FOR_WORDS, "reason": "held: its text needs variant"}
        make_reminder(session, visit, step="check_in", due_at=NOW + timedelta(days=14), **held)
    return lambda session: session.scalars(
        select(Reminder).where(Reminder.step == "check_in", Reminder.status == "planned")
    ).first()


def an_alert(here: Deployment) -> Callable[[Session], object]:
    with here.database.write() as session:
        clinic = clinic_of(session)
        session.add(OnCall(clinic_id=clinic.id, name="Sam", number=ON_CALL_NUMBER, position=1))
        raise_system_alert(session, clinic_id=clinic.id, note="look", now=NOW, machine=NOW)
    return lambda session: session.scalars(select(Message).where(Message.kind == "alert")).first()


def a_lost_answer(here: Deployment) -> Callable[[Session], object]:
    queue_two_answers(here)
    carrier_of(here).script(carrier_of(here).take_and_lose_reply)
    make_sender(here).run_until_quiet()
    with here.database.write() as session:
        session.execute(update(Attempt).where(Attempt.outcome == "unknown").values(next_lookup_at=NOW))
    return lambda session: not session.scalars(select(Message).where(Message.state == "unknown")).first()


def a_missed_text(here: Deployment) -> Callable[[Session], object]:
    sid = carrier_of(here).receive(SAYS_STOP, OURS, "STOP")
    return lambda session: session.get(InboundReceipt, sid)


def a_restore(here: Deployment) -> Callable[[Session], object]:
    with here.database.write() as session:
        installation(session).reminders_wait_since = machine_now(session)
    return lambda session: installation(session).reminders_wait_since is None


def refused_credentials(here: Deployment) -> Callable[[Session], object]:
    with here.database.write() as session:
        stop_sending(session, why=credentials_note(), now=NOW, machine=machine_now(session))
    return lambda session: installation(session).sending_stopped_since is None


def a_delivery_nobody_reported(here: Deployment) -> Callable[[Session], object]:
    queue_two_answers(here)
    make_sender(here).run_until_quiet()
    carrier = carrier_of(here)
    carrier.accepted = [replace(message, status="delivered") for message in carrier.accepted]
    with here.database.write() as session:
        session.execute(update(Attempt).values(finished_at=machine_now(session) - timedelta(hours=25)))
    return lambda session: session.scalars(select(Message).where(Message.status == "delivered")).first()


def a_clock_that_was_ahead(here: Deployment) -> Callable[[Session], object]:
    with here.database.write() as session:
        far = machine_now(session) + timedelta(hours=5)
        session.add(Lease(name="missed", holder="a dead one", until=far))
    return lambda session: session.scalars(select(Lease).where(Lease.until >= far)).first() is None


def an_act(here: Deployment) -> Callable[[Session], object]:
    with here.database.write() as session:
        clinic_id, at = clinic_of(session).id, NOW - timedelta(hours=1)
        record_audit(
            session, clinic_id=clinic_id, at=at, actor="staff:1", action="read", object_kind="client"
        )
    return lambda session: session.scalars(select(Audit.chain).order_by(Audit.id)).first()


def an_old_answer_to_another_system(here: Deployment) -> Callable[[Session], object]:
    with here.database.write() as session:
        token = ApiToken(
            clinic_id=clinic_of(session).id, name="desk", scope="write", token_hash="h" * 64, created_at=NOW
        )
        session.add(token)
        session.flush()
        given_at = NOW - timedelta(hours=25)
        session.add(ApiAnswer(token_id=token.id, key="k", fingerprint="f", given_at=given_at))
    return lambda session: not session.scalars(select(ApiAnswer)).first()


def a_photo_to_delete_at_the_carrier(here: Deployment) -> Callable[[Session], object]:
    add_photo(here, state="deleted", source_url="https://carrier.example/1")
    return lambda session: session.scalars(select(Photo.deleted_at_carrier_at)).first()


def a_file_nobody_knows(here: Deployment) -> Callable[[Session], object]:
    store = here.photo_store()
    name = store.put(1, b"a picture")
    path = here.settings.data_dir / "photos" / name
    os.utime(path, (path.stat().st_atime, (NOW - timedelta(days=2)).timestamp()))
    return lambda _session: not store.names()


SCENES: dict[str, Scene] = {
    "machine time set back": a_clock_that_was_ahead,
    "tick": due_work,
    "steps held for their words": words_that_were_mended,
    "page": an_alert,
    "look up unknown sends": a_lost_answer,
    "missed texts": a_missed_text,
    "end of a restore": a_restore,
    "refused credentials": refused_credentials,
    "sweep photos": a_file_nobody_knows,
    "photos at the carrier": a_photo_to_delete_at_the_carrier,
    "stuck texts": a_delivery_nobody_reported,
    "chain the audit": an_act,
    "answers to other systems": an_old_answer_to_another_system,
}


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_the_running_clock_does_it(here: Deployment, scene: Scene) -> None:
    bring_about(here, scene)


# --- with the simulated carrier -------------------------------------------------------------------------------------


def a_picture_at_the_carrier(here: Deployment) -> Callable[[Session], object]:
    add_photo(here, state="at_carrier", source_url="https://simulated.invalid/none")
    return lambda session: session.scalars(select(Photo).where(Photo.state != "at_carrier")).first()


def a_delivery_to_report(here: Deployment) -> Callable[[Session], object]:
    assert isinstance(here.carrier, SimulatedCarrier)
    here.carrier.send(OutboundText(OURS, ASKS, "hello", timedelta(hours=1), ""))
    return lambda session: (
        not session.scalars(select(SimulatedMessage).where(SimulatedMessage.has_reports_left)).first()
    )


SIMULATED: dict[str, Scene] = {"photos": a_picture_at_the_carrier, "simulated reports": a_delivery_to_report}


@pytest.mark.parametrize("scene", SIMULATED.values(), ids=SIMULATED)
def test_the_running_clock_does_it_in_simulation(simulated: Deployment, scene: Scene) -> None:
    bring_about(simulated, scene)


def test_each_job_has_a_scene() -> None:
    assert {job.name for job in JOBS} == {*SCENES, *SIMULATED}


@pytest.mark.parametrize("hours", [-1, 1], ids=["back", "on"])
def test_the_running_clock_goes_on_when_this_machines_clock_is_set(here: Deployment, hours: int) -> None:
    runs: list[Deployment] = []
    clock = Clock(here, (Job("count", OFTEN, runs.append),))
    clock.start()
    try:
        until(lambda: len(runs) > 1, within_s=30)
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours), tick=True):
            runs.clear()
            until(lambda: len(runs) > 5, within_s=30)
    finally:
        clock.stop()


# --- moves ----------------------------------------------------------------------------------------------------------


def bring_about(here: Deployment, scene: Scene) -> None:
    """Every job is asked for often."""
    is_done = scene(here)
    assert not see(here, is_done)
    clock = Clock(here, tuple(replace(job, every=OFTEN) for job in JOBS))
    clock.start()
    try:
        until(lambda: see(here, is_done), within_s=60)
    finally:
        clock.stop()
        assert clock.wait_until_idle(60)


def see(here: Deployment, is_done: Callable[[Session], object]) -> bool:
    with here.database.read() as session:
        return bool(is_done(session))


def add_photo(here: Deployment, **values: str) -> None:
    with here.database.write() as session:
        session.add(Photo(clinic_id=clinic_of(session).id, created_at=NOW, **values))
