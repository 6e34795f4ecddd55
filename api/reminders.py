"""GET /reminders; POST /reminders/ID/hold, /release and /cancel."""

from collections.abc import Callable

from flask.typing import ResponseReturnValue

from access.tokens import Scope
from api.blueprint import blueprint
from api.calls import Call, once, reading
from api.guard import needs
from api.incoming import read_query
from api.paging import page, stretch
from desk.listed_rows import Row, reminder_row
from models.client import Client
from models.conversation import Conversation
from models.pages import Place, reminders_after
from models.reminder import Reminder
from models.reminder_list import find_step_of_clinic
from scheduler import reminders
from web.edge import found


@blueprint.get("/reminders")
@needs(Scope.READ)
def list_reminders() -> ResponseReturnValue:
    """Planned texts by their moment."""
    query = read_query()
    with reading() as call:
        client_id, status = query.get("client_id"), query.get("status")
        rows = reminders_after(call.session, client_id=client_id, status=status, **stretch(call, query))
    return page(
        rows, query, place=lambda one: Place(one[0].id, one[0].due_at), row=lambda one: _row(call, *one)
    )


@blueprint.post("/reminders/<id:reminder_id>/hold")
@needs(Scope.WRITE)
def hold_reminder(reminder_id: int) -> ResponseReturnValue:
    """Keep one back."""

    def hold(call: Call) -> Reminder:
        by, actor = call.token.name, call.actor
        return reminders.hold(call.session, reminder_id, by=by, actor=actor, now=call.now)

    return once(lambda call: _change(call, reminder_id, hold))


@blueprint.post("/reminders/<id:reminder_id>/release")
@needs(Scope.WRITE)
def release_reminder(reminder_id: int) -> ResponseReturnValue:
    """Let a held one go."""

    def release(call: Call) -> Reminder:
        rules = call.here.pack.plan
        return reminders.release(call.session, reminder_id, actor=call.actor, rules=rules, now=call.now)

    return once(lambda call: _change(call, reminder_id, release))


@blueprint.post("/reminders/<id:reminder_id>/cancel")
@needs(Scope.WRITE)
def cancel_reminder(reminder_id: int) -> ResponseReturnValue:
    """Cancel one for good."""

    def cancel(call: Call) -> Reminder:
        by, actor = call.token.name, call.actor
        return reminders.cancel(call.session, reminder_id, by=by, actor=actor, now=call.now)

    return once(lambda call: _change(call, reminder_id, cancel))


def _change(call: Call, reminder_id: int, change: Callable[[Call], Reminder]) -> Row:
    found(find_step_of_clinic(call.session, reminder_id, clinic_id=call.clinic.id))
    step = change(call)
    client = call.session.get_one(Client, step.client_id)
    return _row(call, step, call.session.get_one(Conversation, step.conversation_id), client)


def _row(call: Call, step: Reminder, thread: Conversation, client: Client) -> Row:
    return {**reminder_row(step, thread, client, call.zone), "client_id": client.id}
