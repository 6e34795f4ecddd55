"""What is done to one text of a conversation: take it back, settle it, send it again. Decided in desk/replies.py."""

from flask import Blueprint, abort, flash, request
from flask.typing import ResponseReturnValue

from access.roles import Permission
from dashboard.guard import needs
from dashboard.thread_desk import at_desk, back_to_thread, own_message
from dashboard.wording import refusal_note
from desk.replies import (
    ReplyError,
    Settled,
    send_failed_again,
    settle_failure,
    settle_review,
    undo_reply,
)
from desk.threads import ThreadError, say_whom_about
from web.edge import deployment

blueprint = Blueprint("thread_texts", __name__, url_prefix="/threads/<int:thread_id>/texts/<int:message_id>")


@blueprint.post("/undo")
@needs(Permission.REPLY)
def undo(thread_id: int, message_id: int) -> ResponseReturnValue:
    """Take a reply back within its ten seconds."""
    with at_desk(thread_id) as desk:
        taken_back = undo_reply(desk.session, own_message(desk, message_id), desk.by, desk.now)
    flash("Taken back. Your words are in the box again." if taken_back else "Too late: it has left.", "")
    return back_to_thread(thread_id)


@blueprint.post("/settle")
@needs(Permission.REPLY)
def settle(thread_id: int, message_id: int) -> ResponseReturnValue:
    """Decide on a held send: it was sent, or send it again."""
    wanted = request.form.get("choice", "")
    if wanted not in set(Settled):
        abort(400)
    with at_desk(thread_id) as desk:
        settle_review(desk.session, own_message(desk, message_id), desk.by, Settled(wanted), desk.now)
    deployment().wake.set()
    return back_to_thread(thread_id)


@blueprint.post("/again")
@needs(Permission.REPLY)
def send_again(thread_id: int, message_id: int) -> ResponseReturnValue:
    """A reply that did not arrive, once more."""
    try:
        with at_desk(thread_id) as desk:
            copy = send_failed_again(desk.session, own_message(desk, message_id), desk.by, desk.now)
            refused = refusal_note(copy) if copy.state == "refused" else None
    except ReplyError as error:
        refused = str(error)
    deployment().wake.set()
    flash(f"Not sent: {refused}" if refused else "It is on its way again.", "warn" if refused else "")
    return back_to_thread(thread_id)


@blueprint.post("/seen")
@needs(Permission.REPLY)
def failure_seen(thread_id: int, message_id: int) -> ResponseReturnValue:
    """Somebody dealt with a text that did not arrive."""
    with at_desk(thread_id) as desk:
        settle_failure(own_message(desk, message_id), desk.now)
    flash("Off the list of texts that were not delivered.")
    return back_to_thread(thread_id)


@blueprint.post("/about")
@needs(Permission.REPLY)
def about(thread_id: int, message_id: int) -> ResponseReturnValue:
    """Whom of several on one phone a text is about."""
    client_id = request.form.get("client", type=int)
    try:
        with at_desk(thread_id) as desk:
            message = own_message(desk, message_id)
            say_whom_about(desk.session, desk.thread, message, client_id, desk.by, desk.now)
    except ThreadError as error:
        flash(str(error), "warn")
    return back_to_thread(thread_id)
