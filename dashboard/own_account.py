"""One's own account: password, second factor, shortcuts, sessions. The decisions are in desk/accounts.py."""

from collections.abc import Mapping

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from itsdangerous import BadSignature, URLSafeTimedSerializer
from markupsafe import Markup

from access.links import find_open_link
from access.roles import Permission, needs_second_factor
from access.second_factor import new_secret, provisioning_uri, qr_svg
from access.sessions import end_session, open_session
from access.signing_in import Opened, is_second_factor_due
from dashboard.guard import has_real_carrier, needs, open_to_all, open_to_half_signed_in
from dashboard.office import Office, at_office, look_around
from dashboard.sign_in import let_in
from desk import accounts
from desk.forms import FormError
from models.installation import machine_now
from web.edge import deployment

blueprint = Blueprint("own_account", __name__, url_prefix="/account")
SECRET_LIVES_S = 900  # from the picture on the screen to the code typed in


@blueprint.get("")
@needs(Permission.READ)
def show() -> ResponseReturnValue:
    """Everything about one's own account."""
    return _page()


@blueprint.post("/password")
@needs(Permission.READ)
def change_password() -> ResponseReturnValue:
    """A new password; other browsers are signed out."""
    form = request.form
    try:
        with at_office() as office:
            accounts.change_password(
                office.session,
                office.by,
                current=form.get("current", ""),
                new=form.get("new", ""),
                repeated=form.get("repeated", ""),
                keep_session_id=office.session_id,
                machine=office.machine,
            )
    except FormError as error:
        return _page(error.errors), 422
    flash("Your password is changed. Other browsers were signed out.")
    return redirect(url_for(".show"), 303)


@blueprint.post("/keys")
@needs(Permission.READ)
def set_keys() -> ResponseReturnValue:
    """One-letter shortcuts on or off; what Enter does in the reply box."""
    with at_office() as office:
        office.by.single_keys = request.form.get("single_keys") == "1"
        office.by.enter_sends = request.form.get("enter_sends") == "1"
    flash("Saved.")
    return redirect(url_for(".show"), 303)


@blueprint.post("/sign-out-everywhere")
@needs(Permission.READ)
def sign_out_everywhere() -> ResponseReturnValue:
    """End every session, this one too."""
    with at_office() as office:
        accounts.sign_out_everywhere(office.session, office.by, office.machine)
    return redirect(url_for("sign_in.show"), 303)


@blueprint.get("/second-factor")
@open_to_half_signed_in
@needs(Permission.READ)
def second_factor() -> ResponseReturnValue:
    """The picture to scan, the same as text, and the form for the first code."""
    return _set_up_page(new_secret(), {})


@blueprint.post("/second-factor")
@open_to_half_signed_in
@needs(Permission.READ)
def confirm_second_factor() -> ResponseReturnValue:
    """Take it into use; the recovery codes are shown this once."""
    secret = _read_sealed(request.form.get("sealed", ""))
    if secret is None:
        flash("That took longer than 15 minutes. Scan the new picture.", "warn")
        return redirect(url_for(".second_factor"), 303)
    try:
        with at_office() as office:
            codes = accounts.confirm_second_factor(
                office.session,
                office.by,
                secret=secret,
                code=request.form.get("code", ""),
                password=request.form.get("password", ""),
                machine=office.machine,
                keys=deployment().settings.photo_keys,
            )
            opened = _open_anew(office)
    except FormError as error:
        return _set_up_page(secret, error.errors), 422
    let_in(opened)
    return render_template("recovery_codes.html", codes=codes)


@blueprint.post("/second-factor/codes")
@needs(Permission.READ)
def renew_codes() -> ResponseReturnValue:
    """Fresh recovery codes."""
    try:
        with at_office() as office:
            codes = accounts.renew_recovery_codes(
                office.session, office.by, password=request.form.get("password", ""), machine=office.machine
            )
    except FormError as error:
        return _page(error.errors), 422
    return render_template("recovery_codes.html", codes=codes)


@blueprint.post("/second-factor/off")
@needs(Permission.READ)
def turn_off() -> ResponseReturnValue:
    """Sign in with the password alone, where the role allows it."""
    try:
        with at_office() as office:
            accounts.turn_off_second_factor(
                office.session,
                office.by,
                password=request.form.get("password", ""),
                real_carrier=has_real_carrier(),
                machine=office.machine,
            )
    except FormError as error:
        return _page(error.errors), 422
    flash("The second factor is off.")
    return redirect(url_for(".show"), 303)


@blueprint.get("/password/<token>")
@open_to_all
def choose_password(token: str) -> ResponseReturnValue:
    """Who was given a link chooses a password."""
    with deployment().database.read() as session:
        is_open = find_open_link(session, token, machine_now(session)) is not None
    return render_template("choose_password.html", is_open=is_open, errors={}), 200 if is_open else 410


@blueprint.post("/password/<token>")
@open_to_all
def submit_password(token: str) -> ResponseReturnValue:
    """Store it, and sign in as far as the password reaches."""
    new, repeated = request.form.get("new", ""), request.form.get("repeated", "")
    try:
        with deployment().database.write() as session:
            machine = machine_now(session)
            person = accounts.choose_password(session, token, new=new, repeated=repeated, machine=machine)
            if person is None:
                return render_template("choose_password.html", is_open=False, errors={}), 410
            full = not is_second_factor_due(person, real_carrier=has_real_carrier())
            opened = Opened(open_session(session, person, machine, full=full), full)
    except FormError as error:
        return render_template("choose_password.html", is_open=True, errors=error.errors), 422
    let_in(opened)
    return redirect(url_for("inbox.index" if full else "sign_in.second_factor"), 303)


def _page(errors: Mapping[str, str] | None = None) -> str:
    with look_around() as office:
        must = needs_second_factor(office.by.role, real_carrier=has_real_carrier())
        left = len((office.by.recovery_hashes or "").split())
        return render_template(
            "own_account.html", person=office.by, errors=errors or {}, must_have=must, codes_left=left
        )


def _set_up_page(secret: str, errors: Mapping[str, str]) -> str:
    with look_around() as office:
        uri = provisioning_uri(secret, email=office.by.email, clinic_name=office.clinic.name)
        return render_template(
            "set_up_second_factor.html",
            person=office.by,
            picture=Markup(qr_svg(uri)),  # noqa: S704  (our own drawing, no text of anybody in it)
            secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
            sealed=_sealer().dumps([current_user.session_id, secret]),
            errors=errors,
        )


def _open_anew(office: Office) -> Opened:
    """The session before the code ends and a full one begins, so that the cookie changes."""
    end_session(office.session, office.session_id, office.machine)
    return Opened(open_session(office.session, office.by, office.machine, full=True), full=True)


def _sealer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="second-factor")


def _read_sealed(text: str) -> str | None:
    """The secret shown to this very browser; None where it is another's or too old."""
    try:
        session_id, secret = _sealer().loads(text, max_age=SECRET_LIVES_S)
    except (BadSignature, ValueError, TypeError):
        return None
    return str(secret) if session_id == current_user.session_id else None
