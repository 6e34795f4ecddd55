"""`web`: the web pages alone under gunicorn, for several machines on one PostgreSQL. Starts no scheduler."""

import os
from typing import Any

from cli.arguments import Options, Parser
from cli.desk import Application, Desk
from cli.leaving import ignore_signals, leave_at_once
from cli.memory import share_one_heap
from cli.start_checks import check_carrier, refuse_sqlite
from cli.telling import start_telling
from log_setup import set_up_logging
from scheduler.full_pool import fill

PROCESSES = 2
THREADS = 16
GRACEFUL_S = 12


def describe(parser: Parser) -> None:
    """No words: everything is a setting."""
    parser.set_defaults(act=serve)


def serve(desk: Desk, _options: Options) -> None:
    """Serve until told to stop. Each process opens its own database connections, after the fork."""
    refuse_sqlite(desk, "web")
    set_up_logging(desk.settings.log_level)
    check_carrier(desk)
    desk.database.close()
    _application(desk).run()


def _application(desk: Desk) -> Any:
    from gunicorn.app.base import BaseApplication

    bind = desk.settings.bind
    host = f"[{bind.host}]" if ":" in bind.host else bind.host

    class Web(BaseApplication):  # type: ignore[misc]
        """gunicorn with our settings instead of its command line."""

        def load_config(self) -> None:
            options = {
                "bind": f"{host}:{bind.port}",
                "worker_class": "gthread",
                "workers": PROCESSES,
                "threads": THREADS,
                "graceful_timeout": GRACEFUL_S,
                "preload_app": False,
                "post_worker_init": _begin,
                "worker_exit": _leave,
                "on_exit": lambda _arbiter: ignore_signals(),
            }
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Application:
            share_one_heap()
            return desk.create_app(desk.settings)

    return Web()


def _begin(worker: Any) -> None:
    fill(worker.tpool, THREADS)
    here = worker.wsgi.extensions["deployment"]
    start_telling(here.database, here.backlog)


def _leave(_arbiter: Any, worker: Any) -> None:
    """Every request is answered; taking the application apart would cost seconds on a busy machine.

    gunicorn calls this in its own process too, where a worker is gone.
    """
    if worker.booted and worker.pid == os.getpid():  # one that could not start says so by its exit code
        leave_at_once()
