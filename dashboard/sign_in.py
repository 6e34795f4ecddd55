"""Signing in and out: e-mail and password, then a code. The decisions are in access/signing_in.py."""

import ipaddress
from urllib.parse import urlsplit

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user
from werkzeug.exceptions import HTTPException

from access.sessions import end_session, who_is
from access.signing_in import Opened, Refusal, try_code, try_password
from dashboard.guard import Visitor, has_real_carrier, open_to_all
from models.installation import machine_now
from web.edge import deployment

blueprint = Blueprint("sign_in", __name__)
STATUS = {Refusal.TOO_MANY: 429}


@blueprint.get("/login")
@open_to_all
def show() -> ResponseReturnValue:
    """The sign-in form."""
    if current_user.is_authenticated and current_user.is_full:
        return redirect(_next_page())
    return render_template("sign_in.html", error=None, email="")


@blueprint.post("/login")
@open_to_all
def submit() -> ResponseReturnValue:
    """Check e-mail and password."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    with deployment().database.write() as db:
        result = try_password(
            db,
            email=email,
            password=password,
            address=_address(),
            machine=machine_now(db),
            real_carrier=has_real_carrier(),
        )
    if isinstance(result, Refusal):
        return render_template("sign_in.html", error=result, email=email), STATUS.get(result, 401)
    let_in(result)
    return redirect(_next_page() if result.full else url_for("sign_in.second_factor", next=_wanted()))


@blueprint.get("/login/code")
@open_to_all
def second_factor() -> ResponseReturnValue:
    """The form for the code, or its set-up for who must have one and has none yet."""
    if not current_user.is_authenticated:
        return redirect(url_for("sign_in.show"))
    if not current_user.staff.has_second_factor:
        return redirect(url_for("own_account.second_factor"))
    return render_template("second_factor.html", error=None)


@blueprint.post("/login/code")
@open_to_all
def submit_code() -> ResponseReturnValue:
    """Check the code, or a recovery code. The session gets a new token."""
    if not current_user.is_authenticated:
        return redirect(url_for("sign_in.show"))
    with deployment().database.write() as db:
        result = try_code(
            db,
            staff_id=current_user.staff.id,
            session_id=current_user.session_id,
            code=request.form.get("code", ""),
            address=_address(),
            machine=machine_now(db),
            keys=deployment().settings.photo_keys,
        )
    if isinstance(result, Refusal):
        return render_template("second_factor.html", error=result), STATUS.get(result, 401)
    let_in(result)
    return redirect(_next_page())


@blueprint.post("/logout")
@open_to_all
def sign_out() -> ResponseReturnValue:
    """End this session on the server and clear what the browser kept."""
    if current_user.is_authenticated:
        with deployment().database.write() as db:
            end_session(db, current_user.session_id, machine_now(db))
    logout_user()
    session.clear()
    response = redirect(url_for("sign_in.show"))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def let_in(opened: Opened) -> None:
    """Give this browser the cookie of a session just opened; what the cookie held before is gone."""
    with deployment().database.read() as db:
        signed_in = who_is(db, opened.token, machine_now(db))
    session.clear()
    session.permanent = True
    if signed_in is not None:
        login_user(Visitor(opened.token, signed_in))


def _address() -> str:
    """Where the request came from: through a reverse proxy on this machine, whom the proxy saw.

    That is the last entry of its header; whoever asks can write the earlier ones.
    """
    direct = request.remote_addr or ""
    seen = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
    return seen if seen and _is_this_machine(direct) else direct


def _is_this_machine(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _wanted() -> str | None:
    """The page asked for before signing in, if it is one of ours."""
    target = request.args.get("next") or ""
    parts = urlsplit(target)
    is_ours = (
        target.startswith("/") and not target.startswith("//") and not parts.netloc and "\\" not in target
    )
    return _nearest_page(parts.path, parts.query) if is_ours else None


def _nearest_page(path: str, query: str) -> str:
    """The page itself; for the address of a form the page above it, which is the one the form stands on."""
    ours = current_app.url_map.bind_to_environ(request.environ)
    while path.strip("/"):
        try:
            ours.match(path, method="GET")
        except HTTPException:
            path = path.rstrip("/").rpartition("/")[0]
        else:
            return f"{path}?{query}" if query else path
    return "/"


def _next_page() -> str:
    return _wanted() or url_for("inbox.index")
