"""The clinic's settings. The rules are in desk/clinic_settings.py and desk/on_call.py."""

from collections.abc import Callable, Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from access.roles import Permission
from dashboard.guard import has_real_carrier, needs
from dashboard.office import Office, at_office, look_around
from desk import clinic_settings, on_call
from desk.clinic_settings import ClinicForm
from desk.forms import FormError
from desk.records import record
from desk.setup import TEST_SENT
from models.clinic import list_clinic_numbers
from models.staff import OnCall, find_on_call_phone, list_on_call
from web.edge import deployment, found

blueprint = Blueprint("settings", __name__, url_prefix="/settings")
ZONES = (
    "America/New_York",
    "America/Detroit",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
    "America/Halifax",
    "America/Toronto",
    "America/Winnipeg",
    "America/Edmonton",
    "America/Vancouver",
    "America/Mexico_City",
    "America/Tijuana",
    "Europe/London",
)


@blueprint.get("")
@needs(Permission.EDIT_WORDS)
def index() -> ResponseReturnValue:
    """The clinic; who may only edit words is shown those."""
    if not current_user.may(Permission.SETTINGS):
        return redirect(url_for("words.index"))
    return page()


@blueprint.post("/clinic")
@needs(Permission.SETTINGS)
def save_clinic() -> ResponseReturnValue:
    """Name, zone, hours, holidays and lines."""

    def save(office: Office) -> None:
        rules = deployment().pack.plan
        changed = clinic_settings.save_clinic(
            office.session,
            office.clinic,
            ClinicForm.read(request.form),
            rules=rules,
            by=office.by,
            now=office.now,
        )
        moved = set(changed) & set(clinic_settings.PLANNED_BY)
        flash("Saved. Planned texts were moved to fit." if moved else "Saved.")

    return _change("clinic", save)


@blueprint.post("/on-call")
@needs(Permission.SETTINGS)
def add_phone() -> ResponseReturnValue:
    """One more phone that alerts are texted to."""

    def add(office: Office) -> None:
        name, phone = request.form.get("name", ""), request.form.get("phone", "")
        row = on_call.add_phone(office.session, office.clinic, name=name, phone=phone)
        record(office.session, office.by, "on_call_added", kind="on_call", id=row.id, now=office.now)
        flash(f"{row.name} is number {row.position} on call.")

    return _change("on_call", add)


@blueprint.post("/on-call/<int:phone_id>/move")
@needs(Permission.SETTINGS)
def move_phone(phone_id: int) -> ResponseReturnValue:
    """Earlier or later in the order."""

    def move(office: Office) -> None:
        row = _own_phone(office, phone_id)
        on_call.move_phone(office.session, row, places=-1 if request.form.get("to") == "earlier" else 1)
        record(office.session, office.by, "on_call_moved", kind="on_call", id=row.id, now=office.now)

    return _change("on_call", move)


@blueprint.post("/on-call/<int:phone_id>/remove")
@needs(Permission.SETTINGS)
def remove_phone(phone_id: int) -> ResponseReturnValue:
    """Take a phone out."""

    def remove(office: Office) -> None:
        row = _own_phone(office, phone_id)
        on_call.remove_phone(office.session, row)
        record(office.session, office.by, "on_call_removed", kind="on_call", id=phone_id, now=office.now)
        flash(f"{row.name} is no longer on call.")

    return _change("on_call", remove)


@blueprint.post("/on-call/<int:phone_id>/test")
@needs(Permission.SETTINGS)
def test_phone(phone_id: int) -> ResponseReturnValue:
    """Text this phone as an alert would, saying that it is a test."""

    def test(office: Office) -> None:
        row = _own_phone(office, phone_id)
        message = on_call.send_test_page(office.session, office.clinic, row, now=office.now)
        if message.state == "refused":
            flash(f"Not sent: {message.reason.get('note', '')}", "warn")
            return
        record(office.session, office.by, TEST_SENT, kind="on_call", id=row.id, now=office.now)
        flash(f"A test is on its way to {row.name}. If it has not arrived in a minute, check the number.")

    response = _change("on_call", test)
    deployment().wake.set()
    return response


@blueprint.post("/retreatment")
@needs(Permission.SETTINGS)
def set_retreatment() -> ResponseReturnValue:
    """Whether the 3-month text is promotion or care."""

    def choose(office: Office) -> None:
        clinic_settings.set_retreatment_purpose(
            office.session,
            office.clinic,
            purpose=request.form.get("purpose", ""),
            name=request.form.get("name", ""),
            rules=deployment().pack.plan,
            by=office.by,
            now=office.now,
        )
        flash("Saved.")

    return _change("retreatment", choose)


@blueprint.post("/photos")
@needs(Permission.SETTINGS)
def set_photos() -> ResponseReturnValue:
    """Whether photos are blurred until opened."""

    def blur(office: Office) -> None:
        blurred = request.form.get("blurred") == "1"
        clinic_settings.set_blurred_photos(
            office.session, office.clinic, blurred=blurred, by=office.by, now=office.now
        )
        flash("Saved.")

    return _change("photos", blur)


def page(failed: str = "", errors: Mapping[str, str] | None = None) -> str:
    """The page as it stands; with a form that failed, what was typed in and what is wrong with it."""
    with look_around() as office:
        stands = ClinicForm.of(office.clinic)
        return render_template(
            "settings.html",
            page="settings",
            section="clinic",
            form=ClinicForm.read(request.form) if failed == "clinic" else stands,
            typed=request.form,
            back=request.form.get("back", ""),
            errors={failed: errors or {}},
            zones=ZONES,
            phones=list_on_call(office.session, office.clinic.id),
            numbers=list_clinic_numbers(office.session, office.clinic.id),
            real_carrier=has_real_carrier(),
        )


def _change(form: str, change: Callable[[Office], None]) -> ResponseReturnValue:
    try:
        with at_office() as office:
            change(office)
    except FormError as error:
        return page(form, error.errors), 422
    target = "first_run.show" if request.form.get("back") == "first_run" else "settings.index"
    return redirect(url_for(target, _anchor=form.replace("_", "-")), 303)


def _own_phone(office: Office, phone_id: int) -> OnCall:
    return found(find_on_call_phone(office.session, clinic_id=office.clinic.id, phone_id=phone_id))
