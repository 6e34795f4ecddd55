"""Whether this installation lives and works: /healthz, /readyz, /metrics. Must never show a client's word or number."""

import hmac
import ipaddress
from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, Response, abort, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST

from deployment import Deployment
from migrations.upgrade import is_behind, is_newer
from models.installation import REFUSED, SENDER, TICK, find_installation, last_beat, machine_now
from public.metrics import exposition
from web.edge import deployment

blueprint = Blueprint("health", __name__)

TICKS_MISSED = 3
MARGIN = timedelta(seconds=5)
OK = "ok"


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return jsonify(alive=True)


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """503 while the database, its steps, the scheduler, the sender, the carrier or webhooks are not as they must be.

    For whoever watches: it speaks of the installation. A load balancer asks /healthz, or no text would come in either.
    """
    found = check(deployment())
    is_ready = all(answer == OK for answer in found.values())
    return jsonify(ready=is_ready, checks=found), 200 if is_ready else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Counts for Prometheus; for this machine itself, or with METRICS_TOKEN as a bearer token."""
    here = deployment()
    if not (_is_near() or _knows(here.settings.metrics_token)):
        abort(403)
    with here.database.read() as session:
        return Response(exposition(session), content_type=CONTENT_TYPE_LATEST)


def check(here: Deployment) -> dict[str, str]:
    """Each part with "ok" or one plain sentence. A part that cannot be asked is not ok."""
    if not here.database.is_reachable():
        return {"database": "cannot be reached"}
    checks: dict[str, Callable[[Deployment], str]] = {
        "database": lambda _here: OK,
        "migrations": _check_steps,
        "scheduler": lambda here: _check_beat(here, TICK, timedelta()),
        "sender": lambda here: _check_beat(here, SENDER, _longest_try(here)),
        "carrier": _check_carrier,
        "webhooks": _check_webhooks,
    }
    return {name: _ask(question, here) for name, question in checks.items()}


def _ask(question: Callable[[Deployment], str], here: Deployment) -> str:
    try:
        return question(here)
    except Exception as error:  # whatever it is, this part is not well
        return f"cannot be checked ({type(error).__name__})"


def _check_steps(here: Deployment) -> str:
    """While an update is rolled out this process goes on beside newer ones: each step leaves it room."""
    if is_behind(here.database) and not is_newer(here.database):
        return "a step is missing: run `app.py migrate`"
    return OK


def _check_beat(here: Deployment, name: str, longest_work: timedelta) -> str:
    with here.database.read() as session:
        beat_at, now = last_beat(session, name), machine_now(session)
    if beat_at is None:
        return "has not started"
    if abs(now - beat_at) > here.settings.tick * TICKS_MISSED + longest_work + MARGIN:
        return f"was last alive at {beat_at.isoformat(timespec='seconds')}: restart the process"
    return OK


def _check_carrier(here: Deployment) -> str:
    """While it refuses us as a whole no alert reaches a phone."""
    with here.database.read() as session:
        us = find_installation(session)
    if us is None or us.sending_stopped_since is None:
        return OK
    since = us.sending_stopped_since.isoformat(timespec="seconds")
    return f"refuses us since {since}: `app.py sending status` says why"


def _check_webhooks(here: Deployment) -> str:
    """A text that was refused is tried again by the carrier and fetched by us; whoever watches should know."""
    with here.database.read() as session:
        refused_at, now = last_beat(session, REFUSED), machine_now(session)
    if refused_at is None or abs(now - refused_at) > here.settings.tick * TICKS_MISSED + MARGIN:
        return OK
    return f"a text was refused at {refused_at.isoformat(timespec='seconds')}: the log says why"


def _longest_try(here: Deployment) -> timedelta:
    return here.settings.send_connect_timeout + here.settings.send_timeout


def _is_near() -> bool:
    """Whether the request comes from this machine and no proxy passed it on."""
    if any(header in request.headers for header in ("Forwarded", "X-Forwarded-For", "X-Real-IP")):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _knows(token: str | None) -> bool:
    given = request.headers.get("Authorization", "")
    return token is not None and hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
