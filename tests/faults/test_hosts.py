"""Workers on several hosts of one PostgreSQL: one frozen, one killed, one cut off, the database away and back (R2).

Hosts are network namespaces with addresses of their own (root, Linux); most tests need none.
"""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from cli.background import SENDERS
from config.relations import LOOKS_EVERY
from models.clinic import ClinicNumber
from models.conversation import Conversation
from models.message import Message
from tests.support.hosts import DATABASE, Net, running_net
from tests.support.oracle import violations
from tests.support.postgres import DURABLE, Cluster, running_cluster
from tests.support.processes import SPANS, Stand, number_of_client, stand

pytestmark = [pytest.mark.full, pytest.mark.postgres, pytest.mark.timeout(600)]

on_a_net = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("ip") is None, reason="needs root and iproute2"
)
LEASE_S, TICK_S = float(SPANS["LEASE_S"]), float(SPANS["TICK_S"])
SLACK_S = 8.0  # of this machine: several processes on two cores
POLL_S = 0.1  # one look of the test itself: the pause between two of them, and the question
SENDING_S = 1.0  # of the texts themselves, once they are taken over
NETS = ["127.0.0.1", "::1", "localhost", "10.213.0.0/16"]
QUESTION = "Can I work out tonight?"


def owe_reminders(here: Stand, first: int, count: int) -> dict[str, int]:
    numbers = [number_of_client(place) for place in range(first, first + count)]
    clients = here.enrol(numbers)
    here.treat(list(clients.values()))
    return dict.fromkeys(numbers, 1)


def everybody_has(here: Stand, owed: dict[str, int]) -> bool:
    return {text.to_number for text in here.accepted()} == set(owed)


def test_a_frozen_worker_is_taken_over_and_doubles_nothing_when_it_thaws(here: Stand) -> None:
    frozen, other = here.start("worker"), here.start("worker", MESSAGES_PER_SECOND="5")
    owed = owe_reminders(here, 0, 20)
    here.wait(lambda: len(here.accepted()) >= 3, "both at work")
    frozen.signal(signal.SIGSTOP)
    here.wait(lambda: everybody_has(here, owed), "the other one to finish")
    time.sleep(LEASE_S)
    frozen.signal(signal.SIGCONT)
    time.sleep(5)

    assert violations(here.accepted(), owed=owed) == []
    assert other.is_alive


@contextmanager
def two_workers_hold_all_they_can(here: Stand) -> Iterator[dict[str, int]]:
    """What is owed; within the block texts are claimed and none can be begun: every conversation is locked by us."""
    next_text_not_before(here, datetime.now(UTC) + timedelta(hours=1))
    owed = owe_reminders(here, 0, 12)
    here.wait(lambda: count(here, "queued") == 12, "every text to be queued")
    with here.database.write() as session:
        session.execute(select(Conversation.id).with_for_update())
        next_text_not_before(here, datetime.now(UTC))
        here.wait(lambda: count(here, "claimed") == 2 * SENDERS, "both to hold all they can")
        yield owed


@pytest.mark.parametrize("again", range(3))
def test_what_a_killed_worker_held_leaves_within_lease_and_tick(here: Stand, again: int) -> None:
    """It is killed with texts claimed and none begun: what it held is locked by us until then.

    The claims of the other one end by themselves, as soon as it may send.
    """
    doomed, other = here.start("worker"), here.start("worker")
    with two_workers_hold_all_they_can(here) as owed:
        held, killed_at = claims(here), time.monotonic()
        doomed.kill()
    here.wait(lambda: not held & claims(here), "the other one to take over")
    taken_over_s = time.monotonic() - killed_at
    here.wait(lambda: everybody_has(here, owed), "the other one to send")
    sent_s = time.monotonic() - killed_at

    time.sleep(4)
    assert violations(here.accepted(), owed=owed) == []
    assert other.is_alive
    print(
        f"taken over {taken_over_s:.2f} s, sent {sent_s:.2f} s after the kill (lease {LEASE_S} s, tick {TICK_S} s)"
    )
    assert len(held) == 2 * SENDERS
    assert taken_over_s <= LEASE_S + TICK_S + POLL_S
    assert sent_s <= LEASE_S + TICK_S + SENDING_S


def claims(here: Stand) -> set[str]:
    """The tokens of the texts that are in a worker's hands, dead ones' as well."""
    with here.database.read() as session:
        found = session.scalars(select(Message.claim_token).where(Message.claim_token.is_not(None)))
        return {token for token in found if token is not None}


def next_text_not_before(here: Stand, moment: datetime) -> None:
    with here.database.write() as session:
        session.execute(update(ClinicNumber).values(next_send_at=moment))


def count(here: Stand, state: str) -> int:
    with here.database.read() as session:
        return session.query(Message).filter(Message.state == state).count()


def test_sends_a_killed_worker_had_begun_are_looked_up_and_sent(here: Stand) -> None:
    here.control("script", [{"do": "stall", "seconds": 5.0, "times": 4}])  # what it holds when it dies
    doomed = here.start("worker")
    owed = owe_reminders(here, 0, 4)
    here.wait(lambda: count(here, "in_flight") >= 1, "a send on its way")
    here.start("worker")
    time.sleep(3)
    here.control("settings", {"_script": []})
    doomed.kill()
    took = here.wait(lambda: everybody_has(here, owed), "the other one to take over")

    time.sleep(4)
    assert violations(here.accepted(), owed=owed) == []
    print(f"taken over after {took:.1f} s (lease {LEASE_S} s, grace {SPANS['SEND_GRACE_S']} s)")
    assert took <= LEASE_S + float(SPANS["SEND_GRACE_S"]) + LOOKS_EVERY.total_seconds() + SLACK_S


def test_the_database_stops_at_once_and_comes_back(tmp_path: Path) -> None:
    with running_cluster(settings=DURABLE) as cluster:
        name = cluster.make_database()
        with stand(tmp_path, cluster.url(name)) as here:
            away_and_back(here, cluster)


def away_and_back(here: Stand, cluster: Cluster) -> None:
    here.start("worker")
    here.start_ready("web")
    owed = owe_reminders(here, 0, 10)
    asking = [number_of_client(place) for place in range(100, 112)]
    here.enrol(asking)
    answers = {}
    for place, number in enumerate(asking):
        if place == 4:
            cluster.stop("immediate")
            here.wait(lambda: here.ask("/readyz") == 503, "health to go red")
        if place == 8:
            cluster.start()
            here.wait(here.is_ready, "health to be green again")
        answers[number] = here.text(number, QUESTION)

    taken = [number for number, answer in answers.items() if answer == 200]
    assert set(answers.values()) == {200, 503}
    here.wait(lambda: {text.to_number for text in here.accepted()} >= {*owed, *taken}, "every text")
    here.start("worker")  # its start fetches what was answered with 503
    everybody = owed | dict.fromkeys(asking, 1)
    here.wait(lambda: everybody_has(here, everybody), "what was missed")
    time.sleep(4)
    assert violations(here.accepted(), owed=everybody) == []


@contextmanager
def on_hosts(folder: Path, count: int) -> Iterator[tuple[Stand, Net]]:
    """The database and the carrier each on an address of its own."""
    with running_net(hosts=count) as net, running_cluster(listen="127.0.0.1," + net.database) as cluster:
        url = cluster.url(cluster.make_database(), host=net.database)
        with stand(folder, url, carrier_host=net.carrier) as here:
            yield here, net


@pytest.mark.allow_hosts(NETS)
@on_a_net
def test_a_worker_cut_off_from_the_database_alone_begins_nothing(tmp_path: Path) -> None:
    """It is cut off with texts claimed, while it waits for the locks under which it would begin them."""
    with on_hosts(tmp_path, 2) as (here, net):
        workers = [here.start("worker", before=net.words(place)) for place in range(2)]
        with two_workers_hold_all_they_can(here) as owed:
            net.cut_off(0, DATABASE)
        took = here.wait(lambda: everybody_has(here, owed), "the other one to take over", 180)
        net.join(0)
        workers[1].kill()
        owed |= owe_reminders(here, 20, 6)
        here.wait(lambda: everybody_has(here, owed), "the first one to go on", 180)
        time.sleep(6)

        assert violations(here.accepted(), owed=owed) == []
        assert workers[0].is_alive
        print(f"cut off from the database alone: taken over after {took:.1f} s: 0 lost, 0 twice")


@pytest.mark.allow_hosts(NETS)
@on_a_net
def test_three_hosts_one_cut_off_one_frozen_one_killed(tmp_path: Path) -> None:
    with on_hosts(tmp_path, 3) as (here, net):
        three_hosts(here, net)


def three_hosts(here: Stand, net: Net) -> None:
    workers = [here.start("worker", before=net.words(place), MESSAGES_PER_SECOND="5") for place in range(3)]
    owed = owe_reminders(here, 0, 12)
    here.wait(lambda: len(here.accepted()) >= 2, "work")
    net.cut_off(0)
    owed |= owe_reminders(here, 20, 12)
    here.wait(lambda: len(here.accepted()) >= 8, "more work")
    workers[1].signal(signal.SIGSTOP)
    owed |= owe_reminders(here, 40, 12)
    took = here.wait(lambda: everybody_has(here, owed), "the third to do it all", 120)
    owed |= owe_reminders(here, 60, 6)
    workers[2].kill()
    net.join(0)
    workers[1].signal(signal.SIGCONT)
    took = here.wait(lambda: everybody_has(here, owed), "the other two to take over", 120)
    time.sleep(6)

    assert violations(here.accepted(), owed=owed) == []
    print(f"three hosts: {len(owed)} texts, last take-over {took:.1f} s: 0 lost, 0 twice")
