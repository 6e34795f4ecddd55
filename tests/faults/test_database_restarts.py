"""The database server goes away and comes back again and again, while texts come in and reminders go out (row 88).

Nobody restarts a process of ours. AFTERCARE_RESTARTS: how often.
"""

import os
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.support.oracle import violations
from tests.support.phones import one_after_another
from tests.support.postgres import DURABLE, Cluster, running_cluster
from tests.support.processes import Stand, number_of_client, stand

pytestmark = [pytest.mark.full, pytest.mark.postgres, pytest.mark.timeout(1800)]

QUESTION = "Can I work out tonight?"
RESTARTS = int(os.environ.get("AFTERCARE_RESTARTS", "6"))
ENDS = ("fast", "immediate")  # the second as if the plug were pulled
REMINDED = [number_of_client(place) for place in range(40)]
ASKING = [number_of_client(100 + place) for place in range(600)]
DOUBLES_SHOW_AFTER_S = 6


def test_a_server_that_restarts_again_and_again_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with running_cluster(settings=DURABLE) as cluster:
        url = cluster.url(cluster.make_database())
        with stand(tmp_path, url, MESSAGES_PER_SECOND="2") as here:
            restart_again_and_again(here, cluster)


def restart_again_and_again(here: Stand, cluster: Cluster) -> None:
    ours = [here.start("worker"), here.start_ready("web")]
    clients = here.enrol([*REMINDED, *ASKING])
    here.treat([clients[number] for number in REMINDED])
    with one_after_another(here, ASKING, QUESTION, every_s=1) as asked:
        for turn in range(RESTARTS):
            begun = len(here.accepted())
            here.wait(lambda begun=begun: len(here.accepted()) > begun, "texts to leave again", 300)  # type: ignore[misc]
            cluster.stop(ENDS[turn % 2])
            if turn % 3 == 0:
                here.wait(lambda: here.ask("/readyz") == 503, "health to go red", 300)
            cluster.start()
        here.wait(here.is_ready, "health to be green again", 300)

    owed = dict.fromkeys([*REMINDED, *asked], 1)
    here.wait(lambda: here.phones_reached() | here.phones_in_review() >= set(owed), "every text", 600)
    time.sleep(DOUBLES_SHOW_AFTER_S)
    assert violations(here.accepted(), owed=owed, explained=here.phones_in_review()) == []
    assert here.on_file() == Counter(sid for sid, _ in asked.values())
    assert {answer for _, answer in asked.values()} <= {200, 503, 0}
    assert all(process.is_alive for process in ours)
    refused = sum(answer != 200 for _, answer in asked.values())
    print(f"{RESTARTS} restarts, {len(asked)} texts in, {refused} of them turned away: 0 lost, 0 twice")
