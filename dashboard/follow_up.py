"""Done, and put back, on the two lists of people somebody should speak to. The lists have pages of their own."""

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from access.roles import Permission
from dashboard.client_desk import Desk, changing
from dashboard.guard import needs
from desk.follow_ups import mark_followed_up, put_back
from models.reminder import Reminder
from models.reminder_list import find_step_of_clinic
from web.edge import found

blueprint = Blueprint("follow_up", __name__, url_prefix="/follow-ups/<int:reminder_id>")
PAGES = {"check_in": "not_heard_from.index", "retreatment": "retreatment_due.index"}


@blueprint.post("/done")
@needs(Permission.REPLY)
def done(reminder_id: int) -> ResponseReturnValue:
    """Somebody spoke to the client."""
    with changing() as desk:
        step = _own_step(desk, reminder_id)
        mark_followed_up(desk.session, step, desk.by, note=request.form.get("note", ""), now=desk.now)
    flash("Done, under your name.")
    return redirect(url_for(PAGES[step.step]), 303)


@blueprint.post("/again")
@needs(Permission.REPLY)
def again(reminder_id: int) -> ResponseReturnValue:
    """It was not done after all."""
    with changing() as desk:
        step = _own_step(desk, reminder_id)
        put_back(desk.session, step, desk.by, now=desk.now)
    flash("Back on the list.")
    return redirect(url_for(PAGES[step.step]), 303)


def _own_step(desk: Desk, reminder_id: int) -> Reminder:
    step = found(find_step_of_clinic(desk.session, reminder_id, clinic_id=desk.clinic.id))
    if step.step not in PAGES:
        abort(404)
    return step
