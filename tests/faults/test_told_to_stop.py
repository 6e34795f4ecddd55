"""SIGTERM, many times, while the carrier holds a send: it ends within 15 seconds and the text arrives once (row 62)."""

import signal
import time
from pathlib import Path

import pytest

from models.message import Message
from tests.support.oracle import violations
from tests.support.processes import Stand, number_of_client, stand

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]
ENDS_WITHIN_S = 15.0


def in_flight(here: Stand) -> int:
    with here.database.read() as session:
        return session.query(Message).filter(Message.state == "in_flight").count()


@pytest.mark.parametrize(
    ("number", "do"),
    [(signal.SIGTERM, "accept_stall"), (signal.SIGINT, "stall")],
    ids=["TERM, the carrier has it", "INT, the carrier does not"],
)
def test_told_to_stop_in_the_middle_of_a_send(tmp_path: Path, number: signal.Signals, do: str) -> None:
    asker = number_of_client(0)
    with stand(tmp_path, SEND_TIMEOUT_S="20", SEND_GRACE_S="22", LEASE_S="21") as here:
        here.enrol([asker])
        run = here.start_ready()
        here.control("script", [{"do": do, "seconds": 18.0, "times": 1}])
        assert here.text(asker, "Can I work out tonight?") == 200
        here.wait(lambda: in_flight(here) == 1, "a send on its way")

        began = time.monotonic()
        for _ in range(5):
            run.signal(number)
            time.sleep(0.1)
        run.popen.wait(30)
        took = time.monotonic() - began

        assert run.popen.returncode == 0
        assert took < ENDS_WITHIN_S
        here.control("settings", {"_script": []})
        here.start_ready()
        here.wait(lambda: len(here.accepted()) == 1, "the text", 60)
        time.sleep(4)
        assert violations(here.accepted(), owed={asker: 1}) == []
