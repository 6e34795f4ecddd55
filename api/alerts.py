"""GET /alerts and POST /alerts/ID/ack: urgent texts that nobody has closed, and taking one on by name."""

from flask.typing import ResponseReturnValue

from access.tokens import Scope
from alerts.register import take_by_name
from api.blueprint import blueprint
from api.calls import Call, once, reading
from api.guard import needs
from api.incoming import read_query
from api.paging import page, stretch
from desk.listed_rows import Row, alert_row
from models.alert import Alert
from models.alert_list import lock_clinic_alert
from models.conversation import Conversation
from models.listings import names_on
from models.pages import Place, alerts_after
from web.edge import found


@blueprint.get("/alerts")
@needs(Scope.READ)
def list_alerts() -> ResponseReturnValue:
    """Alerts that nobody has closed."""
    query = read_query()
    with reading() as call:
        rows = alerts_after(call.session, **stretch(call, query))
        names = _names(call, [thread for _, thread in rows])

    def row(one: tuple[Alert, Conversation | None]) -> Row:
        alert, thread = one
        return alert_row(alert, thread, names.get(alert.conversation_id or 0), call.zone)

    return page(rows, query, place=lambda one: Place(one[0].id, one[0].opened_at), row=row)


@blueprint.post("/alerts/<id:alert_id>/ack")
@needs(Scope.WRITE)
def acknowledge_alert(alert_id: int) -> ResponseReturnValue:
    """A named person looks after it."""
    return once(lambda call: _take(call, alert_id))


def _take(call: Call, alert_id: int) -> Row:
    alert = found(lock_clinic_alert(call.session, clinic_id=call.clinic.id, alert_id=alert_id))
    take_by_name(call.session, alert, by=call.body["by"], actor=call.actor, now=call.now)
    thread = call.session.get(Conversation, alert.conversation_id) if alert.conversation_id else None
    names = _names(call, [thread])
    return alert_row(alert, thread, names.get(alert.conversation_id or 0), call.zone)


def _names(call: Call, threads: list[Conversation | None]) -> dict[int, str]:
    ids = [thread.id for thread in threads if thread is not None]
    return names_on(call.session, clinic_id=call.clinic.id, threads=ids)
