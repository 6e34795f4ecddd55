"""Several hosts of one PostgreSQL: one frozen, one killed, one cut off, the database away and back (R1, R2).

Hosts are network namespaces with addresses of their own (root, Linux); most tests need none.
"""

import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.background import SENDERS
from config.relations import LOOKS_EVERY
from models.database import FROZEN_FOR_S
from tests.support.doors import QUESTION, Doors, answers
from tests.support.hosts import (
    DATABASE,
    Net,
    claims,
    count,
    everybody_has,
    freeze_while_it_sends,
    owe_reminders,
    running_net,
    workers_hold_all_they_can,
)
from tests.support.oracle import violations
from tests.support.postgres import DURABLE, Cluster, running_cluster
from tests.support.processes import SPANS, Stand, number_of_client, stand

pytestmark = [pytest.mark.full, pytest.mark.postgres, pytest.mark.timeout(600)]

on_a_net = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("ip") is None, reason="needs root and iproute2"
)
LEASE_S, TICK_S = float(SPANS["LEASE_S"]), float(SPANS["TICK_S"])
SLACK_S = 8.0  # of this machine: several processes on two cores
# A lease that outlasts every unanswered send: what is given up then was in the hands of one that does not answer.
PATIENT = {"SEND_TIMEOUT_S": "1.5", "SEND_GRACE_S": "3", "LEASE_S": "5"}
LONG_LEASE_S = float(PATIENT["LEASE_S"])
# The server ends the sessions of a host that does not answer (models.database): after 10 s where it has something to
# say to it, 5 + 3 x 2 s where it has not; and a second.
GONE_WITHIN_S = 12.0
POLL_S = 0.1  # one look of the test itself: the pause between two of them, and the question
SENDING_S = 1.0  # of the texts themselves, once they are taken over
NETS = ["127.0.0.1", "::1", "localhost", "10.213.0.0/16"]


def test_a_frozen_worker_is_taken_over_and_doubles_nothing_when_it_thaws(here: Stand) -> None:
    """It freezes with sends that the carrier has not answered; some of them the carrier took."""
    frozen, other = (here.start("worker", **PATIENT) for _ in range(2))
    froze = freeze_while_it_sends(here, frozen, workers=2, first=0)
    here.wait(lambda: everybody_has(here, froze.owed), "the other one to finish")
    frozen.signal(signal.SIGCONT)
    time.sleep(5)

    assert violations(here.accepted(), owed=froze.owed) == []
    assert other.is_alive
    print(
        f"frozen with {froze.sends} sends: taken over after {froze.taken_over_s:.2f} s (lease {LONG_LEASE_S} s)"
    )
    assert froze.taken_over_s <= LONG_LEASE_S + TICK_S + POLL_S


def test_a_worker_frozen_in_a_transaction_is_taken_over_when_the_server_ends_it(here: Stand) -> None:
    """It freezes with texts claimed, while it waits for the locks under which it would begin them, and gets them."""
    frozen, other = (here.start("worker", **PATIENT) for _ in range(2))
    with workers_hold_all_they_can(here, 2) as owed:
        held, frozen_at = claims(here), time.monotonic()
        frozen.signal(signal.SIGSTOP)
    here.wait(lambda: not held & claims(here), "the other one to take over")
    taken_over_s = time.monotonic() - frozen_at
    here.wait(lambda: everybody_has(here, owed), "the other one to send")
    frozen.signal(signal.SIGCONT)
    time.sleep(5)

    assert violations(here.accepted(), owed=owed) == []
    assert other.is_alive
    print(f"frozen in a transaction: taken over after {taken_over_s:.2f} s (lease {LONG_LEASE_S} s)")
    assert len(held) == 2 * SENDERS
    assert LONG_LEASE_S + TICK_S < taken_over_s <= FROZEN_FOR_S + TICK_S + SENDING_S


@pytest.mark.parametrize("again", range(3))
def test_what_a_killed_worker_held_leaves_within_lease_and_tick(here: Stand, again: int) -> None:
    """It is killed with texts claimed and none begun: what it held is locked by us until then.

    The claims of the other one end by themselves, as soon as it may send.
    """
    doomed, other = here.start("worker"), here.start("worker")
    with workers_hold_all_they_can(here, 2) as owed:
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
        owed, taken_over_s = cut_off_with_claims(here, net, DATABASE, workers=2)
        took = here.wait(lambda: everybody_has(here, owed), "the other one to send", 180)
        net.join(0)
        workers[1].kill()
        owed |= owe_reminders(here, 20, 6)
        here.wait(lambda: everybody_has(here, owed), "the first one to go on", 180)
        time.sleep(6)

        assert violations(here.accepted(), owed=owed) == []
        assert workers[0].is_alive
        print(
            f"cut off from the database alone: taken over after {taken_over_s:.1f} s, sent {took:.1f} s later"
        )
        assert taken_over_s <= GONE_WITHIN_S + TICK_S + POLL_S


def cut_off_with_claims(here: Stand, net: Net, *bridges: str, workers: int) -> tuple[dict[str, int], float]:
    """The first host, while every worker holds all it can: (what is owed, seconds until all of that was free)."""
    with workers_hold_all_they_can(here, workers) as owed:
        held, cut_at = claims(here), time.monotonic()
        net.cut_off(0, *bridges)
    here.wait(lambda: not held & claims(here), "the others to take over", 180)
    assert len(held) == workers * SENDERS
    return owed, time.monotonic() - cut_at


@pytest.mark.allow_hosts(NETS)
@on_a_net
def test_three_hosts_one_cut_off_one_frozen_one_killed(tmp_path: Path) -> None:
    """Each holds texts when it is hit. The first and the second are back when the third is killed."""
    with on_hosts(tmp_path, 3) as (here, net):
        three_hosts(here, net)


def three_hosts(here: Stand, net: Net) -> None:
    workers = [here.start("worker", before=net.words(place), **PATIENT) for place in range(3)]
    owed, after_cut_s = cut_off_with_claims(here, net, workers=3)
    here.wait(lambda: everybody_has(here, owed), "the other two to do it all", 120)
    froze = freeze_while_it_sends(here, workers[1], workers=2, first=20)
    owed |= froze.owed
    here.wait(lambda: everybody_has(here, owed), "the third to do it all", 120)
    net.join(0)
    workers[1].signal(signal.SIGCONT)
    with workers_hold_all_they_can(here, 3, first=100) as last:
        held, killed_at = claims(here), time.monotonic()
        workers[2].kill()
    here.wait(lambda: not held & claims(here), "the other two to take over", 120)
    after_kill_s = time.monotonic() - killed_at
    owed |= last
    here.wait(lambda: everybody_has(here, owed), "the other two to do it all", 120)
    time.sleep(6)

    assert violations(here.accepted(), owed=owed) == []
    print(
        f"three hosts: {len(owed)} texts, 0 lost, 0 twice; taken over {after_cut_s:.1f} s after the cut,"
        f" {froze.taken_over_s:.2f} s after the freeze, {after_kill_s:.2f} s after the kill (lease {LONG_LEASE_S} s)"
    )
    assert after_cut_s <= GONE_WITHIN_S + TICK_S + POLL_S
    assert froze.taken_over_s <= LONG_LEASE_S + TICK_S + POLL_S
    assert after_kill_s <= LONG_LEASE_S + TICK_S + POLL_S


@pytest.mark.allow_hosts(NETS)
@on_a_net
def test_two_hosts_take_texts_in_and_one_of_them_dies(tmp_path: Path) -> None:
    """A `web` on each, a worker beside the second. The first dies with texts half taken in, and comes back."""
    with on_hosts(tmp_path, 2) as (here, net), Doors(here, net) as doors:
        two_doors(here, net, doors)


def two_doors(here: Stand, net: Net, doors: Doors) -> None:
    here.start("worker", before=net.words(1))
    doomed, _ = doors.open(0, 1)
    at_both, taken, half_taken, missed, elsewhere = (doors.enrol(first) for first in range(0, 50, 10))
    with doors.half_taken(at_both, 0, 1) as pushes:
        pass
    assert answers(pushes) == [200] * 8
    assert answers(doors.push(taken, 0)) == [200] * 4
    here.wait(lambda: everybody_has(here, [*at_both, *taken]), "the first answers")

    with doors.half_taken(half_taken, 0) as lost:
        net.cut_off(0)
        doomed.kill()
    lost += doors.push(missed, 0)
    assert answers(doors.push(elsewhere, 1)) == [200] * 4
    here.wait(lambda: {*elsewhere} <= here.phones_reached(), "the answers of the host that is left")
    assert answers(lost) == [0] * 8
    assert answers(doors.push([*taken, *half_taken], 1)) == [200] * 8  # as if the carrier had heard nothing
    net.join(0)
    doors.open(0)  # its start has fetched what was missed
    here.wait(lambda: everybody_has(here, doors.sids), "what was missed")

    time.sleep(4)
    assert violations(here.accepted(), owed=dict.fromkeys(doors.sids, 1)) == []
    assert here.on_file() == Counter(doors.sids.values())
    print(f"two hosts take texts in, one of them dies: {len(doors.sids)} texts, 0 lost, 0 twice")
