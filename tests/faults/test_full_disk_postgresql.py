"""PostgreSQL's disk is full: 503, nothing leaves without its intent, and it goes on by itself (R1, R2, row 87).

The tables lie in a tablespace on a small file system of their own; root mounts it. SQLite: `test_storage.py`.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from models.message import Attempt, Message
from tests.support.disks import fill, mounted
from tests.support.oracle import violations
from tests.support.postgres import Cluster, running_cluster
from tests.support.processes import Stand, number_of_client, stand

pytestmark = [
    pytest.mark.full,
    pytest.mark.postgres,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root"),
]
QUESTION = "Can I work out tonight?"
SIZE = "24m"
MOST_TEXTS = 400  # pages that were begun take a few more
FULL_FOR_S = 5
ALL_OF_IT = "IN TABLESPACE pg_default SET TABLESPACE small"


@contextmanager
def small_disk(cluster: Cluster) -> Iterator[Path]:
    """A file system on which the server may keep tables, as the tablespace `small`."""
    with mounted(cluster.folder / "small", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs") as place:
        space, server = place / "space", (cluster.folder / "data").stat()
        space.mkdir()
        os.chown(space, server.st_uid, server.st_gid)
        cluster.execute(f"CREATE TABLESPACE small LOCATION '{space}'")
        yield place
        cluster.stop("immediate")


def test_a_full_disk_refuses_and_recovers(tmp_path: Path) -> None:
    with running_cluster() as cluster, small_disk(cluster) as place:
        name = cluster.make_database()
        with stand(tmp_path, cluster.url(name)) as here:
            for what in ("TABLE", "INDEX"):
                cluster.execute(f"ALTER {what} ALL {ALL_OF_IT}", name=name)
            here.start("worker")
            here.start_ready("web")
            phones = list(here.enrol([number_of_client(place) for place in range(MOST_TEXTS)]))
            before = {number: here.text(number, QUESTION) for number in phones[:3]}
            fill(place / "filler")
            during = until_refused(here, phones[3:])
            here.wait(lambda: here.ask("/readyz") == 503, "health to go red")
            time.sleep(FULL_FOR_S)
            reached, intended = here.phones_reached(), phones_intended(here)
            (place / "filler").unlink()
            asked = [*before, *during]
            here.wait(lambda: here.phones_reached() == set(asked), "every text", 120)
            after = {number: here.text(number, QUESTION) for number in phones[-3:]}
            here.wait(lambda: here.phones_reached() == {*asked, *after}, "the texts after it")
            here.wait(here.is_ready, "health to be green")

            assert {*before.values(), *after.values()} == {200}
            assert list(during.values())[-1] == 503
            assert reached <= intended
            assert violations(here.accepted(), owed=dict.fromkeys([*asked, *after], 1)) == []
            assert here.phones_in_review() == set()
            print(f"full disk: the text after {len(during) - 1} more was refused")


def until_refused(here: Stand, phones: list[str]) -> dict[str, int]:
    """Our answer to each, one after another, up to the first that is refused."""
    answers: dict[str, int] = {}
    for number in phones[:-3]:
        answers[number] = here.text(number, QUESTION)
        if answers[number] != 200:
            return answers
    raise AssertionError("a full disk took every text")


def phones_intended(here: Stand) -> set[str]:
    """Those for whom a try to send is on file."""
    with here.database.read() as session:
        tried = select(Message.their_number).join(Attempt, Attempt.message_id == Message.id)
        return set(session.scalars(tried.distinct()))
