"""GET /inbox: what waits for a person, most urgent first."""

from flask.typing import ResponseReturnValue

from access.tokens import Scope
from api.blueprint import blueprint
from api.calls import reading
from api.guard import needs
from api.incoming import read_query
from api.paging import page, stretch
from desk.listed_rows import Row, waiting_row
from models.conversation import Conversation
from models.listings import names_on
from models.pages import EPOCH, Place, waiting_after


@blueprint.get("/inbox")
@needs(Scope.READ)
def list_inbox() -> ResponseReturnValue:
    """Conversations that wait for a person."""
    query = read_query()
    with reading() as call:
        rows = waiting_after(call.session, **stretch(call, query))
        threads = [thread.id for thread, _ in rows]
        names = names_on(call.session, clinic_id=call.clinic.id, threads=threads)

    def row(one: tuple[Conversation, int]) -> Row:
        thread = one[0]
        return {**waiting_row(thread, names.get(thread.id), call.zone), "conversation_id": thread.id}

    return page(rows, query, place=_place, row=row)


def _place(one: tuple[Conversation, int]) -> Place:
    thread, rank = one
    return Place(thread.id, thread.waiting_since or EPOCH, rank)
