"""Hosts for tests: network namespaces on two bridges, each cable to be cut off and joined again. Needs root.

And workers on them, hit while they hold texts: what they hold is read from the database.
"""

import signal
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from secrets import token_hex

from sqlalchemy import select, text, update

from cli.background import SENDERS
from models.clinic import ClinicNumber
from models.conversation import Conversation
from models.message import Attempt, Message
from tests.support.process import Process
from tests.support.processes import Stand, number_of_client

DATABASE, CARRIER = "d", "c"
FIRST_HOST = 10  # of the addresses on each bridge
DOOR = 8000
TEXTS = 12  # owed in one round: as many as three workers can hold
MOST_TRIES = 5
STALLED_S = 8.0  # longer than any lease of these tests
IN_A_TRANSACTION = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND state LIKE 'idle in transaction%'
  AND state_change < clock_timestamp() - interval '1 second'
"""


class Net:
    """Two bridges, and hosts with a cable to each; the database and the carrier listen on one of them each."""

    def __init__(self, hosts: int) -> None:
        self._tag = token_hex(2)
        self._net = f"10.213.{1 + int(self._tag, 16) % 250}"
        self._firsts = {
            DATABASE: 0,
            CARRIER: 128,
        }  # of the addresses: the bridge has .1 or .129, then the hosts
        self._spaces = [f"ah{self._tag}{place}" for place in range(hosts)]

    @property
    def database(self) -> str:
        """Where the database listens."""
        return self._address(DATABASE, 1)

    @property
    def carrier(self) -> str:
        """Where the carrier listens."""
        return self._address(CARRIER, 1)

    def door(self, place: int) -> str:
        """Where a `web` on this host listens: on the carrier's side."""
        return f"{self._address(CARRIER, FIRST_HOST + place)}:{DOOR}"

    def words(self, place: int) -> Sequence[str]:
        """What to put before a command so that it runs on this host."""
        return ["ip", "netns", "exec", self._spaces[place]]

    def cut_off(self, place: int, *bridges: str) -> None:
        """Nothing reaches the host over these (both, if none is named) and nothing leaves it; its processes go on."""
        for bridge in bridges or self._firsts:
            _ip("link", "set", self._cable(place, bridge), "down")

    def join(self, place: int) -> None:
        """The cables are back."""
        for bridge in self._firsts:
            _ip("link", "set", self._cable(place, bridge), "up")

    def build(self) -> None:
        """Bridges, namespaces, cables."""
        for bridge in self._firsts:
            _ip("link", "add", self._bridge(bridge), "type", "bridge")
            _ip("addr", "add", f"{self._address(bridge, 1)}/25", "dev", self._bridge(bridge))
            _ip("link", "set", self._bridge(bridge), "up")
        for place, space in enumerate(self._spaces):
            _ip("netns", "add", space)
            _ip("-n", space, "link", "set", "lo", "up")
            for bridge in self._firsts:
                self._lay_cable(place, bridge)

    def tear_down(self) -> None:
        """Everything this net made, and nothing else."""
        for space in self._spaces:
            subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)
        for bridge in self._firsts:
            subprocess.run(["ip", "link", "del", self._bridge(bridge)], check=False, capture_output=True)

    def _lay_cable(self, place: int, bridge: str) -> None:
        cable, space, device = self._cable(place, bridge), self._spaces[place], f"eth{bridge}"
        _ip("link", "add", cable, "type", "veth", "peer", "name", device, "netns", space)
        _ip("link", "set", cable, "master", self._bridge(bridge), "up")
        _ip("-n", space, "addr", "add", f"{self._address(bridge, FIRST_HOST + place)}/25", "dev", device)
        _ip("-n", space, "link", "set", device, "up")

    def _bridge(self, bridge: str) -> str:
        return f"ab{self._tag}{bridge}"

    def _cable(self, place: int, bridge: str) -> str:
        return f"{self._spaces[place]}{bridge}"

    def _address(self, bridge: str, place: int) -> str:
        return f"{self._net}.{self._firsts[bridge] + place}"


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextmanager
def running_net(*, hosts: int) -> Iterator[Net]:
    """A net for the length of the block."""
    net = Net(hosts)
    try:
        net.build()
        yield net
    finally:
        net.tear_down()


def owe_reminders(here: Stand, first: int, count: int) -> dict[str, int]:
    """Each of so many new clients is owed one text from now on: what is owed, by number."""
    numbers = [number_of_client(place) for place in range(first, first + count)]
    clients = here.enrol(numbers)
    here.treat(list(clients.values()))
    return dict.fromkeys(numbers, 1)


def everybody_has(here: Stand, owed: Collection[str]) -> bool:
    """Whether the carrier took a text to each of these, and to nobody else."""
    return here.phones_reached() == set(owed)


def count(here: Stand, state: str) -> int:
    """How many texts are in this state."""
    with here.database.read() as session:
        return session.query(Message).filter(Message.state == state).count()


def claims(here: Stand) -> set[str]:
    """The tokens of the texts that are in a worker's hands, dead ones' as well."""
    with here.database.read() as session:
        found = session.scalars(select(Message.claim_token).where(Message.claim_token.is_not(None)))
        return {token for token in found if token is not None}


def queue_reminders(here: Stand, first: int) -> dict[str, int]:
    """What is owed: as many texts as three workers can hold, queued, none of them to be claimed yet."""
    next_text_not_before(here, datetime.now(UTC) + timedelta(hours=1))
    owed = owe_reminders(here, first, TEXTS)
    here.wait(lambda: count(here, "queued") == TEXTS, "every text to be queued")
    return owed


def next_text_not_before(here: Stand, moment: datetime) -> None:
    """Nothing leaves the clinic's number until then."""
    with here.database.write() as session:
        session.execute(update(ClinicNumber).values(next_send_at=moment))


@contextmanager
def workers_hold_all_they_can(here: Stand, workers: int, first: int = 0) -> Iterator[dict[str, int]]:
    """What is owed; within the block texts are claimed and none can be begun: every conversation is locked by us."""
    owed = queue_reminders(here, first)
    with here.database.write() as session:
        session.execute(select(Conversation.id).with_for_update())
        next_text_not_before(here, datetime.now(UTC))
        here.wait(lambda: count(here, "claimed") == workers * SENDERS, "all to hold all they can")
        yield owed


@dataclass(frozen=True, slots=True)
class Frozen:
    """A worker that was frozen while the carrier had not answered it."""

    owed: dict[str, int]
    sends: int  # begun and unanswered when it froze
    taken_over_s: float


def freeze_while_it_sends(here: Stand, worker: Process, *, workers: int, first: int) -> Frozen:
    """Frozen until another one has taken over, with sends under way and no transaction open: tried until it is so.

    `workers`: how many are at work, this one among them. The carrier takes half of the sends and answers none.
    """
    owed: dict[str, int] = {}
    for place in range(first, first + MOST_TRIES * TEXTS, TEXTS):
        owed |= queue_reminders(here, place)
        sends, taken_over_s = _freeze(here, worker, workers)
        if sends:
            return Frozen(owed, sends, taken_over_s)
        worker.signal(signal.SIGCONT)
        here.wait(partial(_has_reached, here, owed), "every text of this try")
    raise AssertionError("it was never frozen with a send under way and no transaction open")


def _has_reached(here: Stand, owed: Mapping[str, int]) -> bool:
    return owed.keys() <= here.phones_reached()


def _freeze(here: Stand, worker: Process, workers: int) -> tuple[int, float]:
    """(How many of its sends were taken over, within how many seconds); none where it stands in a transaction."""
    begun = _send_without_an_answer(here, workers * SENDERS)
    worker.signal(signal.SIGSTOP)
    frozen_at = time.monotonic()
    here.wait(lambda: not begun & claims(here) or _is_in_a_transaction(here), "another one to take over")
    taken_over_s = time.monotonic() - frozen_at
    here.control("settings", {"_script": []})
    return 0 if begun & claims(here) else _taken_over(here, begun), taken_over_s


def _send_without_an_answer(here: Stand, sends: int) -> set[str]:
    """Every sender waits for the carrier: the tokens of what they have begun."""
    halves = [{"do": kind, "seconds": STALLED_S, "times": sends // 2} for kind in ("accept_stall", "stall")]
    here.control("script", halves)
    next_text_not_before(here, datetime.now(UTC))
    here.wait_until_scripted("every sender to have begun a text")
    return claims(here)


def _taken_over(here: Stand, tokens: Collection[str]) -> int:
    """How many of these sends another worker gave up: one that waits in vain writes down when its try ended."""
    theirs = select(Attempt.id).where(Attempt.claim_token.in_(tokens), Attempt.finished_at.is_(None))
    with here.database.read() as session:
        return len(session.scalars(theirs).all())


def _is_in_a_transaction(here: Stand) -> bool:
    """Whether somebody has left a transaction open for a second: what a frozen process does, and no other."""
    with here.database.read() as session:
        return bool(session.execute(text(IN_A_TRANSACTION)).scalar_one())
