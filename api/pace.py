"""How many calls a minute: by token, and by address for who has none. Counted in this process's memory."""

import math
import time

from flask import Flask, current_app, g, request
from flask_limiter import Limiter, RateLimitExceeded

from api.problems import Problem

PER_MINUTE = "API_CALLS_PER_MINUTE"
MOST_PER_MINUTE = 300  # own choice: five a second is more than a clinic's records change
PACE = "api_pace"
WINDOW_S = 60


def install_pace(app: Flask) -> None:
    """Count the calls of `app`. Several processes count each for itself."""
    app.config.setdefault(PER_MINUTE, MOST_PER_MINUTE)
    limiter = Limiter(_who, app=app, storage_uri="memory://")
    app.extensions[PACE] = limiter, limiter.shared_limit(_limit, scope="api")(_counted)


def count_call() -> None:
    """Count this call. Raises Problem (429) that says how many seconds to wait."""
    limiter, counted = current_app.extensions[PACE]
    try:
        counted()
    except RateLimitExceeded:
        reset_at = limiter.current_limit.reset_at if limiter.current_limit else time.time() + WINDOW_S
        wait = min(max(1, math.ceil(reset_at - time.time())), WINDOW_S)
        detail = f"Wait {wait} seconds, then go on more slowly: {_limit()} at most."
        raise Problem(429, "too-many", detail, headers={"Retry-After": str(wait)}) from None


def _counted() -> None:
    """What the limiter counts."""


def _limit() -> str:
    return f"{current_app.config[PER_MINUTE]} per minute"


def _who() -> str:
    token = g.get("api_token")
    return f"token:{token.id}" if token is not None else f"address:{request.remote_addr}"
