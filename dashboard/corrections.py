"""That answer was wrong: what the bot did with a text, and what it should have done. Decided in desk/corrections.py."""

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from access.roles import Permission
from dashboard.guard import needs
from dashboard.office import Office, at_office, look_around
from dashboard.reads import note_read
from desk.corrections import ACTIONS, Wanted, answer_topics, correct
from desk.forms import FormError
from models.conversation import Conversation
from models.desk_words import corrections_of
from models.message import Message
from models.thread import find_message, staff_names
from web.edge import deployment, found

blueprint = Blueprint("corrections", __name__, url_prefix="/texts/<int:message_id>/correct")
DID = {
    "answer": "answered it",
    "escalate": "put it before a person",
    "emergency": "took it for an emergency",
    "optout": "took it for STOP",
    "optin": "took it for START",
    "help": "answered with help",
    "ack": "took it for a courtesy",
}


@blueprint.get("")
@needs(Permission.REPLY)
def show(message_id: int) -> ResponseReturnValue:
    """What came in, what was done with it and why; and the form."""
    with at_office() as office:
        message = _own_text(office, message_id)
        note_read(
            office.session,
            office.session.get_one(Conversation, message.conversation_id),
            office.by,
            office.now,
        )
    return _page(message_id)


@blueprint.post("")
@needs(Permission.REPLY)
def submit(message_id: int) -> ResponseReturnValue:
    """Keep the correction, and teach the phrase where nothing breaks."""
    here = deployment()
    try:
        with at_office() as office:
            message = _own_text(office, message_id)
            correct(
                office.session,
                office.clinic,
                message,
                _typed(),
                pack=here.pack,
                vocabulary=here.vocabulary,
                may_add_phrase=current_user.may(Permission.EDIT_WORDS),
                by=office.by,
                now=office.now,
            )
    except FormError as error:
        return _page(message_id, error.errors), 422
    flash("Thank you. This is kept, and nothing taught later may break it.")
    return redirect(url_for("thread.show", thread_id=message.conversation_id), 303)


def _typed() -> Wanted:
    form = request.form
    topics = tuple(form.getlist("topics")) if form.get("action") == "topics" else ()
    return Wanted(form.get("action", ""), topics, form.get("phrase", ""))


def _own_text(office: Office, message_id: int) -> Message:
    message = found(find_message(office.session, clinic_id=office.clinic.id, message_id=message_id))
    if message.direction != "inbound" or message.conversation_id is None:
        abort(404)
    return message


def _page(message_id: int, errors: Mapping[str, str] | None = None) -> str:
    with look_around() as office:
        message = _own_text(office, message_id)
        return render_template(
            "correction.html",
            page="inbox",
            message=message,
            did=DID.get(str(message.reason.get("action")), "kept it for a person"),
            actions=ACTIONS,
            topics=answer_topics(deployment().pack),
            earlier=corrections_of(office.session, message_id),
            names=staff_names(office.session, office.clinic.id),
            typed=_typed(),
            errors=errors or {},
        )
