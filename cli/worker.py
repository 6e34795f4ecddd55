"""`worker`: scheduler and sender without web pages, for several machines on one PostgreSQL."""

import signal
from datetime import timedelta

from cli.arguments import Options, Parser
from cli.background import Background
from cli.desk import Desk
from cli.leaving import SIGNALS, leave_at_once
from cli.memory import share_one_heap
from cli.start_checks import check_carrier, check_keys, check_state, refuse_sqlite
from cli.whole import end_with_threads, whole_or_ended
from log_setup import set_up_logging

STOP_WITHIN = timedelta(seconds=13)


def describe(parser: Parser) -> None:
    """No words: everything is a setting."""
    parser.set_defaults(act=work)


def work(desk: Desk, _options: Options) -> None:
    """Send until told to stop."""
    refuse_sqlite(desk, "worker")
    share_one_heap()
    set_up_logging(desk.settings.log_level)
    check_keys(desk.settings)
    check_carrier(desk)
    check_state(desk)
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # before the threads, which inherit it
    background = Background(desk.create_app(desk.settings).extensions["deployment"])
    end_with_threads()
    with whole_or_ended():
        background.start()
        print("Working: scheduler and sender. Stop with Ctrl-C.", flush=True)
    signal.sigwait(SIGNALS)
    if not background.stop(STOP_WITHIN):
        leave_at_once()
