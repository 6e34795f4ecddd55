"""Who may sign in. The rules are in desk/staff_accounts.py; a link to choose a password is shown once."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from access.roles import Permission, Role
from dashboard.guard import needs
from dashboard.office import Office, at_office, look_around
from desk import staff_accounts
from desk.forms import FormError
from desk.staff_accounts import Person
from models.staff import Staff, find_staff, list_staff
from web.edge import deployment, found

blueprint = Blueprint("staff_settings", __name__, url_prefix="/settings/staff")
ROLES = (
    (Role.FRONT_DESK, "Front desk", "reads, replies, enrols"),
    (Role.CLINICIAN, "Clinician", "also edits and approves words, exports"),
    (Role.OWNER, "Owner", "also settings, staff, erasing, audit log"),
)


@blueprint.get("")
@needs(Permission.SETTINGS)
def index() -> ResponseReturnValue:
    """Everybody, and the form for one more."""
    return _list_page()


@blueprint.post("")
@needs(Permission.SETTINGS)
def add() -> ResponseReturnValue:
    """Enter a person and show the link by which they choose a password."""
    try:
        with at_office() as office:
            person, token = staff_accounts.add_person(
                office.session, office.clinic, _typed(), by=office.by, now=office.now, machine=office.machine
            )
    except FormError as error:
        return _list_page(error.errors), 422
    return _link_page(person, token)


@blueprint.get("/<int:staff_id>")
@needs(Permission.SETTINGS)
def show(staff_id: int) -> ResponseReturnValue:
    """One person."""
    with look_around() as office:
        return _person_page(_own(office, staff_id))


@blueprint.post("/<int:staff_id>")
@needs(Permission.SETTINGS)
def change(staff_id: int) -> ResponseReturnValue:
    """Name, address, phone and role."""
    try:
        with at_office() as office:
            staff_accounts.change_person(
                office.session,
                office.clinic,
                _own(office, staff_id),
                _typed(),
                by=office.by,
                now=office.now,
                machine=office.machine,
            )
    except FormError as error:
        return _again(staff_id, error.errors)
    flash("Saved.")
    return redirect(url_for(".index"), 303)


@blueprint.post("/<int:staff_id>/disable")
@needs(Permission.SETTINGS)
def disable(staff_id: int) -> ResponseReturnValue:
    """May not sign in any more, from this moment."""
    try:
        with at_office() as office:
            person = _own(office, staff_id)
            staff_accounts.disable(
                office.session, person, by=office.by, now=office.now, machine=office.machine
            )
    except FormError as error:
        return _again(staff_id, error.errors)
    flash(f"{person.name} cannot sign in any more.")
    return redirect(url_for(".index"), 303)


@blueprint.post("/<int:staff_id>/enable")
@needs(Permission.SETTINGS)
def enable(staff_id: int) -> ResponseReturnValue:
    """May sign in again."""
    with at_office() as office:
        person = _own(office, staff_id)
        staff_accounts.enable(office.session, person, by=office.by, now=office.now)
    flash(f"{person.name} may sign in again.")
    return redirect(url_for(".index"), 303)


@blueprint.post("/<int:staff_id>/new-password")
@needs(Permission.SETTINGS)
def renew_password(staff_id: int) -> ResponseReturnValue:
    """The old password stops working; a link to choose a new one is shown."""
    with at_office() as office:
        person = _own(office, staff_id)
        token = staff_accounts.renew_password(
            office.session,
            person,
            lost_phone=request.form.get("lost_phone") == "1",
            by=office.by,
            now=office.now,
            machine=office.machine,
        )
    return _link_page(person, token)


def _typed() -> Person:
    form = request.form
    return Person(
        name=form.get("name", ""),
        email=form.get("email", ""),
        role=form.get("role", ""),
        phone=form.get("phone", ""),
    )


def _own(office: Office, staff_id: int) -> Staff:
    return found(find_staff(office.session, clinic_id=office.clinic.id, staff_id=staff_id))


def _list_page(errors: Mapping[str, str] | None = None) -> str:
    with look_around() as office:
        people = list_staff(office.session, office.clinic.id)
    return render_template(
        "staff_settings.html",
        page="settings",
        section="staff",
        people=people,
        roles=ROLES,
        typed=_typed(),
        errors=errors or {},
    )


def _person_page(person: Staff, typed: Person | None = None, errors: Mapping[str, str] | None = None) -> str:
    stands = Person(person.name, person.email, person.role, person.phone or "")
    return render_template(
        "staff_person.html",
        page="settings",
        section="staff",
        person=person,
        typed=typed or stands,
        roles=ROLES,
        errors=errors or {},
    )


def _again(staff_id: int, errors: Mapping[str, str]) -> ResponseReturnValue:
    typed = _typed() if "name" in request.form else None
    with look_around() as office:
        return _person_page(_own(office, staff_id), typed, errors), 422


def _link_page(person: Staff, token: str) -> str:
    link = deployment().settings.public_url + url_for("own_account.choose_password", token=token)
    return render_template("staff_link.html", page="settings", section="staff", person=person, link=link)
