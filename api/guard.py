"""Who may call what: a bearer token in the Authorization header, and what its scope allows. Never a cookie.

A view names what it needs; one that names nothing is refused.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from flask import Blueprint, abort, current_app, g, request

from access.tokens import Scope, is_use_stale, may, who_calls
from api.blueprint import LARGEST_ID
from api.pace import count_call
from api.problems import UNAVAILABLE, Problem
from models.api_token import ApiToken
from models.installation import machine_now
from web.edge import deployment

View = TypeVar("View", bound=Callable[..., Any])

CHALLENGE = 'Bearer realm="aftercare"'
HOW_TO_GET = "Ask whoever runs this installation to make one: app.py token add --name NAME"
LACKING = {
    Scope.READ: f"This route is not for tokens. {HOW_TO_GET}.",
    Scope.WRITE: f"This token only reads. {HOW_TO_GET} --scope write.",
    Scope.TEXTS: f"This token may not read what people wrote. {HOW_TO_GET} --texts.",
}
LONGEST_SECRET = 200


def needs(scope: Scope) -> Callable[[View], View]:
    """Mark a view with what its caller's token must allow."""

    def mark(view: View) -> View:
        view.needed_scope = scope  # type: ignore[attr-defined]
        view.provide_automatic_options = False  # type: ignore[attr-defined]  # OPTIONS is refused as any other
        return view

    return mark


def open_to_all(view: View) -> View:
    """Mark a view that needs no token."""
    view.is_open_to_all = True  # type: ignore[attr-defined]
    view.provide_automatic_options = False  # type: ignore[attr-defined]
    return view


def caller() -> ApiToken:
    """The token of this request. Only in views that need one."""
    found: ApiToken = g.api_token
    return found


def install_guard(blueprint: Blueprint) -> None:
    """A token and its scope for every route of `blueprint`."""
    blueprint.before_request(_check_call)


def _check_call() -> None:
    view = current_app.view_functions[request.endpoint or ""]
    is_open = getattr(view, "is_open_to_all", False)
    g.api_token = None if is_open else _find_caller()
    count_call()
    if is_open:
        return
    if g.api_token is None:
        raise _come_in()
    need = getattr(view, "needed_scope", Scope.READ)
    if not may(g.api_token, need):
        raise _not_enough(need)
    _note_use(g.api_token)
    if any(row_id > LARGEST_ID for row_id in _ids()):
        abort(404)


def _ids() -> list[int]:
    return [value for value in (request.view_args or {}).values() if isinstance(value, int)]


def _find_caller() -> ApiToken | None:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not 0 < len(secret) <= LONGEST_SECRET:
        return None
    with deployment().database.read() as session:
        return who_calls(session, secret.strip())


def _note_use(token: ApiToken) -> None:
    database = deployment().database
    with database.read() as session:
        machine = machine_now(session)
    if is_use_stale(token, machine):
        with suppress(*UNAVAILABLE), database.write() as session:  # a read does not fail for it
            session.get_one(ApiToken, token.id).last_used_at = machine


def _come_in() -> Problem:
    given = "Authorization" in request.headers
    challenge = f'{CHALLENGE}, error="invalid_token"' if given else CHALLENGE
    detail = (
        "This token is not known, or was revoked."
        if given
        else "Send your token: Authorization: Bearer TOKEN."
    )
    return Problem(401, "token", f"{detail} {HOW_TO_GET}.", headers={"WWW-Authenticate": challenge})


def _not_enough(need: Scope) -> Problem:
    challenge = f'{CHALLENGE}, error="insufficient_scope", scope="{need.value}"'
    return Problem(403, "scope", LACKING[need], headers={"WWW-Authenticate": challenge})
