"""GET /messages: every text, with its words. Needs a token that may read them; each thread's read is audited."""

from flask.typing import ResponseReturnValue

from access.tokens import Scope
from api.blueprint import blueprint
from api.calls import Call, noting
from api.guard import needs
from api.incoming import Values, read_query
from api.paging import limit_of, page, stretch
from desk.listed_rows import Row, message_row
from desk.reads import note_reads
from models.message import Message
from models.pages import Place, messages_after


@blueprint.get("/messages")
@needs(Scope.TEXTS)
def list_messages() -> ResponseReturnValue:
    """Every text, oldest first."""
    query = read_query()
    with noting() as call:
        thread_id = _thread_of(call, query)
        rows = messages_after(call.session, conversation_id=thread_id, **stretch(call, query))
        _note(call, rows[: limit_of(query)])
    return page(rows, query, place=lambda one: Place(one.id), row=lambda one: _row(call, one))


def _thread_of(call: Call, query: Values) -> int | None:
    if "client_id" not in query:
        return None
    return call.client(int(query["client_id"])).conversation_id


def _note(call: Call, shown: list[Message]) -> None:
    threads = {text.conversation_id for text in shown if text.conversation_id is not None}
    note_reads(call.session, clinic_id=call.clinic.id, thread_ids=threads, actor=call.actor, now=call.now)


def _row(call: Call, text: Message) -> Row:
    row = message_row(text, call.zone)
    return {**row, "conversation_id": text.conversation_id, "client_id": text.client_id}
