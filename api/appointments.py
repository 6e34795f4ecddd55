"""POST /appointments: known future visits."""

from flask.typing import ResponseReturnValue

from access.tokens import Scope
from api.blueprint import blueprint
from api.calls import Call, once
from api.guard import needs
from api.moments import coming_moment
from api.rows import appointment_row
from desk.listed_rows import Row
from scheduler import appointments


@blueprint.post("/appointments")
@needs(Scope.WRITE)
def add_appointment() -> ResponseReturnValue:
    """Report a future visit."""
    return once(_add, status=201)


def _add(call: Call) -> Row:
    client = call.client(int(call.body["client_id"]))
    appointment = appointments.add_appointment(
        call.session,
        client,
        at=coming_moment(call.body["at"], call.now),
        source=call.body.get("source", call.token.name),
        actor=call.actor,
        rules=call.here.pack.plan,
        now=call.now,
    )
    return appointment_row(appointment, call.zone)
