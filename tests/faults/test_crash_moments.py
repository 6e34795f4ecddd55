"""Killed at every commit and every send of "one text in" and "one reminder out": nothing lost, nothing twice (R1, R2).

Judged by the carrier's log. The same moments in real processes, system call by system call: test_crash_calls.py.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.conversation import handle_inbound
from bot.voice import Voice
from carriers.base import InboundText
from messages.plan_rules import PlanRules
from models.client import find_client
from models.database import Database
from models.lease import is_alone
from outbox.delivery import Sender
from outbox.lookup import look_up_unknown
from outbox.missed import find_missed
from outbox.reconcile import only_one
from scheduler.due import enqueue_due
from scheduler.visits import NewTreatment, add_treatment
from tests.support.crash import Fate, MortalCarrier, MortalDatabase, live_until_killed
from tests.support.factories import CLIENT_NUMBER, NOON, OUR_NUMBER
from tests.support.line import enrol, open_line, the_pack, the_vocabulary
from tests.support.oracle import Accepted, violations
from tests.support.scripted_carrier import SHORT, HandClock, ScriptedCarrier

MOST_MOMENTS = 120
ROUNDS = {False: 2, True: 3}  # of the first life: until it has heard, or has looked up what it did not hear


class World:
    """One clinic, its carrier with its log, and the clock on the wall: they outlive every process."""

    def __init__(self, folder: Path) -> None:
        self.line = open_line(folder)
        self.clock = HandClock(NOON)
        self.carrier = ScriptedCarrier(self.clock)
        self.client_id = enrol(self.line)

    def treat(self, *, at: datetime) -> None:
        """A treatment whose exercise text is due at NOON."""
        with self.line.database.write() as session:
            client = find_client(session, self.client_id)
            new = NewTreatment(at, "neuromodulator")
            add_treatment(session, client, new, by="Dana", actor="staff:1", rules=rules(), now=at)

    def accepted(self) -> list[Accepted]:
        """The carrier's log."""
        return [Accepted(text.to_number, text.body) for text in self.carrier.accepted]


class Process:
    """One life of a worker on that world."""

    def __init__(self, world: World, fate: Fate) -> None:
        self.world = world
        self.database: Database = MortalDatabase(world.line.database.url, fate)
        self.carrier = MortalCarrier(world.carrier, fate)
        self.clocks = world.clock.clocks()
        self.sender = Sender(
            self.database,
            self.carrier,
            public_url="https://clinic.example",
            spans=SHORT,
            pace=timedelta(),
            clocks=self.clocks,
        )

    def webhook(self, inbound: InboundText) -> None:
        """The text is acknowledged when this returns."""
        with self.database.write() as session:
            handle_inbound(session, inbound, self.world.clock.at, voice=voice())

    def tick(self) -> None:
        """One round of the clock and of the sender."""
        with self.database.write() as session:
            assert is_alone(session, "tick")
            enqueue_due(session, self.world.clock.at, voice=voice())
        while self.sender.deliver_next():
            pass
        look_up_unknown(self.database, self.carrier, spans=SHORT, clocks=self.clocks)

    def catch_up(self) -> None:
        """What came while nobody was there."""
        with only_one(self.database, "missed", clocks=self.clocks) as is_ours:
            for inbound in find_missed(self.database, self.carrier, clocks=self.clocks) if is_ours else ():
                self.webhook(inbound)

    def live(self, *, rounds: int) -> None:
        """For a while; the clock on the wall moves with it."""
        self.catch_up()
        for _ in range(rounds):
            self.tick()
            self.world.clock.move(seconds=7)

    def end(self) -> None:
        """The system closes a dead process's connections."""
        self.database.close()


def rules() -> PlanRules:
    return the_pack().plan


def voice() -> Voice:
    return Voice(the_pack(), the_vocabulary(), all_approved=True, public_url="https://clinic.example")


def text_in(world: World, rounds: int) -> Callable[[Process], None]:
    """A question comes by webhook; the carrier has it on its own list as well."""
    sid = world.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "Can I work out tonight?")
    inbound = InboundText(sid, CLIENT_NUMBER, OUR_NUMBER, "Can I work out tonight?")

    def life(process: Process) -> None:
        process.webhook(inbound)
        process.live(rounds=rounds)

    return life


def reminder_out(world: World, rounds: int) -> Callable[[Process], None]:
    """The exercise text of yesterday's treatment is due."""
    world.treat(at=NOON - timedelta(hours=19))

    def life(process: Process) -> None:
        process.live(rounds=rounds)

    return life


@pytest.mark.parametrize(
    "loses_reply",
    [pytest.param(False, id="reply heard"), pytest.param(True, id="reply lost", marks=pytest.mark.full)],
)
@pytest.mark.parametrize("story", [text_in, reminder_out])
def test_killed_at_each_moment_it_is_sent_exactly_once(
    story: Callable[[World, int], Callable[[Process], None]], loses_reply: bool, tmp_path: Path
) -> None:
    for dies_at in range(1, MOST_MOMENTS):
        folder = tmp_path / str(dies_at)
        folder.mkdir()
        world = World(folder)
        life = story(world, ROUNDS[loses_reply])
        if loses_reply:
            world.carrier.script(world.carrier.take_and_lose_reply)
        fate = Fate(dies_at)
        first = Process(world, fate)
        has_lived = live_until_killed(lambda first=first, life=life: life(first))  # type: ignore[misc]
        first.end()
        world.clock.move(seconds=10)
        second = Process(world, Fate(None))
        second.live(rounds=5)
        second.end()

        assert violations(world.accepted(), owed={CLIENT_NUMBER: 1}) == [], fate.moments[-1:]
        if has_lived:
            break
    else:
        raise AssertionError("the story never ends")
    assert "after a send" in fate.moments
