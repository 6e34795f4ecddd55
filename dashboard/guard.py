"""Who may open which page. Every dashboard view names what it needs; one that names nothing is refused."""

from collections.abc import Callable
from datetime import timedelta
from math import ceil
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user

from access.roles import Permission, is_allowed
from access.sessions import IDLE, SEEN_EVERY, SignedIn, note_activity, who_is
from access.signing_in import is_second_factor_due
from models.installation import machine_now
from models.staff import Staff
from models.staff_session import StaffSession
from web.edge import deployment

View = TypeVar("View", bound=Callable[..., Any])
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
POLLS = "HX-Request"  # what htmx sends with a refresh: looking at an open page is not activity
IDLE_LEFT, LONGEST_LEFT = "X-Idle-Left", "X-Longest-Left"  # seconds: what a page that polls is told


def needs(permission: Permission) -> Callable[[View], View]:
    """Mark a view with what it needs."""

    def mark(view: View) -> View:
        view.needed_permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def open_to_all(view: View) -> View:
    """Mark a view as reachable without signing in (sign-in itself, shared files)."""
    view.is_open_to_all = True  # type: ignore[attr-defined]
    return view


def open_to_half_signed_in(view: View) -> View:
    """Mark a view that a person may reach after the password who must have a second factor and has none yet.

    Never open to who has one: a password alone would be enough to replace it.
    """
    view.is_open_to_half_signed_in = True  # type: ignore[attr-defined]
    return view


def act_only_with(field: str) -> Callable[[View], View]:
    """Mark a view that open pages post to by themselves: without this field nobody has done anything."""

    def mark(view: View) -> View:
        view.act_field = field  # type: ignore[attr-defined]
        return view

    return mark


class Visitor:
    """The signed-in person as Flask-Login sees them: the id is the session's token."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, token: str, signed_in: SignedIn) -> None:
        self._token = token
        self.staff: Staff = signed_in.staff
        self.session_id = signed_in.session_id
        self.is_full = signed_in.full
        self.idle_left = signed_in.idle_left
        self.longest_left = signed_in.longest_left
        self.single_keys = signed_in.staff.single_keys

    def get_id(self) -> str:
        return self._token

    def may(self, permission: str) -> bool:
        """Whether this person's role allows it; templates ask before they show a button."""
        return is_allowed(self.staff.role, Permission(permission))


def staff() -> Staff:
    """The person who is signed in. Only in views that need a permission."""
    found: Staff = current_user.staff
    return found


def install_guard(app: Flask) -> None:
    """Sign-in and roles for every dashboard view of `app`."""
    manager = LoginManager(app)
    manager.session_protection = None  # the session lives on the server and ends there
    manager.user_loader(_load_visitor)
    app.before_request(_refuse_cross_site)
    app.before_request(_check_view)
    app.after_request(_say_what_is_left)


def _load_visitor(token: str) -> Visitor | None:
    database = deployment().database
    with database.read() as session:
        signed_in = who_is(session, token, machine_now(session))
    return Visitor(token, signed_in) if signed_in else None


def _refuse_cross_site() -> None:
    """A second net under the CSRF token: browsers say where a form came from."""
    foreign = request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
    if foreign and request.method not in SAFE_METHODS and _is_dashboard():
        abort(403)


def _check_view() -> ResponseReturnValue | None:
    if not _is_dashboard():
        return None
    view = current_app.view_functions[request.endpoint or ""]
    if getattr(view, "is_open_to_all", False) or request.endpoint == "dashboard_static.static":
        return None
    if not current_user.is_authenticated:
        return _ask_to_sign_in("sign_in.show")
    if _lacks_second_step() and not _is_open_before_it(view):
        return _ask_to_sign_in("sign_in.second_factor")
    permission = getattr(view, "needed_permission", None)
    if permission is None or not is_allowed(current_user.staff.role, permission):
        abort(403)
    if not _asks_by_itself(view):
        _note_activity()
    g.visitor = current_user
    return None


def _lacks_second_step() -> bool:
    is_due = is_second_factor_due(current_user.staff, real_carrier=has_real_carrier())
    return is_due and not current_user.is_full


def _is_open_before_it(view: object) -> bool:
    return not current_user.staff.has_second_factor and getattr(view, "is_open_to_half_signed_in", False)


def _is_dashboard() -> bool:
    """Whether this request is for a page of staff: its blueprint lives in the dashboard folder."""
    blueprint = current_app.blueprints.get(request.blueprint or "")
    return blueprint is not None and blueprint.import_name.startswith("dashboard.")


def has_real_carrier() -> bool:
    """Whether this deployment texts real people."""
    return deployment().settings.carrier != "simulated"


def _ask_to_sign_in(endpoint: str) -> ResponseReturnValue:
    if request.headers.get(POLLS):
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        return "", 401, {"HX-Redirect": url_for(endpoint, next=f"{page.path}?{page.query}")}
    return redirect(url_for(endpoint, next=request.full_path))


def _asks_by_itself(view: object) -> bool:
    """Whether the page did this and not the person: it refreshed, said that it is open, or fetched a picture."""
    if request.headers.get("Sec-Fetch-Dest") == "image":
        return True
    act_field = getattr(view, "act_field", None)
    is_without_act = request.method == "GET" or (act_field is not None and act_field not in request.form)
    return POLLS in request.headers and is_without_act


def _note_activity() -> None:
    database = deployment().database
    with database.read() as session:
        machine = machine_now(session)
        stale = session.get(StaffSession, current_user.session_id)
    if stale is not None and machine - stale.last_seen_at > SEEN_EVERY:
        with database.write() as session:
            note_activity(session, current_user.session_id, machine)
        current_user.idle_left = IDLE


def _say_what_is_left(response: Response) -> Response:
    """An open page hears with every answer when it locks, whichever page the person is working in."""
    visitor = g.get("visitor")
    if visitor is not None and POLLS in request.headers:
        response.headers[IDLE_LEFT] = _seconds(visitor.idle_left)
        response.headers[LONGEST_LEFT] = _seconds(visitor.longest_left)
    return response


def _seconds(span: timedelta) -> str:
    """Rounded up: a page never locks before the server does."""
    return str(ceil(span.total_seconds()))
