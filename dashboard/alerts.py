"""Alerts: what somebody must look at now, who is on it, how it ended. An alert ends only by a named person."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from access.roles import Permission
from dashboard.client_desk import Desk, changing, reading
from dashboard.client_words import step_name
from dashboard.guard import needs
from dashboard.reads import note_read
from dashboard.wording import Delivery, delivery_of
from desk.alerts import AlertError, end, give, take
from models.alert import Alert, list_open_alerts
from models.alert_list import (
    closed_alerts,
    find_clinic_alert,
    instruction_to,
    lock_clinic_alert,
    names_of_conversations,
    pages_of,
)
from models.conversation import Conversation
from models.installation import machine_now
from models.message import Message
from models.planning import reminders_of_conversation
from models.reminder import Reminder
from models.staff import Staff, list_on_call, list_staff
from web.edge import deployment, found

blueprint = Blueprint("alerts", __name__, url_prefix="/alerts")

KINDS = {
    "red_flag": "Urgent text",
    "self_harm": "Urgent text",
    "urgent_today": "Needs an answer today",
    "urgent_now": "Perhaps an emergency",
    "oncall_stop": "On-call phone",
    "system": "The system",
}


@dataclass(frozen=True, slots=True)
class Page:
    """One text to an on-call phone."""

    to: str
    at: datetime
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class AlertView:
    """One alert's page."""

    alert: Alert
    name: str | None
    text: Message | None
    instruction: Delivery | None
    pages: tuple[Page, ...]
    held: tuple[Reminder, ...]
    colleagues: tuple[Staff, ...]


@blueprint.get("")
@needs(Permission.READ)
def index() -> ResponseReturnValue:
    """Open ones first, then how the last ones ended."""
    with reading() as desk:
        opened = list_open_alerts(desk.session, clinic_id=desk.clinic.id)
        closed = closed_alerts(desk.session, clinic_id=desk.clinic.id)
        ids = [alert.conversation_id for alert in [*opened, *closed] if alert.conversation_id]
        names = names_of_conversations(desk.session, ids)
    return render_template("alerts.html", opened=opened, closed=closed, names=names, kinds=KINDS)


@blueprint.get("/<int:alert_id>")
@needs(Permission.READ)
def show(alert_id: int) -> ResponseReturnValue:
    """One alert and what to do about it."""
    return _page(alert_id)


@blueprint.post("/<int:alert_id>/acknowledge")
@needs(Permission.REPLY)
def acknowledge(alert_id: int) -> ResponseReturnValue:
    """I am on it: no further phone is texted."""
    with changing() as desk:
        alert = _locked(desk, alert_id)
        taken, thread_id = take(desk.session, alert, desk.by, desk.now), alert.conversation_id
        by = alert.acknowledged_by
    flash("You are on it. No further phone is texted." if taken else f"{by or 'Somebody'} has it already.")
    if thread_id is None:
        return redirect(url_for("alerts.show", alert_id=alert_id), 303)
    return redirect(url_for("thread.show", thread_id=thread_id), 303)


@blueprint.post("/<int:alert_id>/hand-over")
@needs(Permission.REPLY)
def hand_over(alert_id: int) -> ResponseReturnValue:
    """Give it to a colleague, with a note."""
    try:
        with changing() as desk:
            wanted = request.form.get("to", type=int)
            to = desk.session.get(Staff, wanted) if wanted else None
            note, machine = request.form.get("note", ""), machine_now(desk.session)
            alert = _locked(desk, alert_id)
            give(desk.session, alert, to, desk.by, note=note, now=desk.now, machine=machine)
    except AlertError as error:
        return _page(alert_id, hand_over_error=str(error)), 422
    flash("Handed over. If nobody takes it within five minutes, on-call phones are texted again.")
    return redirect(url_for("alerts.show", alert_id=alert_id), 303)


@blueprint.post("/<int:alert_id>/close")
@needs(Permission.REPLY)
def close(alert_id: int) -> ResponseReturnValue:
    """Handled: how it ended, and what becomes of the planned texts."""
    form = request.form
    try:
        with changing() as desk:
            alert = _locked(desk, alert_id)
            end(
                desk.session,
                alert,
                desk.by,
                outcome=form.get("outcome", ""),
                choice=form.get("reminders", ""),
                rules=deployment().pack.plan,
                now=desk.now,
            )
            code, thread_id = alert.code, alert.conversation_id
    except AlertError as error:
        return _page(alert_id, close_error=str(error)), 422
    flash(f"Alert {code} is handled.")
    if thread_id is None:
        return redirect(url_for("alerts.index"), 303)
    return redirect(url_for("thread.show", thread_id=thread_id), 303)


def _locked(desk: Desk, alert_id: int) -> Alert:
    return found(lock_clinic_alert(desk.session, clinic_id=desk.clinic.id, alert_id=alert_id))


def _page(alert_id: int, **errors: str) -> str:
    with changing() as desk:
        alert = found(find_clinic_alert(desk.session, clinic_id=desk.clinic.id, alert_id=alert_id))
        if alert.conversation_id is not None:  # the page shows the client's words
            thread = desk.session.get_one(Conversation, alert.conversation_id)
            note_read(desk.session, thread, desk.by, desk.now)
        view = _gather(desk, alert)
    return render_template(
        "alert.html", view=view, kinds=KINDS, step_name=step_name, form=request.form, errors=errors
    )


def _gather(desk: Desk, alert: Alert) -> AlertView:
    session, thread_id = desk.session, alert.conversation_id
    text = session.get(Message, alert.message_id) if alert.message_id else None
    instruction = instruction_to(session, alert.message_id) if alert.message_id else None
    phones = {phone.number: phone.name for phone in list_on_call(session, alert.clinic_id)}
    steps = reminders_of_conversation(session, thread_id) if thread_id else []
    return AlertView(
        alert=alert,
        name=names_of_conversations(session, [thread_id]).get(thread_id) if thread_id else None,
        text=text,
        instruction=delivery_of(instruction) if instruction else None,
        pages=tuple(
            Page(phones.get(page.their_number, "A former on-call phone"), page.created_at, delivery_of(page))
            for page in pages_of(session, alert.id)
        ),
        held=tuple(step for step in steps if step.status in ("planned", "held", "enqueued")),
        colleagues=tuple(
            person
            for person in list_staff(session, alert.clinic_id)
            if person.disabled_at is None and person.id != desk.by.id
        ),
    )
