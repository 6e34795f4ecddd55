"""Planned texts of the whole clinic: what leaves next, what is held, what was not sent and why."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from access.roles import Permission
from dashboard.client_card import StepLine, step_line
from dashboard.client_desk import Desk, changing, reading
from dashboard.guard import needs
from dashboard.shell import local_day
from models.client_file import messages_by_id
from models.installation import find_installation
from models.reminder import Reminder
from models.reminder_list import (
    ListedStep,
    count_held,
    find_step_of_clinic,
    steps_ahead,
    steps_held,
    steps_not_sent,
    steps_sent,
)
from outbox.brake import release_hold
from scheduler import reminders as use_case
from scheduler.reminders import ReminderClosed
from web.edge import deployment, found

blueprint = Blueprint("reminders", __name__, url_prefix="/reminders")
PER_PAGE = 60
LOOK_BACK = timedelta(days=30)
SHOWN = {"next": "Leaving next", "held": "Held", "not_sent": "Not sent", "sent": "Sent"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the page."""

    listed: ListedStep
    line: StepLine


@dataclass(frozen=True, slots=True)
class Day:
    """The rows of one day, in the clinic's zone."""

    title: str
    rows: tuple[Row, ...]


@blueprint.get("")
@needs(Permission.READ)
def index() -> ResponseReturnValue:
    """One of the four lists, by day."""
    shown = request.args.get("show", "next")
    shown = shown if shown in SHOWN else "next"
    first = max(request.args.get("from", 0, type=int), 0)
    with reading() as desk:
        listed = _list(desk, shown, first)
        days = _by_day(desk, shown, _rows(desk, listed[:PER_PAGE]))
        held = count_held(desk.session, clinic_id=desk.clinic.id)
        us = find_installation(desk.session)
    more = first + PER_PAGE if shown == "next" and len(listed) > PER_PAGE else None
    return render_template(
        "reminders.html", shown=shown, tabs=SHOWN, days=days, held=held, us=us, next_from=more
    )


@blueprint.post("/release")
@needs(Permission.REPLY)
def release_all() -> ResponseReturnValue:
    """Let go what the brake holds."""
    with changing() as desk:
        released = release_hold(desk.session, clinic_id=desk.clinic.id, by=desk.actor, now=desk.now)
    deployment().wake.set()
    flash("Released: what is due leaves now." if released else "Nothing was held.", "")
    return redirect(url_for("reminders.index"), 303)


@blueprint.post("/<int:reminder_id>/hold")
@needs(Permission.REPLY)
def hold(reminder_id: int) -> ResponseReturnValue:
    """Keep one step back."""

    def change(desk: Desk) -> Reminder:
        return use_case.hold(desk.session, reminder_id, by=desk.by.name, actor=desk.actor, now=desk.now)

    return _change(reminder_id, change, "Held until somebody releases it.")


@blueprint.post("/<int:reminder_id>/release")
@needs(Permission.REPLY)
def release(reminder_id: int) -> ResponseReturnValue:
    """Let one held step go."""

    def change(desk: Desk) -> Reminder:
        rules = deployment().pack.plan
        return use_case.release(desk.session, reminder_id, actor=desk.actor, rules=rules, now=desk.now)

    return _change(reminder_id, change, "Released and planned anew.")


@blueprint.post("/<int:reminder_id>/cancel")
@needs(Permission.REPLY)
def cancel(reminder_id: int) -> ResponseReturnValue:
    """Cancel one step for good."""

    def change(desk: Desk) -> Reminder:
        return use_case.cancel(desk.session, reminder_id, by=desk.by.name, actor=desk.actor, now=desk.now)

    return _change(reminder_id, change, "Cancelled: it will not be sent.")


def _change(reminder_id: int, change: Callable[[Desk], Reminder], done: str) -> ResponseReturnValue:
    with changing() as desk:
        step = found(find_step_of_clinic(desk.session, reminder_id, clinic_id=desk.clinic.id))
        try:
            change(desk)
        except ReminderClosed:
            done = "It has left, or was closed, meanwhile: nothing was changed."
    deployment().wake.set()
    flash(done, "")
    if request.form.get("back") == "client":
        return redirect(url_for("clients.show", client_id=step.client_id, _anchor="texts"), 303)
    return redirect(url_for("reminders.index", show=request.form.get("show")), 303)


def _list(desk: Desk, shown: str, first: int) -> list[ListedStep]:
    session, clinic_id, since = desk.session, desk.clinic.id, desk.now - LOOK_BACK
    if shown == "held":
        return steps_held(session, clinic_id=clinic_id, limit=PER_PAGE)
    if shown == "not_sent":
        return steps_not_sent(session, clinic_id=clinic_id, since=since, limit=PER_PAGE)
    if shown == "sent":
        return steps_sent(session, clinic_id=clinic_id, since=since, limit=PER_PAGE)
    return steps_ahead(session, clinic_id=clinic_id, limit=PER_PAGE + 1, offset=first)


def _rows(desk: Desk, listed: list[ListedStep]) -> list[Row]:
    ids = [row.step.message_id for row in listed if row.step.message_id is not None]
    texts = messages_by_id(desk.session, ids)
    return [Row(row, step_line(row.step, texts.get(row.step.message_id or 0))) for row in listed]


def _by_day(desk: Desk, shown: str, rows: list[Row]) -> list[Day]:
    """Grouped by the day it leaves; what is closed by the day it was closed."""
    is_closed, days = shown in ("not_sent", "sent"), dict[str, list[Row]]()
    for row in rows:
        step = row.listed.step
        moment = step.closed_at if is_closed and step.closed_at is not None else step.due_at
        days.setdefault(local_day(moment, desk.clinic, desk.now), []).append(row)
    return [Day(title, tuple(found)) for title, found in days.items()]
