"""`run`: web pages, scheduler and sender in one process, without a fork. Ends within 15 seconds when told to."""

import contextlib
from datetime import timedelta
from typing import Any

from cli.arguments import Options, Parser
from cli.background import Background
from cli.desk import Application, Desk, bring_up
from cli.instance_lock import only_instance
from cli.leaving import leave_at_once, leave_on_signals
from cli.memory import share_one_heap
from cli.mistake import Mistake
from cli.start_checks import check_carrier, check_keys, check_state, check_whole
from cli.whole import end_with_sockets, end_with_threads, whole_or_ended
from desk.setup import make_link
from log_setup import set_up_logging
from models.clinic import default_number, list_clinics
from models.database import Database
from models.installation import machine_now
from models.staff import list_on_call
from web.headers import LARGEST_REQUEST_BYTES

WEB_THREADS = 16
# Callers that open a connection and say nothing must not keep Twilio out; a machine allows 1024 open files by default.
CONNECTIONS = {
    "connection_limit": 800,
    "channel_timeout": 30,
    "cleanup_interval": 5,
    "asyncore_use_poll": True,
}

STOP_WITHIN = timedelta(seconds=8)  # after waitress's own 5 seconds


def describe(parser: Parser) -> None:
    """No words: everything is a setting."""
    parser.set_defaults(act=run)


def run(desk: Desk, _options: Options) -> None:
    """Serve until told to stop."""
    share_one_heap()
    set_up_logging(desk.settings.log_level)
    check_keys(desk.settings)
    with _alone(desk):
        _migrate_sqlite(desk)
        check_whole(desk)
        check_carrier(desk)
        check_state(desk)
        _serve(desk, desk.create_app(desk.settings))


def _alone(desk: Desk) -> contextlib.AbstractContextManager[None]:
    url = desk.settings.database_url
    return only_instance(url) if url.startswith("sqlite") else contextlib.nullcontext()


def _migrate_sqlite(desk: Desk) -> None:
    if desk.settings.database_url.startswith("sqlite"):
        bring_up(Database(desk.settings.database_url), desk.settings)


def _serve(desk: Desk, app: Application) -> None:
    server = _listen(desk, app)
    lines = greeting(desk, int(server.effective_port))
    background = Background(app.extensions["deployment"])
    end_with_threads()
    with whole_or_ended(), leave_on_signals():
        background.start()
        print("\n".join(lines), flush=True)
        server.run()  # returns when a signal raises SystemExit; in-flight requests have 5 seconds
    has_stopped = background.stop(STOP_WITHIN)
    server.close()
    if not has_stopped:
        leave_at_once()


def _listen(desk: Desk, app: Application) -> Any:
    from waitress import create_server

    bind, parts = desk.settings.bind, dict[int, Any]()
    try:
        server = create_server(
            app,
            map=parts,
            host=bind.host,
            port=bind.port,
            threads=WEB_THREADS,
            ident=None,
            max_request_body_size=LARGEST_REQUEST_BYTES,
            **CONNECTIONS,
            clear_untrusted_proxy_headers=False,  # /metrics must see that a proxy passed a request on
        )
    except OSError as error:
        raise Mistake(
            f"cannot listen on {bind.host}:{bind.port} ({error.strerror}); set BIND to a free port"
        ) from None
    end_with_sockets(parts.values())
    return server


def greeting(desk: Desk, port: int) -> list[str]:
    """Where to click and what to text; a warning where nobody would be alerted."""
    host = desk.settings.bind.host
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104
    here = f"http://{shown}:{port}"
    lines = _lines_for_carrier(desk.settings.carrier, here, _desk_url(desk, here))
    with desk.database.read() as session:
        clinics = list_clinics(session)
        for clinic in clinics:
            lines.append(f"  Number:  {default_number(session, clinic.id).number} ({clinic.name})")
            if not list_on_call(session, clinic.id):
                lines.append(
                    f"  WARNING: no on-call phone for {clinic.name}: an urgent text would only show on the screen. "
                    "Add one: app.py oncall add --name NAME --phone PHONE"
                )
    return [*lines, "  Stop:    Ctrl-C"]


def _desk_url(desk: Desk, here: str) -> str:
    """Where staff go. While nobody owns this installation: a link that works once, for a day."""
    is_simulated = desk.is_simulated
    base = here if is_simulated else desk.settings.public_url.rstrip("/")
    with desk.database.write() as session:
        token = make_link(session, real_carrier=not is_simulated, machine=machine_now(session))
    return f"{base}/welcome/{token}  (opens once)" if token else f"{base}/"


def _lines_for_carrier(carrier: str, here: str, desk_url: str) -> list[str]:
    if carrier == "simulated":
        return [
            "Running with the simulated carrier: no text leaves this machine.",
            f"  Click:   {here}/simulator",
            '  Text:    "Can I work out tonight?"',
            f"  Desk:    {desk_url}",
        ]
    return ["Running with Twilio: texts reach real phones.", f"  Desk:    {desk_url}"]
