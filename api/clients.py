"""GET and POST /clients, GET /clients/ID."""

from flask.typing import ResponseReturnValue

from access.tokens import Scope
from api.blueprint import blueprint
from api.calls import Call, answer, noting, once, reading
from api.guard import needs
from api.incoming import read_query
from api.paging import page, stretch
from api.rows import appointment_row, visit_row
from desk.listed_rows import Row, client_row
from desk.reads import note_reads
from messages.clinic_edits import load_edits
from models.client_file import appointments_of, visits_on_file
from models.consent_event import consent_state, consent_states
from models.conversation import Conversation
from models.pages import Place, clients_after
from phone import parse_phone
from scheduler.enrolment import NewClient, enrol


@blueprint.get("/clients")
@needs(Scope.READ)
def list_clients() -> ResponseReturnValue:
    """Clients in the order in which they were entered."""
    query = read_query()
    with reading() as call:
        rows = clients_after(call.session, **stretch(call, query))
        states = consent_states(call.session, [thread.id for _, thread in rows])
    return page(
        rows,
        query,
        place=lambda one: Place(one[0].id),
        row=lambda one: client_row(one[0], one[1], states[one[1].id], call.clinic),
    )


@blueprint.post("/clients")
@needs(Scope.WRITE)
def add_client() -> ResponseReturnValue:
    """Enter a person and what they agreed to."""
    return once(_enter, status=201)


@blueprint.get("/clients/<id:client_id>")
@needs(Scope.READ)
def show_client(client_id: int) -> ResponseReturnValue:
    """One client, with visits, treatments and appointments."""
    read_query()
    with noting() as call:
        client = call.client(client_id)
        threads = [client.conversation_id]
        note_reads(call.session, clinic_id=call.clinic.id, thread_ids=threads, actor=call.actor, now=call.now)
        return answer({**_row(call, client_id), **_file(call, client_id)})


def _file(call: Call, client_id: int) -> Row:
    """Visits that stand, the newest first; appointments that lie ahead, the next one first."""
    ahead = [one for one in appointments_of(call.session, client_id) if one.at > call.now]
    standing = [one for one in reversed(ahead) if one.cancelled_at is None]
    return {
        "visits": [visit_row(one, call.zone) for one in visits_on_file(call.session, client_id)],
        "appointments": [appointment_row(one, call.zone) for one in standing],
    }


def _enter(call: Call) -> Row:
    consent = call.body["consent"].split(",")
    who = NewClient(
        name=" ".join(call.body["name"].split()),
        number=parse_phone(call.body["phone"]),
        care="care" in consent,
        promo="promo" in consent,
        how=call.body["how"],
        by=call.actor,
        timezone=call.body.get("timezone"),
        language=call.body.get("language", "en"),
    )
    settings, pack = call.here.settings, call.here.pack
    edits = load_edits(call.session, call.clinic.id, all_approved=settings.carrier == "simulated")
    key = settings.opt_out_key
    client = enrol(call.session, call.clinic, who, pack=pack, now=call.now, opt_out_key=key, edits=edits)
    return _row(call, client.id)


def _row(call: Call, client_id: int) -> Row:
    client = call.client(client_id)
    thread = call.session.get_one(Conversation, client.conversation_id)
    return client_row(client, thread, consent_state(call.session, thread.id), call.clinic)
