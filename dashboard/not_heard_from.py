"""Not heard from: clients who sent nothing within four days of their day-14 check-in."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from access.roles import Permission
from dashboard.client_desk import reading
from dashboard.follow_up_rows import done_lately, follow_up_rows
from dashboard.guard import needs
from scheduler.follow_up import not_heard_from
from web.edge import deployment

blueprint = Blueprint("not_heard_from", __name__, url_prefix="/not-heard-from")


@blueprint.get("")
@needs(Permission.READ)
def index() -> ResponseReturnValue:
    """The list, longest silent first."""
    rules = deployment().pack.plan
    with reading() as desk:
        found = not_heard_from(desk.session, clinic_id=desk.clinic.id, rules=rules, now=desk.now)
        rows, done = follow_up_rows(desk, found), done_lately(desk, "check_in")
    return render_template("not_heard_from.html", rows=rows, done=done, no_reply_days=rules.no_reply_days)
