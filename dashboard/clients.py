"""Clients: the list, the page of one, and what staff change there. The decisions are in desk/ and scheduler/."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from access.roles import Permission
from dashboard.client_card import card_of, gather_client
from dashboard.client_desk import Desk, changing, local_moment, reading
from dashboard.client_words import plain_day, step_name
from dashboard.guard import needs
from dashboard.reads import note_read
from dashboard.thread_desk import own_thread
from desk import clients as use_case
from desk.clients import ClientError, ConsentChange, Details
from models.client import Client
from models.client_list import count_clients, search_clients
from models.conversation import Conversation
from phone import written_number
from scheduler.appointments import AppointmentError, add_appointment, cancel_appointment
from web.edge import deployment

blueprint = Blueprint("clients", __name__)
PER_PAGE = 50
ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
)
APPOINTMENT_SOURCES = ("booked here", "client said so", "booking system")


@dataclass(frozen=True, slots=True)
class CardPage:
    """What the card's template asks of a page: the thread."""

    thread: Conversation


@blueprint.get("/clients")
@needs(Permission.READ)
def index() -> ResponseReturnValue:
    """The list, searched by name or number."""
    search, first = request.args.get("q", "").strip()[:100], max(request.args.get("from", 0, type=int), 0)
    with reading() as desk:
        rows = search_clients(
            desk.session, clinic_id=desk.clinic.id, search=search, limit=PER_PAGE + 1, offset=first
        )
        total = count_clients(desk.session, clinic_id=desk.clinic.id)
    more = first + PER_PAGE if len(rows) > PER_PAGE else None
    return render_template("clients.html", rows=rows[:PER_PAGE], search=search, total=total, next_from=more)


@blueprint.get("/clients/<int:client_id>")
@needs(Permission.READ)
def show(client_id: int) -> ResponseReturnValue:
    """The page of one client."""
    with changing() as desk:
        client = desk.client(client_id)
        note_read(desk.session, desk.thread_of(client), desk.by, desk.now)
        view = gather_client(desk.session, desk.clinic, client, desk.now)
    return _page(view)


@blueprint.get("/threads/<int:thread_id>/card")
@needs(Permission.READ)
def of_thread(thread_id: int) -> ResponseReturnValue:
    """The card of a thread as a page of its own, for narrow screens."""
    with reading() as desk:
        thread = own_thread(desk.session, thread_id)
    return render_template("client_of_thread.html", view=CardPage(thread))


@blueprint.post("/clients/<int:client_id>/details")
@needs(Permission.REPLY)
def details(client_id: int) -> ResponseReturnValue:
    """Correct name, language, zone, do-not-promote."""
    form = request.form
    wanted = Details(
        name=form.get("name", ""),
        language=form.get("language", ""),
        timezone=form.get("timezone") or None,
        do_not_promote=form.get("do_not_promote") == "1",
    )

    def change(desk: Desk, client: Client) -> None:
        rules = deployment().pack.plan
        use_case.change_details(desk.session, client, wanted, desk.by, rules=rules, now=desk.now)

    return _change(client_id, "details", change, "Saved. Texts that had not left were planned anew.")


@blueprint.post("/clients/<int:client_id>/consent")
@needs(Permission.REPLY)
def consent(client_id: int) -> ResponseReturnValue:
    """A consent given or taken back."""
    scope, _, given = request.form.get("change", "").partition(":")
    wanted = ConsentChange(scope, is_given=given == "1", how=request.form.get("how", ""))

    def change(desk: Desk, client: Client) -> None:
        words = desk.wording()
        use_case.change_consent(
            desk.session,
            desk.clinic,
            client,
            wanted,
            desk.by,
            pack=words.pack,
            edits=words.edits,
            now=desk.now,
        )

    return _change(client_id, "consent", change, "Written down. Texts that had not left were planned anew.")


@blueprint.post("/clients/<int:client_id>/pause")
@needs(Permission.REPLY)
def pause(client_id: int) -> ResponseReturnValue:
    """Stop, or resume, automatic texts to the number."""
    paused = request.form.get("paused") == "1"

    def change(desk: Desk, client: Client) -> None:
        thread = desk.thread_of(client)
        use_case.pause_texts(desk.session, thread, desk.by, paused=paused, now=desk.now)

    return _change(client_id, "number", change, "Automatic texts are paused." if paused else "Texts resume.")


@blueprint.post("/clients/<int:client_id>/appointments")
@needs(Permission.REPLY)
def add(client_id: int) -> ResponseReturnValue:
    """Remember a future visit."""

    def change(desk: Desk, client: Client) -> None:
        at = local_moment(request.form.get("at", ""), desk.zone)
        source = request.form.get("source", "")
        if at is None or at <= desk.now or source not in APPOINTMENT_SOURCES:
            raise ClientError("Write the day and time of a visit still to come, and where you know it from.")
        rules = deployment().pack.plan
        add_appointment(
            desk.session, client, at=at, source=source, actor=desk.actor, rules=rules, now=desk.now
        )

    return _change(
        client_id, "appointments", change, "Written down. Reminders that it makes needless are closed."
    )


@blueprint.post("/clients/<int:client_id>/appointments/<int:appointment_id>/cancel")
@needs(Permission.REPLY)
def cancel(client_id: int, appointment_id: int) -> ResponseReturnValue:
    """Take an appointment back."""

    def change(desk: Desk, client: Client) -> None:
        rules = deployment().pack.plan
        cancel_appointment(
            desk.session,
            appointment_id,
            clinic_id=client.clinic_id,
            actor=desk.actor,
            rules=rules,
            now=desk.now,
        )

    return _change(client_id, "appointments", change, "Cancelled. Reminders were planned anew.")


def _change(
    client_id: int, section: str, change: Callable[[Desk, Client], None], done: str
) -> ResponseReturnValue:
    """Do it and go back to the page; or the same page with what was typed and what is wrong with it."""
    try:
        with changing() as desk:
            change(desk, desk.client(client_id))
    except (ClientError, AppointmentError) as error:
        with reading() as desk:
            view = gather_client(desk.session, desk.clinic, desk.client(client_id), desk.now)
        return _page(view, errors={section: str(error)}, typed=request.form), 422
    deployment().wake.set()
    flash(done, "")
    return redirect(url_for("clients.show", client_id=client_id, _anchor=section), 303)


def _page(view: object, **more: object) -> str:
    given: dict[str, object] = {"errors": {}, "typed": {}, **more}
    return render_template(
        "client.html",
        view=view,
        zones=ZONES,
        ways=use_case.WAYS,
        sources=APPOINTMENT_SOURCES,
        **given,
    )


blueprint.add_app_template_global(card_of, "client_card")
blueprint.add_app_template_filter(step_name)
blueprint.add_app_template_filter(plain_day)
blueprint.add_app_template_filter(written_number)
