"""POST /treatments, /treatments/ID/correct and /treatments/ID/cancel."""

from flask.typing import ResponseReturnValue

from access.tokens import Scope
from api.blueprint import blueprint
from api.calls import Call, once
from api.guard import needs
from api.moments import past_moment
from api.rows import planned_row
from desk.listed_rows import Row
from models.planning import find_treatment
from models.visit import Treatment
from scheduler import visits
from scheduler.visits import NewTreatment, PlannedVisit
from web.edge import found


@blueprint.post("/treatments")
@needs(Scope.WRITE)
def add_treatment() -> ResponseReturnValue:
    """Report a treatment: it joins the client's visit of that local day or opens one."""
    return once(_add, status=201)


@blueprint.post("/treatments/<id:treatment_id>/correct")
@needs(Scope.WRITE)
def correct_treatment(treatment_id: int) -> ResponseReturnValue:
    """Set right when it was, or what it was."""
    return once(lambda call: _correct(call, treatment_id))


@blueprint.post("/treatments/<id:treatment_id>/cancel")
@needs(Scope.WRITE)
def cancel_treatment(treatment_id: int) -> ResponseReturnValue:
    """Take it back, with its texts."""
    return once(lambda call: _cancel(call, treatment_id))


def _add(call: Call) -> Row:
    body, rules = call.body, call.here.pack.plan
    client = call.client(int(body["client_id"]))
    new = NewTreatment(
        past_moment(body["at"], call.now),
        body["product"],
        areas=body.get("areas", ""),
        refines=int(body["refines"]) if "refines" in body else None,
    )
    by, actor = call.token.name, call.actor
    planned = visits.add_treatment(call.session, client, new, by=by, actor=actor, rules=rules, now=call.now)
    return _row(call, planned)


def _correct(call: Call, treatment_id: int) -> Row:
    body, standing = call.body, _find(call, treatment_id)
    planned = visits.correct_treatment(
        call.session,
        treatment_id,
        injected_at=past_moment(body["at"], call.now) if "at" in body else standing.injected_at,
        actor=call.actor,
        rules=call.here.pack.plan,
        now=call.now,
        product=body.get("product"),
        areas=body.get("areas"),
    )
    return _row(call, planned)


def _cancel(call: Call, treatment_id: int) -> Row:
    _find(call, treatment_id)
    reason, rules = call.body["reason"], call.here.pack.plan
    planned = visits.cancel_treatment(
        call.session, treatment_id, actor=call.actor, reason=reason, rules=rules, now=call.now
    )
    return _row(call, planned)


def _find(call: Call, treatment_id: int) -> Treatment:
    treatment, visit = found(find_treatment(call.session, treatment_id))
    found(visit if visit.clinic_id == call.clinic.id else None)
    return treatment


def _row(call: Call, planned: PlannedVisit) -> Row:
    call.session.flush()
    return planned_row(planned, call.zone)
