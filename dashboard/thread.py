"""One conversation: read it, reply, note, hand over, snooze, close. The decisions are in desk/."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

import clock
from access.roles import Permission
from dashboard.fragments import fragment_mark, fragment_or_unchanged
from dashboard.guard import act_only_with, needs
from dashboard.inbox import inbox_context
from dashboard.reads import note_read
from dashboard.thread_desk import Desk, at_desk, back_to_thread, own_clinic, own_thread
from dashboard.thread_view import gather_thread
from desk import threads
from desk.photos import attached_photos
from desk.replies import Reply, ReplyError, save_draft, send_reply
from desk.suggestions import Suggestion, suggest_answers
from models.clinic import Clinic
from models.conversation import Conversation
from models.installation import machine_now
from models.staff import Staff
from web.edge import deployment

blueprint = Blueprint("thread", __name__, url_prefix="/threads/<int:thread_id>")


@blueprint.get("")
@needs(Permission.READ)
def show(thread_id: int) -> ResponseReturnValue:
    """The three panes with this thread open."""
    with at_desk(thread_id) as desk:
        threads.mark_read(desk.thread)
        threads.note_presence(
            desk.session, desk.thread, desk.by, typing=False, machine=machine_now(desk.session)
        )
        note_read(desk.session, desk.thread, desk.by, desk.now)
        before_id = request.args.get("before", type=int)
        view = gather_thread(desk.session, own_clinic(desk.session), desk.thread, before_id=before_id)
        suggestions = _suggestions(desk.session, desk.thread, desk.now)
    context = {**inbox_context(thread_id), "view": view, "suggestions": suggestions}
    return render_template(
        "thread.html", **context, form_token=secrets.token_urlsafe(12), error=None, body=view.draft
    )


@blueprint.get("/texts")
@needs(Permission.READ)
def texts(thread_id: int) -> ResponseReturnValue:
    """The bubbles alone, for a page that refreshes; 204 where nothing changed."""
    with deployment().database.read() as session:
        view = gather_thread(session, own_clinic(session), own_thread(session, thread_id))
        now = clock.now(session)
    return fragment_or_unchanged(render_template("_texts.html", view=view, now=now))


@blueprint.post("/presence")
@needs(Permission.READ)
@act_only_with("body")
def presence(thread_id: int) -> ResponseReturnValue:
    """I have this open; with `typing` I am writing, and my draft is kept."""
    with at_desk(thread_id) as desk:
        is_typing, machine = request.form.get("typing") == "1", machine_now(desk.session)
        threads.note_presence(desk.session, desk.thread, desk.by, typing=is_typing, machine=machine)
        if "body" in request.form:
            _keep_draft(desk, request.form["body"], is_note=request.form.get("as") == "note")
    return "", 204


@blueprint.post("/reply")
@needs(Permission.REPLY)
def reply(thread_id: int) -> ResponseReturnValue:
    """Send the reply, or save the note, that was written."""
    if request.form.get("as") == "note":
        return _change(thread_id, _add_note)
    try:
        with at_desk(thread_id) as desk:
            message = send_reply(desk.session, desk.thread, desk.by, _written_reply(desk), desk.now)
            refused = str(message.reason.get("note", "")) if message.state == "refused" else None
    except ReplyError as error:
        return _again(thread_id, str(error))
    deployment().wake.set()
    if refused is not None:
        flash(f"Not sent: {refused}", "warn")
    return back_to_thread(thread_id)


@blueprint.post("/assign")
@needs(Permission.REPLY)
def assign(thread_id: int) -> ResponseReturnValue:
    """Take the thread, hand it to a colleague with a note, or leave it to nobody."""
    return _change(thread_id, _hand_over)


@blueprint.post("/snooze")
@needs(Permission.REPLY)
def snooze(thread_id: int) -> ResponseReturnValue:
    """Out of sight until later, tomorrow, the day-14 morning, next week or a picked time."""
    return _change(thread_id, _snooze)


@blueprint.post("/close")
@needs(Permission.REPLY)
def close(thread_id: int) -> ResponseReturnValue:
    """Nothing more to do here."""
    return _change(thread_id, lambda desk: threads.close_thread(desk.session, desk.thread))


@blueprint.post("/reopen")
@needs(Permission.REPLY)
def reopen(thread_id: int) -> ResponseReturnValue:
    """Back among the open ones."""
    return _change(thread_id, lambda desk: threads.reopen_thread(desk.thread))


@blueprint.post("/no-reply-needed")
@needs(Permission.REPLY)
def no_reply_needed(thread_id: int) -> ResponseReturnValue:
    """The client no longer waits, without a reply."""
    return _change(thread_id, lambda desk: threads.settle_without_reply(desk.thread))


@blueprint.post("/pause")
@needs(Permission.REPLY)
def pause(thread_id: int) -> ResponseReturnValue:
    """Stop, or resume, automatic texts to this number."""
    paused = request.form.get("paused") == "1"
    return _change(thread_id, lambda desk: threads.pause(desk.thread, paused=paused, now=desk.now))


@blueprint.post("/dismiss")
@needs(Permission.REPLY)
def dismiss(thread_id: int) -> ResponseReturnValue:
    """An unknown number that is nobody's."""
    return _change(thread_id, lambda desk: threads.dismiss_unknown(desk.thread, desk.now))


def _change(thread_id: int, change: Callable[[Desk], object]) -> ResponseReturnValue:
    try:
        with at_desk(thread_id) as desk:
            change(desk)
    except threads.ThreadError as error:
        flash(str(error), "warn")
    return back_to_thread(thread_id)


def _add_note(desk: Desk) -> None:
    threads.add_note(desk.session, desk.thread, desk.by, body=request.form.get("body", ""), now=desk.now)
    _keep_draft(desk, "")


def _hand_over(desk: Desk) -> None:
    wanted = request.form.get("to", type=int)
    colleague = desk.session.get(Staff, wanted) if wanted else None
    note = request.form.get("note", "")
    threads.assign(desk.session, desk.thread, colleague, desk.by, note=note, now=desk.now)


def _snooze(desk: Desk) -> None:
    zone, wanted = ZoneInfo(own_clinic(desk.session).timezone), request.form.get("for", "")
    if wanted in set(threads.Snooze):
        until = threads.snooze_until(threads.Snooze(wanted), desk.now, zone)
    elif wanted == "check_in":
        day = deployment().pack.plan.refinement_from_day
        morning = threads.check_in_morning(desk.session, desk.thread, day=day, zone=zone, now=desk.now)
        until = morning or desk.now
    else:
        until = _local_moment(request.form.get("until", ""), zone) or desk.now
    threads.snooze(desk.session, desk.thread, until, desk.now)


def _keep_draft(desk: Desk, body: str, *, is_note: bool = False) -> None:
    save_draft(
        desk.session,
        conversation_id=desk.thread.id,
        staff_id=desk.by.id,
        body=body,
        now=desk.now,
        is_note=is_note,
    )


def _written_reply(desk: Desk) -> Reply:
    form = request.form
    chosen = form.getlist("photo_ids", type=int)
    return Reply(
        body=form.get("body", ""),
        form_token=form.get("form_token", ""),
        send_at=_send_at(own_clinic(desk.session)),
        photos=attached_photos(desk.session, desk.thread, desk.by, chosen),
        seen_id=form.get("seen", type=int),
    )


def _again(thread_id: int, error: str) -> ResponseReturnValue:
    """The same page with the words still in the box and what is wrong with them."""
    with deployment().database.read() as session:
        thread = own_thread(session, thread_id)
        view = gather_thread(session, own_clinic(session), thread)
        suggestions = _suggestions(session, thread, clock.now(session))
    context = {**inbox_context(thread_id), "view": view, "suggestions": suggestions}
    token, body = request.form.get("form_token", ""), request.form.get("body", "")
    return render_template("thread.html", **context, form_token=token, error=error, body=body), 422


def _suggestions(session: Session, thread: Conversation, now: datetime) -> tuple[Suggestion, ...]:
    here = deployment()
    return suggest_answers(session, thread, pack=here.pack, vocabulary=here.vocabulary, now=now)


def _send_at(clinic: Clinic) -> datetime | None:
    """When to send: a picked local time, the opening offered with the button, or now."""
    picked = request.form.get("send_at") if request.form.get("when") == "at" else None
    opening = request.form.get("opens_at") if request.form.get("when") == "opening" else None
    opening = request.form.get("clinic_opens_at") if request.form.get("when") == "clinic_opening" else opening
    return _local_moment(picked or opening or "", ZoneInfo(clinic.timezone))


def _local_moment(text: str, zone: ZoneInfo) -> datetime | None:
    """A moment from a form field, in the clinic's zone unless it says otherwise. None where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


blueprint.add_app_template_global(fragment_mark)
