"""One treatment: set right when it was or what it was, or take it back. Either plans the client's texts anew."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from access.roles import Permission
from dashboard.client_desk import Desk, changing, form_time, local_moment, reading
from dashboard.guard import needs
from desk.clients import ClientError
from desk.enrolment import AHEAD, PRODUCTS
from models.planning import find_treatment
from models.visit import Treatment, Visit
from scheduler.visits import VisitError, cancel_treatment, correct_treatment
from web.edge import deployment, found

blueprint = Blueprint("treatments", __name__, url_prefix="/treatments/<int:treatment_id>")
REASONS = ("entered by mistake", "entered for the wrong client", "the treatment did not take place")


@blueprint.get("")
@needs(Permission.REPLY)
def show(treatment_id: int) -> ResponseReturnValue:
    """The forms."""
    return _page(treatment_id, {})


@blueprint.post("/correct")
@needs(Permission.REPLY)
def correct(treatment_id: int) -> ResponseReturnValue:
    """Set it right; a time already told is corrected by text."""
    try:
        with changing() as desk:
            _, visit = _own(desk, treatment_id)
            at = local_moment(request.form.get("at", ""), desk.zone)
            product = " ".join(request.form.get("product", "").split())[:60]
            if at is None or at > desk.now + AHEAD:
                raise ClientError("Write the day and time of the treatment; it cannot lie ahead.")
            if not product:
                raise ClientError("Write the product.")
            correct_treatment(
                desk.session,
                treatment_id,
                injected_at=at,
                actor=desk.actor,
                rules=deployment().pack.plan,
                now=desk.now,
                product=product,
                areas=request.form.get("areas", "").strip()[:300],
            )
    except (ClientError, VisitError) as error:
        return _page(treatment_id, {"correct": str(error)}), 422
    return _done(visit, "Set right. Texts that had not left were planned anew.")


@blueprint.post("/cancel")
@needs(Permission.REPLY)
def cancel(treatment_id: int) -> ResponseReturnValue:
    """Take it back, with its texts."""
    reason = request.form.get("reason", "")
    try:
        with changing() as desk:
            _, visit = _own(desk, treatment_id)
            if reason not in REASONS:
                raise ClientError("Say why it is taken back.")
            rules = deployment().pack.plan
            cancel_treatment(
                desk.session, treatment_id, actor=desk.actor, reason=reason, rules=rules, now=desk.now
            )
    except (ClientError, VisitError) as error:
        return _page(treatment_id, {"cancel": str(error)}), 422
    return _done(visit, "Taken back. Its texts that had not left were cancelled.")


def _done(visit: Visit, words: str) -> ResponseReturnValue:
    deployment().wake.set()
    flash(words, "")
    return redirect(url_for("clients.show", client_id=visit.client_id), 303)


def _own(desk: Desk, treatment_id: int) -> tuple[Treatment, Visit]:
    treatment, visit = found(find_treatment(desk.session, treatment_id))
    if visit.clinic_id != desk.clinic.id:
        abort(404)
    return treatment, visit


def _page(treatment_id: int, errors: dict[str, str]) -> str:
    with reading() as desk:
        treatment, visit = _own(desk, treatment_id)
        client = desk.client(visit.client_id)
    at = request.form.get("at") or form_time(treatment.injected_at, desk.zone)
    return render_template(
        "treatment.html",
        treatment=treatment,
        visit=visit,
        client=client,
        at=at,
        errors=errors,
        typed=request.form,
        products=PRODUCTS[:-1],
        reasons=REASONS,
    )
