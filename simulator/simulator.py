"""The simulator's page: a phone to text from, and a clock to move. Loopback only, never with a real carrier."""

import ipaddress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

import clock
from carriers.simulated import Picture, SimulatedCarrier
from deployment import Deployment
from models.clinic import Clinic, default_number, list_clinics
from models.simulated_carrier import find_file
from models.simulator_view import phones_of_clients
from phone import PhoneError, parse_phone
from scheduler.enrolment import EnrolmentRefused, NewClient, enrol
from scheduler.visits import NewTreatment, VisitError, add_treatment
from simulator.phone import STEPS, look_at_phone
from simulator.stepping import CannotStep, Walk, settle, step_to, step_to_next
from web.edge import deployment

blueprint = Blueprint(
    "simulator",
    __name__,
    url_prefix="/simulator",
    template_folder="templates",
    static_folder="static",
)

FIRST_PHONE = "+15735550142"
MOST_PICTURES = 10
JUMPS = {
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
    "14d": timedelta(days=14),
    "120d": timedelta(days=120),
}
TRY = (
    "can I do yoga tmrw?",
    "one brow is higher",
    "little bumps, normal?",
    "when will I see results",
    "I can't swallow",
    "STOP",
)


@blueprint.before_request
def refuse_strangers() -> None:
    """This computer only, and only with the simulated carrier."""
    here = deployment()
    if not isinstance(here.carrier, SimulatedCarrier) or not _is_this_computer():
        abort(404)


@blueprint.get("")
def show() -> ResponseReturnValue:
    """The phone, its texts, the clock and the plan."""
    with deployment().database.read() as db:
        clinic = _clinic(db)
        now = clock.now(db)
        context = {
            "clinic": clinic,
            "our_number": default_number(db, clinic.id).number,
            "phone": look_at_phone(db, clinic, _number(), deployment().pack),
            "phones": phones_of_clients(db, clinic_id=clinic.id),
            "now": now,
            "local_now": now.astimezone(ZoneInfo(clinic.timezone)),
            "step_names": STEPS,
            "try_texts": TRY,
        }
    return render_template("simulator.html", **context)


@blueprint.post("/text")
def text() -> ResponseReturnValue:
    """The phone texts the clinic."""
    here, number = deployment(), _number()
    body = request.form.get("body", "")
    pictures = [
        Picture(file.read(), file.mimetype) for file in request.files.getlist("pictures") if file.filename
    ]
    if not body.strip() and not pictures:
        flash("Write a text or pick a picture first.", "warn")
        return _back(number)
    with here.database.read() as db:
        ours = default_number(db, _clinic(db).id).number
    _carrier(here).receive(number, ours, body[:1600], pictures[:MOST_PICTURES])
    here.wake.set()
    _let_it_answer(here)
    return _back(number)


@blueprint.post("/enrol")
def enrol_phone() -> ResponseReturnValue:
    """The phone's owner was treated just now."""
    here, number, name = deployment(), _number(), request.form.get("name", "").strip() or "Ana Demo"
    try:
        with here.database.write() as db:
            clinic, now = _clinic(db), clock.now(db)
            who = NewClient(name=name, number=number, care=True, promo=True, how="in person", by="simulator")
            client = enrol(db, clinic, who, pack=here.pack, now=now, opt_out_key=here.settings.opt_out_key)
            product = request.form.get("product", "Botox")
            new = NewTreatment(injected_at=now, product=product)
            add_treatment(db, client, new, by="simulator", actor="simulator", rules=here.pack.plan, now=now)
    except (EnrolmentRefused, VisitError) as refused:
        flash(f"{str(refused)[:1].upper()}{str(refused)[1:]}.", "warn")
        return _back(number)
    _let_it_answer(here)
    return _back(number)


@blueprint.post("/clock")
def move_clock() -> ResponseReturnValue:
    """Move clinic time: to the next planned text, by a span, or to a picked time."""
    here, number = deployment(), _number()
    try:
        walk = _walk(here)
    except CannotStep as refused:
        flash(str(refused), "warn")
        return _back(number)
    if walk is None:
        flash("Nothing more is planned. Enrol a client, or move the clock by hand.", "warn")
    return _back(number)


@blueprint.get("/pictures/<media_sid>")
def picture(media_sid: str) -> ResponseReturnValue:
    """A picture that was texted from a simulated phone."""
    with deployment().database.read() as db:
        file = find_file(db, media_sid)
    if file is None or not file.content_type.startswith("image/") or "svg" in file.content_type:
        abort(404)
    return Response(file.content, mimetype=file.content_type)


def _walk(here: Deployment) -> Walk | None:
    wanted = request.form.get("to", "next")
    if wanted == "next":
        return step_to_next(here)
    with here.database.read() as db:
        now, zone = clock.now(db), ZoneInfo(_clinic(db).timezone)
    if wanted in JUMPS:
        return step_to(here, now + JUMPS[wanted])
    return step_to(here, _picked_moment(request.form.get("moment", ""), zone))


def _picked_moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
    except ValueError:
        raise CannotStep("Pick a day and a time first.") from None


def _let_it_answer(here: Deployment) -> None:
    """What is due now leaves before the page is shown again; the clock itself does not move."""
    settle(here)


def _number() -> str:
    """The phone in the hand: as asked for, as last used, or the first one."""
    asked = request.values.get("phone") or session.get("simulated_phone") or FIRST_PHONE
    try:
        number = parse_phone(asked)
    except PhoneError:
        flash("That is not a phone number. Numbers of the form (573) 555-0142 work.", "warn")
        number = FIRST_PHONE
    session["simulated_phone"] = number
    return number


def _back(number: str) -> ResponseReturnValue:
    return redirect(url_for("simulator.show", phone=number), 303)


def _clinic(db: Session) -> Clinic:
    return list_clinics(db)[0]


def _carrier(here: Deployment) -> SimulatedCarrier:
    if not isinstance(here.carrier, SimulatedCarrier):
        abort(404)
    return here.carrier


def _is_this_computer() -> bool:
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
