"""What is done once with a client's records: another number, merge, link, export, erase. Each asks before it acts."""

from datetime import datetime

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from access.roles import Permission
from dashboard.client_desk import Desk, changing, reading
from dashboard.guard import needs
from dashboard.thread_desk import own_thread
from desk.client_numbers import NewNumber, change_number, merge_clients
from desk.clients import WAYS, ClientError, note_change
from desk.erase import erase_client
from desk.export import make_archive, make_pdf, read_client_file
from models.client import Client, clients_of
from models.client_list import search_clients
from models.conversation import Conversation
from phone import PhoneError, parse_phone
from web.edge import deployment

blueprint = Blueprint("client_records", __name__)
FOUND = 20
EXPORT_REASONS = ("the client asked for it", "care goes on elsewhere", "a legal request")
MAKERS = {"zip": (make_archive, "application/zip"), "pdf": (make_pdf, "application/pdf")}


@blueprint.get("/clients/<int:client_id>/number")
@needs(Permission.REPLY)
def number(client_id: int) -> ResponseReturnValue:
    """The form for another number."""
    return _number_page(client_id, None)


@blueprint.post("/clients/<int:client_id>/number")
@needs(Permission.REPLY)
def change(client_id: int) -> ResponseReturnValue:
    """Reach the client on another number from now on."""
    try:
        with changing() as desk:
            _move(desk, desk.client(client_id), request.form.get("phone", ""))
    except (ClientError, PhoneError) as error:
        return _number_page(client_id, str(error)), 422
    return _moved(client_id)


@blueprint.get("/threads/<int:thread_id>/link")
@needs(Permission.REPLY)
def link(thread_id: int) -> ResponseReturnValue:
    """Whose number is this? Search the clients."""
    return _link_page(thread_id, None)


@blueprint.post("/threads/<int:thread_id>/link")
@needs(Permission.REPLY)
def join(thread_id: int) -> ResponseReturnValue:
    """This number is now the number of that client."""
    client_id = request.form.get("client_id", 0, type=int)
    try:
        with changing() as desk:
            thread = _own_thread(desk, thread_id)
            if not client_id:
                raise ClientError("Choose whose number this is.")
            _move(desk, desk.client(client_id), thread.number)
    except (ClientError, PhoneError) as error:
        return _link_page(thread_id, str(error)), 422
    return _moved(client_id)


@blueprint.get("/clients/<int:client_id>/merge")
@needs(Permission.REPLY)
def merge(client_id: int) -> ResponseReturnValue:
    """Which other entry is the same person?"""
    return _merge_page(client_id, None)


@blueprint.post("/clients/<int:client_id>/merge")
@needs(Permission.REPLY)
def unite(client_id: int) -> ResponseReturnValue:
    """Make two entries one. The other entry's name is typed, for it cannot be undone."""
    other_id, typed = request.form.get("other_id", 0, type=int), request.form.get("typed_name", "")
    try:
        with changing() as desk:
            keep = desk.client(client_id)
            if not other_id:
                raise ClientError("Choose the other entry of this person.")
            other = desk.client(other_id)
            if typed.strip().casefold() != other.name.casefold():
                raise ClientError(
                    f"Type the other entry's name, {other.name}, to merge: it cannot be undone."
                )
            merge_clients(desk.session, keep, other, desk.by, rules=deployment().pack.plan, now=desk.now)
    except ClientError as error:
        return _merge_page(client_id, str(error)), 422
    flash("The two entries are one now.", "")
    return redirect(url_for("clients.show", client_id=client_id), 303)


@blueprint.post("/clients/<int:client_id>/export.<string:form>")
@needs(Permission.EXPORT)
def export(client_id: int, form: str) -> ResponseReturnValue:
    """The archive, or one PDF. Who took it, and why, is written down."""
    reason = request.form.get("reason", "")
    if form not in MAKERS or reason not in EXPORT_REASONS:
        abort(400)
    with changing() as desk:
        client = desk.client(client_id)
        note_change(desk.session, client, desk.by, f"client.export.{form}", desk.now, note=reason)
        file = read_client_file(desk.session, desk.clinic, client, now=desk.now)
    make, content_type = MAKERS[form]
    return _download(make(file, deployment().photo_store()), content_type, _file_name(client, desk.now, form))


@blueprint.get("/clients/<int:client_id>/erase")
@needs(Permission.ERASE)
def erase(client_id: int) -> ResponseReturnValue:
    """What erasing means, and the name to type."""
    return _erase_page(client_id, None)


@blueprint.post("/clients/<int:client_id>/erase")
@needs(Permission.ERASE)
def erase_now(client_id: int) -> ResponseReturnValue:
    """Erase. Photo files go after the records are gone for good."""
    key, typed = deployment().settings.opt_out_key, request.form.get("typed_name", "")
    try:
        with changing() as desk:
            client = desk.client(client_id)
            files = erase_client(
                desk.session, client, desk.by, typed_name=typed, opt_out_key=key, now=desk.now
            )
    except ClientError as error:
        return _erase_page(client_id, str(error)), 422
    for name in files:
        deployment().photo_store().delete(name)
    flash("Erased. An opt-out stays in force; nothing else is left.", "")
    return redirect(url_for("clients.index"), 303)


def _move(desk: Desk, client: Client, typed: str) -> None:
    form = request.form
    new = NewNumber(
        number=parse_phone(typed, desk.clinic.country),
        agreed=form.get("agreed") == "1",
        how=form.get("how", WAYS[0]) if form.get("how") in WAYS else WAYS[0],
        shares=form.get("shares") == "1",
    )
    change_number(desk.session, desk.clinic, client, new, desk.by, wording=desk.wording(), now=desk.now)


def _moved(client_id: int) -> ResponseReturnValue:
    deployment().wake.set()
    flash("Texts go to this number from now on. Earlier texts stay in the earlier thread.", "")
    return redirect(url_for("clients.show", client_id=client_id), 303)


def _number_page(client_id: int, error: str | None) -> str:
    with reading() as desk:
        client = desk.client(client_id)
        thread = desk.thread_of(client)
    return render_template(
        "client_number.html", client=client, thread=thread, error=error, typed=request.form, ways=WAYS
    )


def _link_page(thread_id: int, error: str | None) -> str:
    search = request.args.get("q", "").strip()[:100]
    with reading() as desk:
        thread = _own_thread(desk, thread_id)
        found = search_clients(desk.session, clinic_id=desk.clinic.id, search=search, limit=FOUND)
        sharing = clients_of(desk.session, thread.id)
    rows = [row for row in found if row.conversation.id != thread.id]
    return render_template(
        "client_link.html", thread=thread, rows=rows, sharing=sharing, search=search, error=error, ways=WAYS
    )


def _merge_page(client_id: int, error: str | None) -> str:
    with reading() as desk:
        client = desk.client(client_id)
        search = request.args.get("q", client.name).strip()[:100]
        found = search_clients(desk.session, clinic_id=desk.clinic.id, search=search, limit=FOUND)
    rows = [row for row in found if row.client.id != client_id]
    return render_template(
        "client_merge.html", client=client, rows=rows, search=search, error=error, typed=request.form
    )


def _erase_page(client_id: int, error: str | None) -> str:
    with reading() as desk:
        client = desk.client(client_id)
        thread = desk.thread_of(client)
        others = [other for other in clients_of(desk.session, thread.id) if other.id != client_id]
    return render_template("client_erase.html", client=client, thread=thread, others=others, error=error)


def _own_thread(desk: Desk, thread_id: int) -> Conversation:
    thread = own_thread(desk.session, thread_id)
    if thread.erased_at is not None:
        abort(404)
    return thread


def _file_name(client: Client, now: datetime, form: str) -> str:
    return f"client-{client.id}-{now:%Y-%m-%d}.{form}"


def _download(content: bytes, content_type: str, name: str) -> Response:
    response = Response(content, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
