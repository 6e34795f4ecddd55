"""Saved replies: keep them, and find them from the reply box. Inserting one never sends it."""

from collections.abc import Mapping

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from access.roles import Permission
from dashboard.guard import needs
from dashboard.office import Office, at_office, look_around
from dashboard.thread_desk import own_thread
from desk import saved_replies
from desk.forms import FormError
from desk.thread_values import values_for
from messages.fields import FIELDS
from models.desk import SavedReply
from models.desk_words import find_saved_reply, list_saved_replies
from web.edge import deployment, found

blueprint = Blueprint("saved_replies", __name__)


@blueprint.get("/threads/<int:thread_id>/saved-replies")
@needs(Permission.REPLY)
def search(thread_id: int) -> ResponseReturnValue:
    """Those that match `q`, filled for this client; `unfilled` names what blocks sending."""
    with look_around() as office:
        thread = own_thread(office.session, thread_id)
        values = values_for(office.session, thread, pack=deployment().pack, now=office.now)
        matches = saved_replies.search_replies(
            office.session, clinic_id=office.clinic.id, search=request.args.get("q", ""), values=values
        )
    return jsonify([{"name": one.name, "text": one.text, "unfilled": list(one.unfilled)} for one in matches])


@blueprint.get("/settings/saved-replies")
@needs(Permission.REPLY)
def index() -> ResponseReturnValue:
    """All of them, and the form for one more."""
    return _page()


@blueprint.post("/settings/saved-replies")
@needs(Permission.REPLY)
def add() -> ResponseReturnValue:
    """Enter one."""
    return _save(None)


@blueprint.get("/settings/saved-replies/<int:reply_id>")
@needs(Permission.REPLY)
def edit(reply_id: int) -> ResponseReturnValue:
    """The form of one."""
    with look_around() as office:
        row = _own(office, reply_id)
    return _page(row, {"name": row.name, "body": row.body})


@blueprint.post("/settings/saved-replies/<int:reply_id>")
@needs(Permission.REPLY)
def change(reply_id: int) -> ResponseReturnValue:
    """Store one that was changed."""
    return _save(reply_id)


@blueprint.post("/settings/saved-replies/<int:reply_id>/remove")
@needs(Permission.REPLY)
def remove(reply_id: int) -> ResponseReturnValue:
    """Forget one."""
    with at_office() as office:
        row = _own(office, reply_id)
        saved_replies.remove_reply(office.session, row, by=office.by, now=office.now)
    flash(f"“{row.name}” is removed.")
    return redirect(url_for(".index"), 303)


def _save(reply_id: int | None) -> ResponseReturnValue:
    form, known = request.form, None
    try:
        with at_office() as office:
            known = _own(office, reply_id) if reply_id is not None else None
            saved_replies.save_reply(
                office.session,
                known=known,
                name=form.get("name", ""),
                body=form.get("body", ""),
                by=office.by,
                now=office.now,
            )
    except FormError as error:
        return _page(known, form, error.errors), 422
    flash("Saved.")
    return redirect(url_for(".index"), 303)


def _own(office: Office, reply_id: int) -> SavedReply:
    return found(find_saved_reply(office.session, clinic_id=office.clinic.id, reply_id=reply_id))


def _page(
    row: SavedReply | None = None,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    with look_around() as office:
        rows = list_saved_replies(office.session, office.clinic.id)
    return render_template(
        "saved_replies.html",
        page="settings",
        section="saved_replies",
        rows=rows,
        row=row,
        typed=typed or {},
        errors=errors or {},
        fields=[field for name, field in FIELDS.items() if not name.startswith("alert_")],
    )
