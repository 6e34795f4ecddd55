"""A clinic, its carrier and the clock on the wall, played in one process: they outlive every life of a worker."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.conversation import handle_inbound
from bot.vocabulary import shipped_vocabulary
from bot.voice import Voice
from carriers.base import InboundText, OutboundText, SendResult
from messages.catalogue import shipped_pack
from messages.plan_rules import PlanRules
from models.client import find_client
from models.database import Database
from models.lease import is_alone
from outbox.delivery import Sender
from outbox.lookup import look_up_unknown
from outbox.missed import find_missed
from outbox.reconcile import only_one
from scheduler.due import enqueue_due
from scheduler.put_right import put_right
from scheduler.visits import NewTreatment, add_treatment
from tests.support.crash import Fate, MortalCarrier, MortalDatabase
from tests.support.factories import NOON
from tests.support.line import OPT_OUT_KEY, enrol, open_line
from tests.support.oracle import Accepted
from tests.support.scripted_carrier import SHORT, HandClock, ScriptedCarrier


@dataclass(frozen=True, slots=True)
class Taken:
    """One text that was handed to the carrier, and when."""

    text: OutboundText
    at: datetime


class LoggingCarrier(ScriptedCarrier):
    """Keeps what it took, and what was begun, as it came: the callback's address tells which try it was."""

    def __init__(self, clock: HandClock) -> None:
        super().__init__(clock)
        self.log: list[Taken] = []
        self.begun: list[Taken] = []

    def send(self, text: OutboundText) -> SendResult:
        self.begun.append(Taken(text, self.clock.at))
        return super().send(text)

    def take(self, text: OutboundText) -> str:
        self.log.append(Taken(text, self.clock.at))
        return super().take(text)


class World:
    """One clinic, its carrier with its log, and the clock on the wall: they outlive every process."""

    def __init__(self, folder: Path) -> None:
        self.line = open_line(folder)
        self.clock = HandClock(NOON)
        self.carrier = LoggingCarrier(self.clock)
        self.client_id = enrol(self.line)

    def treat(self, *, at: datetime) -> None:
        """A treatment whose exercise text is due at NOON."""
        with self.line.database.write() as session:
            client = find_client(session, self.client_id)
            new = NewTreatment(at, "neuromodulator")
            add_treatment(session, client, new, by="Dana", actor="staff:1", rules=rules(), now=at)

    def jump(self, by: timedelta) -> None:
        """Our clock is set on or back; the carrier's goes on as before, and so does what only counts."""
        self.clock.at += by
        self.carrier.offset -= by

    @property
    def apart(self) -> timedelta:
        """How far our clock is ahead of the carrier's."""
        return -self.carrier.offset

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
            put_right(session, machine=self.world.clock.at, spans=SHORT, pace=self.sender.pace)
        while self.sender.deliver_next():
            pass
        look_up_unknown(self.database, self.carrier, spans=SHORT, clocks=self.clocks)

    def catch_up(self) -> bool:
        """What came while nobody was there. False = somebody holds that work: one who died, until the lease ends."""
        with only_one(self.database, "missed", clocks=self.clocks) as is_ours:
            for inbound in find_missed(self.database, self.carrier, clocks=self.clocks) if is_ours else ():
                self.webhook(inbound)
        return is_ours

    def live(self, *, rounds: int) -> bool:
        """For a while; the clock on the wall moves with it. Whether what was missed is in."""
        has_caught_up = self.catch_up()
        for _ in range(rounds):
            self.tick()
            self.world.clock.move(seconds=7)
        return has_caught_up

    def end(self) -> None:
        """The system closes a dead process's connections."""
        self.database.close()


def rules() -> PlanRules:
    return shipped_pack().plan


def voice() -> Voice:
    return Voice(
        shipped_pack(),
        shipped_vocabulary(),
        all_approved=True,
        public_url="https://clinic.example",
        opt_out_key=OPT_OUT_KEY,
    )
