"""Retreatment due, ask in person: clients who may not be texted about it."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from access.roles import Permission
from dashboard.client_desk import reading
from dashboard.follow_up_rows import done_lately, follow_up_rows
from dashboard.guard import needs
from scheduler.follow_up import ask_in_person

blueprint = Blueprint("retreatment_due", __name__, url_prefix="/retreatment-due")


@blueprint.get("")
@needs(Permission.READ)
def index() -> ResponseReturnValue:
    """The list, longest due first."""
    with reading() as desk:
        found = ask_in_person(desk.session, clinic_id=desk.clinic.id, now=desk.now)
        rows, done = follow_up_rows(desk, found), done_lately(desk, "retreatment")
    return render_template("retreatment_due.html", rows=rows, done=done)
