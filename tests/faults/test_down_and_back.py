"""Down for a while and back (R1, R4), nights of 23 and 25 hours (R6), hosts that disagree."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select, text

from carriers.base import Listing
from cli.background import Background
from config import Settings
from deployment import Deployment, open_deployment
from models.client import find_client
from models.database import Database
from models.installation import SENDER, machine_now
from models.measures import beats
from models.message import Message
from scheduler.due import enqueue_due
from scheduler.visits import NewTreatment, add_treatment
from tests.support.crash import Fate
from tests.support.engines import POSTGRESQL
from tests.support.factories import CLIENT_NUMBER, NOON, ON_CALL_NUMBER, OUR_NUMBER
from tests.support.line import Line, enrol, open_line
from tests.support.noon import noon_zone
from tests.support.oracle import texts_to, violations
from tests.support.process import Process as RealProcess
from tests.support.processes import Stand, number_of_client, stand
from tests.support.scripted_carrier import HandClock, ScriptedCarrier
from tests.support.waiting import until
from tests.support.world import Process, World, rules, voice

CHICAGO = ZoneInfo("America/Chicago")
SILENT = "+15735550143"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def start(world: World, *, rounds: int = 4) -> None:
    """A worker starts, catches up and works for a while."""
    worker = Process(world, Fate(None))
    worker.live(rounds=rounds)
    worker.end()


def exercise_texts(world: World, number: str = CLIENT_NUMBER) -> list[str]:
    return [body for body in texts_to(world.accepted(), number) if "exercise" in body]


class ListsLater(ScriptedCarrier):
    """What came in is listed when the test says so."""

    def __init__(self, now: datetime) -> None:
        super().__init__(HandClock(now))
        self.may_list = threading.Event()

    def list_received_by(self, our_number: str, *, since: datetime) -> Listing:
        self.may_list.wait(60)
        return super().list_received_by(our_number, since=since)


def test_a_stop_sent_while_we_were_down_counts_before_the_first_text_leaves(
    tmp_path: Path, settings: Settings
) -> None:
    now = datetime.now(UTC)
    zone = noon_zone(now)
    line, carrier = open_line(tmp_path, timezone=zone), ListsLater(now)
    for number in (CLIENT_NUMBER, SILENT):
        client_id = enrol(line, number=number, timezone=zone)
        treat_at(line.database, client_id, now - timedelta(hours=17), now)
    with line.database.write() as session:
        assert len(enqueue_due(session, now, voice=voice()).enqueued) == 2
    carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "STOP")
    opened = open_deployment(replace(settings, tick=timedelta(milliseconds=50)))
    here = replace(opened, database=line.database, carrier=carrier)

    background = Background(here)
    background.start()
    try:
        until_beats(here, 3)
        assert carrier.sends == []
        carrier.may_list.set()
        until(lambda: states(line) <= {"sent", "cancelled"}, within_s=100)
    finally:
        carrier.may_list.set()
        background.stop(timedelta(seconds=20))

    assert [text.to_number for text in carrier.accepted] == [SILENT]


def treat_at(database: Database, client_id: int, at: datetime, now: datetime) -> None:
    """A treatment of that moment, entered now."""
    with database.write() as session:
        client = find_client(session, client_id)
        new = NewTreatment(at, "neuromodulator")
        add_treatment(session, client, new, by="Dana", actor="staff:1", rules=rules(), now=now)


def until_beats(here: Deployment, count: int) -> None:
    """Until the senders have shown this often that they live."""
    seen: set[datetime] = set()

    def look() -> bool:
        with here.database.read() as session:
            seen.update({beats(session).get(SENDER)} - {None})  # type: ignore[arg-type]
        return len(seen) >= count

    until(look, within_s=100)


def states(line: Line) -> set[str]:
    """How far our texts are."""
    with line.database.read() as session:
        return set(session.scalars(select(Message.state).where(Message.direction == "outbound")))


def test_a_red_flag_sent_while_we_were_down_three_days_still_pages_a_person(world: World) -> None:
    world.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "I can't breathe")
    world.clock.move(days=3)

    start(world)

    assert texts_to(world.accepted(), ON_CALL_NUMBER)
    assert "911" in texts_to(world.accepted(), CLIENT_NUMBER)[0]


def test_a_question_found_days_later_gets_one_note_and_no_answer_from_the_page(world: World) -> None:
    world.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "Can I work out tonight?")
    world.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "Can I rub it?")
    world.clock.move(days=3)

    start(world)
    start(world)

    assert len(texts_to(world.accepted(), CLIENT_NUMBER)) == 1
    assert exercise_texts(world) == []


def test_a_question_missed_for_twenty_minutes_is_answered_once(world: World) -> None:
    world.treat(at=NOON - timedelta(hours=40))
    world.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "Can I rub it?")
    world.clock.move(minutes=20)

    start(world)
    start(world)

    assert violations(world.accepted(), owed={CLIENT_NUMBER: 1}) == []


def test_what_expired_while_we_were_down_is_skipped_with_a_reason(world: World) -> None:
    world.treat(at=NOON - timedelta(hours=19))
    world.clock.move(days=3)

    start(world)

    assert world.accepted() == []
    with world.line.database.read() as session:
        status, reason = session.execute(
            text("SELECT status, reason FROM reminder WHERE step = 'exercise_over'")
        ).one()
    assert (status, bool(reason)) == ("skipped", True)


def test_a_mass_of_due_texts_is_held_with_one_alert(world: World) -> None:
    for place in range(60):
        world.client_id = enrol(world.line, name=f"C{place}", number=f"+1573555{2000 + place}")
        world.treat(at=NOON - timedelta(hours=19))

    start(world, rounds=3)

    to_clients = [entry for entry in world.accepted() if entry.to_number != ON_CALL_NUMBER]
    assert len(to_clients) <= 50  # RULES 7: max(50, 5 x the busiest hour)
    with world.line.database.read() as session:
        assert session.execute(text("SELECT count(*) FROM alert WHERE kind = 'system'")).scalar_one() == 1


@pytest.mark.parametrize(
    ("night", "ends"),
    [
        # RULES 3: 7 Mar 2026 14:00 ends 07:00 CDT; 31 Oct 2026 14:00 ends 05:00 CST
        (datetime(2026, 3, 7, 14, tzinfo=CHICAGO), "07:00"),
        (datetime(2026, 10, 31, 14, tzinfo=CHICAGO), "05:00"),
    ],
    ids=["spring", "autumn"],
)
def test_a_change_of_the_clocks_neither_skips_nor_repeats(world: World, night: datetime, ends: str) -> None:
    at = night.astimezone(UTC)
    assert (at + timedelta(hours=16)).astimezone(CHICAGO).strftime("%H:%M") == ends
    world.clock.at = at
    world.treat(at=at)
    worker = Process(world, Fate(None))
    for _ in range(30 * 4):
        worker.tick()
        world.clock.move(minutes=15)
    worker.end()

    again = [entry for entry in world.carrier.log if "exercise again" in entry.text.body]
    assert [entry.at.astimezone(CHICAGO).hour for entry in again] == [9]


def test_only_the_databases_clock_decides_where_hosts_disagree(database: Database, engine: str) -> None:
    """A server has a clock of its own; an SQLite file is on one host only, and that one's counts."""
    with database.read() as session:
        here = machine_now(session)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5)), database.read() as session:
        there = machine_now(session)
    assert (there - here < timedelta(minutes=1)) is (engine == POSTGRESQL)


@pytest.mark.full
def test_nothing_leaves_until_the_carrier_has_said_what_we_missed(
    tmp_path: Path, stand_url: str | None
) -> None:
    number = number_of_client(0)
    with stand(tmp_path, stand_url, LEASE_S="20") as here:
        clients = here.enrol([number])
        here.treat(list(clients.values()))
        here.control("text_in", {"from": number, "to": OUR_NUMBER, "body": "STOP", "deliver": False})
        here.control("settings", {"list_mode": "500"})
        *_, worker = [here.start(command) for command in (["web", "worker"] if stand_url else ["run"])]
        here.wait(lambda: times_refused(worker) >= 3 and count_queued(here) == 1, "a text held back")
        assert here.accepted() == []

        here.control("settings", {"list_mode": "ok"})
        here.wait(lambda: count_queued(here) == 0, "the text to be decided on")
        assert [text for text in here.accepted() if "exercise" in text.body] == []
        here.wait(here.is_ready, "health to be green")
        here.text(number, "I can't breathe")  # it works, and says what it must
        here.wait(lambda: any("911" in text.body for text in here.accepted()), "the emergency words")
        assert [text for text in here.accepted() if "exercise" in text.body] == []


def times_refused(worker: RealProcess) -> int:
    """How often it asked the carrier what was missed, in vain."""
    return worker.log.read_text(encoding="utf-8").count("what was missed could not be taken in yet")


def count_queued(here: Stand) -> int:
    with here.database.read() as session:
        return session.query(Message).filter(Message.state == "queued").count()
