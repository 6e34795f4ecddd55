"""A process that loses a thread or a socket of its web server ends, in a process of its own."""

import subprocess
import sys

import pytest

from cli.whole import ENDED_ITSELF

LOSES_A_THREAD = "lost = threading.Thread(target=lambda: {act})\nlost.start(); lost.join()"
LOSES_A_SOCKET = """
from waitress import create_server

parts = dict()
server = create_server(lambda *_: [], map=parts, host="127.0.0.1", port=0)
end_with_sockets(parts.values())
{part}.handle_read = lambda: 1 / 0
{part}.handle_accept = lambda: 1 / 0
wasyncore.read({part})
"""
LOSES_ITS_BEGINNING = """
from apscheduler.schedulers.background import BackgroundScheduler

begun = threading.Event()

def never_end():
    begun.set()
    threading.Event().wait()

clock = BackgroundScheduler()
clock.add_job(never_end, "interval", seconds=0.01)
with whole_or_ended():
    clock.start()
    begun.wait()
    {act}
"""
BEGINNING = """
import threading
from waitress import wasyncore
from cli.whole import end_with_sockets, end_with_threads, whole_or_ended
end_with_threads()
"""


@pytest.mark.parametrize(
    ("loss", "code"),
    [
        (LOSES_A_THREAD.format(act="1 / 0"), ENDED_ITSELF),
        (LOSES_A_THREAD.format(act="exec('raise MemoryError')"), ENDED_ITSELF),
        (LOSES_A_THREAD.format(act="None"), 0),
        (LOSES_A_SOCKET.format(part="server"), ENDED_ITSELF),
        (LOSES_A_SOCKET.format(part="server.trigger"), ENDED_ITSELF),
        (LOSES_ITS_BEGINNING.format(act="1 / 0"), ENDED_ITSELF),
    ],
    ids=[
        "an error of ours",
        "no memory",
        "an ordinary end",
        "the socket it listens on",
        "what wakes it",
        "its beginning",
    ],
)
def test_half_a_process_does_not_live_on(loss: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BEGINNING + loss], capture_output=True, text=True, timeout=60
    )

    assert done.returncode == code, done.stderr
