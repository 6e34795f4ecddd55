"""Enrol: who was treated, with what, when, and what they agreed to. The plan is shown before anything is saved."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from access.roles import Permission
from dashboard.client_desk import Desk, changing, reading
from dashboard.client_words import sentence, step_name
from dashboard.clients import ZONES
from dashboard.enrol_form import (
    AREAS,
    EnrolForm,
    blank_form,
    chosen_client,
    read_fields,
    read_moment,
    read_number,
    read_visit,
)
from dashboard.guard import needs
from dashboard.shell import local_day, local_time
from desk.clients import WAYS, ClientError
from desk.enrolment import (
    NOBODY,
    PRODUCTS,
    Known,
    PlannedText,
    confirmation_words,
    enter_visit,
    first_to_leave,
    known_on,
    preview_visit,
    rough_plan,
)
from desk.forms import FormError
from models.conversation import Conversation
from models.reminder import Reminder
from models.visit import Visit
from web.edge import deployment

blueprint = Blueprint("enrol", __name__, url_prefix="/enrol")
LATE = timedelta(hours=2)  # RULES: entered within two hours, the first text may leave at once


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One line of the preview: what it says, when (clinic's zone, in words), or why it will not be sent."""

    name: str
    at: datetime
    is_sent: bool
    why: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What the form would do. `late`: how long ago the visit was, in words; `problem`: why it cannot be entered."""

    lines: tuple[PlanLine, ...]
    known: Known
    client_id: int | None
    refinable: tuple[Visit, ...]
    late: str | None
    problem: str | None
    may_text: bool
    confirmation: str


@blueprint.get("")
@needs(Permission.REPLY)
def show() -> ResponseReturnValue:
    """The form; `client` or `phone` fill it for somebody known."""
    with reading() as desk:
        form = _prefilled(desk)
    return _page(form, {})


@blueprint.post("/preview")
@needs(Permission.REPLY)
def preview() -> ResponseReturnValue:
    """The same page with the plan of what is typed so far; nothing is saved."""
    return _page(read_fields(request.form), {})


@blueprint.post("/plan")
@needs(Permission.REPLY)
def plan() -> ResponseReturnValue:
    """The plan alone, for a page that refreshes while one types."""
    form = read_fields(request.form)
    with changing() as desk:
        found = _preview(desk, form)
    return render_template("_enrol_plan.html", form=form, preview=found, errors={})


@blueprint.post("")
@needs(Permission.REPLY)
def save() -> ResponseReturnValue:
    """Enter the visit and go to the client's page."""
    form = read_fields(request.form)
    try:
        with changing() as desk:
            known = _known(desk, form)
            result = read_visit(form, known, country=desk.clinic.country, now=desk.now, zone=desk.zone)
            if result.visit is None:
                raise FormError(result.errors)
            words = desk.wording()
            client, steps = enter_visit(
                desk.session, desk.clinic, result.visit, desk.by, wording=words, now=desk.now
            )
            said = _done(desk, steps, known, form)
    except FormError as error:
        return _page(form, error.errors), 422
    except ClientError as error:
        return _page(form, {"save": str(error)}), 422
    deployment().wake.set()
    flash(f"{client.name} is entered. {said}", "")
    return redirect(url_for("clients.show", client_id=client.id), 303)


def _done(desk: Desk, steps: tuple[Reminder, ...], known: Known, form: EnrolForm) -> str:
    """What happens next, in a sentence."""
    if known.is_stopped:
        return "This number opted out: nothing is sent until START comes from it."
    if not (form.care or known.has_care):
        return "Nothing is sent: they have not agreed to texts."
    first = first_to_leave(steps)
    if first is None:
        return "No text is left to send for this visit."
    if first.due_at <= desk.now:
        return "The first text leaves now."
    day = local_day(first.due_at, desk.clinic, desk.now)
    return f"The first text leaves {day}, {local_time(first.due_at, desk.clinic)}."


def _prefilled(desk: Desk) -> EnrolForm:
    form = blank_form(desk.now, desk.zone)
    client_id = request.args.get("client", type=int)
    if client_id is None:
        return replace(form, phone=request.args.get("phone", "")[:40])
    client = desk.client(client_id)
    number = desk.session.get_one(Conversation, client.conversation_id).number
    return replace(form, name=client.name, phone=number, language=client.language, who=str(client.id))


def _page(form: EnrolForm, errors: dict[str, str]) -> str:
    with changing() as desk:
        found = _preview(desk, form)
    return render_template(
        "enrol.html",
        form=form,
        errors=errors,
        preview=found,
        products=PRODUCTS,
        areas=AREAS,
        ways=WAYS,
        zones=ZONES,
    )


def _preview(desk: Desk, form: EnrolForm) -> Preview:
    """The plan in local times: exactly what saving would do where the form is whole, else the plan of such a visit."""
    moment = read_moment(form, desk.now, desk.zone)
    lines, problem = _planned(desk, form, _known(desk, form), moment)
    known = _known(desk, form)  # read anew: the trial was taken back, and its rows with it
    client_id = chosen_client(form, known)
    return Preview(
        lines=tuple(_line(one) for one in lines),
        known=known,
        client_id=client_id,
        refinable=known.recent_visits.get(client_id or 0, ()),
        late=_ago(desk.now - moment) if moment is not None and desk.now - moment > LATE else None,
        problem=problem,
        may_text=(form.care or known.has_care) and not known.is_stopped,
        confirmation=confirmation_words(
            desk.session, desk.clinic, language=form.language, wording=desk.wording(), now=desk.now
        ),
    )


def _planned(
    desk: Desk, form: EnrolForm, known: Known, moment: datetime | None
) -> tuple[tuple[PlannedText, ...], str | None]:
    result = read_visit(form, known, country=desk.clinic.country, now=desk.now, zone=desk.zone)
    if result.visit is not None:
        try:
            visit, words = result.visit, desk.wording()
            return preview_visit(desk.session, desk.clinic, visit, desk.by, wording=words, now=desk.now), None
        except ClientError as error:
            return (), str(error)
    if moment is None:
        return (), None
    promo, rules = form.promo or known.has_promo, deployment().pack.plan
    return rough_plan(desk.clinic, injected_at=moment, promo=promo, rules=rules, now=desk.now), None


def _line(planned: PlannedText) -> PlanLine:
    return PlanLine(step_name(planned.step), planned.at, planned.is_sent, sentence(planned.reason))


def _known(desk: Desk, form: EnrolForm) -> Known:
    number = read_number(form, desk.clinic.country)
    if number is None:
        return NOBODY
    key = deployment().settings.opt_out_key
    return known_on(desk.session, desk.clinic, number, key=key, now=desk.now)


def _ago(span: timedelta) -> str:
    if span >= timedelta(days=2):
        return f"{span.days} days ago"
    return f"{int(span.total_seconds() // 3600)} hours ago"
