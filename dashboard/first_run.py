"""The first hour: a link that works once, then five steps. What is done is read from rows, never remembered here."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from access.links import DEMO_OWNER, SETUP
from access.roles import Permission
from access.sessions import open_session
from access.signing_in import Opened, is_second_factor_due
from dashboard.guard import has_real_carrier, needs, open_to_all
from dashboard.office import at_office, look_around
from dashboard.settings import ZONES
from dashboard.sign_in import let_in
from desk import setup
from desk.clinic_settings import ClinicForm
from desk.forms import FormError
from models.clinic import list_clinic_numbers
from models.installation import machine_now
from models.staff import list_on_call
from web.edge import deployment

blueprint = Blueprint("first_run", __name__, url_prefix="/welcome")
PAGES = {SETUP: "first_owner.html", DEMO_OWNER: "demo_door.html"}
REVIEWED = ("opt_in_confirmation", "aftercare_now", "exercise_over", "check_in", "handover", "emergency")


@blueprint.get("/<token>")
@open_to_all
def arrive(token: str) -> ResponseReturnValue:
    """What the link printed at start opens. Looking at it uses nothing up."""
    with deployment().database.read() as session:
        purpose = setup.purpose_of(session, token, machine_now(session), real_carrier=has_real_carrier())
    page = PAGES.get(purpose or "", "link_over.html")
    return render_template(page, errors={}, typed={}), 200 if purpose else 410


@blueprint.post("/<token>")
@open_to_all
def enter(token: str) -> ResponseReturnValue:
    """The first owner's account, or the demo owner's door."""
    try:
        with deployment().database.write() as session:
            machine = machine_now(session)
            owner = (
                setup.enter_owner(session, token, **_account(), machine=machine)
                if has_real_carrier()
                else setup.open_demo(session, token, machine=machine)
            )
            if owner is None:
                return render_template("link_over.html"), 410
            session.flush()
            full = not is_second_factor_due(owner, real_carrier=has_real_carrier())
            opened = Opened(open_session(session, owner, machine, full=full), full)
    except FormError as error:
        return render_template("first_owner.html", errors=error.errors, typed=request.form), 422
    let_in(opened)
    return redirect(url_for("first_run.show" if full else "sign_in.second_factor"), 303)


@blueprint.get("")
@needs(Permission.SETTINGS)
def show() -> ResponseReturnValue:
    """The five steps; the first one that lacks something is open."""
    return _page()


@blueprint.post("/account")
@needs(Permission.SETTINGS)
def adopt() -> ResponseReturnValue:
    """The demo owner becomes a person."""
    try:
        with at_office() as office:
            setup.adopt_demo(office.session, office.by, **_account(), machine=office.machine)
    except FormError as error:
        return _page(error.errors), 422
    flash("The account is yours. Sign in with it from now on.")
    return redirect(url_for(".show"), 303)


def _account() -> dict[str, str]:
    form = request.form
    fields = {"name": "name", "email": "email", "password": "new", "repeated": "repeated"}
    return {name: form.get(field, "") for name, field in fields.items()}


def _page(errors: Mapping[str, str] | None = None) -> str:
    here = deployment()
    with look_around() as office:
        steps = setup.all_steps(office.session, office.clinic, here.settings)
        wanted = request.args.get("step", "account" if errors else "")
        missing = [step.id for step in steps if not step.is_done]
        return render_template(
            "first_run.html",
            page="settings",
            steps=steps,
            open_step=wanted if wanted in {step.id for step in steps} else (missing or ["test"])[0],
            is_demo=office.by.email == setup.DEMO_EMAIL,
            errors=errors or {},
            typed=request.form,
            form=ClinicForm.of(office.clinic),
            zones=ZONES,
            phones=list_on_call(office.session, office.clinic.id),
            numbers=list_clinic_numbers(office.session, office.clinic.id),
            real_carrier=has_real_carrier(),
            public_url=here.settings.public_url,
            reviewed=REVIEWED,
        )
