"""`treatment`: what was given when. Entering, correcting or cancelling one plans the client's texts anew."""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from cli.arguments import (
    Options,
    Parser,
    add_act,
    add_acts,
    add_clinic,
    add_list_options,
    one_line,
    whole_number,
)
from cli.client import add_whose, find_by_phone
from cli.desk import Desk, zone_of
from cli.mistake import Mistake
from cli.moments import parse_moment, spoken
from cli.printing import Row, print_rows
from cli.records import ACTOR
from clinic_time.written_moment import iso
from clock import now
from desk.products import PRODUCTS, find_product
from models.client import Client, find_client
from models.clinic import Clinic
from models.listings import list_visits
from models.planning import find_treatment, treatments_of
from models.reminder import Reminder
from scheduler.visits import (
    NewTreatment,
    PlannedVisit,
    add_treatment,
    cancel_treatment,
    correct_treatment,
)

AREAS = one_line(300)
AT = "2026-03-02T14:10 (clinic's clock) or 2026-03-02T14:10-06:00"


def describe(parser: Parser) -> None:
    """treatment add | list | correct | cancel."""
    acts = add_acts(parser)
    add = add_act(acts, "add", "enter a treatment; prints the planned texts", add_one)
    add_clinic(add)
    add_whose(add)
    add.add_argument("--product", required=True, help=", ".join(PRODUCTS))
    add.add_argument("--at", required=True, metavar="ISO8601", help=AT)
    add.add_argument("--areas", type=AREAS)
    add.add_argument(
        "--refines", metavar="ID", type=whole_number, help="the visit that this refinement corrects"
    )
    listing = add_act(acts, "list", "a client's treatments, with their ids", list_all)
    add_list_options(listing)
    add_whose(listing)
    correct = add_act(
        acts, "correct", "set right when it was, or what it was; prints the planned texts", correct_one
    )
    _add_id(correct)
    correct.add_argument("--at", metavar="ISO8601", help=AT)
    correct.add_argument("--product", help=", ".join(PRODUCTS))
    correct.add_argument("--areas", type=AREAS)
    cancel = add_act(acts, "cancel", "take it back, with its texts", cancel_one)
    _add_id(cancel)
    cancel.add_argument("--reason", default="entered by mistake", type=one_line(200))
    for act in (add, correct, cancel):
        act.add_argument("--json", action="store_true", help="one JSON object a planned text")


def _add_id(parser: argparse.ArgumentParser) -> None:
    add_clinic(parser)
    parser.add_argument("treatment", metavar="ID", type=whole_number, help="see: app.py treatment list")


def add_one(desk: Desk, options: Options) -> None:
    """Enter one treatment."""
    product, rules = read_product(options.product), desk.pack.plan
    with desk.writing(options) as (session, clinic):
        client = find_by_phone(session, clinic, options.phone, options.client)
        at = parse_moment(options.at, zone_of(clinic))
        new = NewTreatment(at, product, areas=options.areas or "", refines=options.refines)
        moment = now(session)
        planned = add_treatment(session, client, new, by=ACTOR, actor=ACTOR, rules=rules, now=moment)
        _print(session, clinic, client, planned, moment, as_json=options.json)
        _doubt(planned, at, moment)


def correct_one(desk: Desk, options: Options) -> None:
    """Set one treatment right."""
    if options.at is None and options.product is None and options.areas is None:
        raise Mistake("say what to set right: --at, --product or --areas")
    product = read_product(options.product) if options.product else None
    rules = desk.pack.plan
    with desk.writing(options) as (session, clinic):
        injected_at, client = _standing(session, clinic, options.treatment)
        at = parse_moment(options.at, zone_of(clinic)) if options.at else injected_at
        moment = now(session)
        planned = correct_treatment(
            session,
            options.treatment,
            injected_at=at,
            actor=ACTOR,
            rules=rules,
            now=moment,
            product=product,
            areas=options.areas,
        )
        _print(session, clinic, client, planned, moment, as_json=options.json)
        _doubt(planned, at, moment)


def _doubt(planned: PlannedVisit, at: datetime, moment: datetime) -> None:
    """A date far ahead is taken, for whoever tries the plan out, but most often a slip."""
    ahead = (at - moment).days
    if ahead > 7:
        cure = f"app.py treatment correct {planned.treatment.id} --at"
        print(f"app.py: that is {ahead} days ahead; if it is a slip: {cure}", file=sys.stderr)


def cancel_one(desk: Desk, options: Options) -> None:
    """Take one treatment back."""
    rules = desk.pack.plan
    with desk.writing(options) as (session, clinic):
        _, client = _standing(session, clinic, options.treatment)
        moment = now(session)
        planned = cancel_treatment(
            session, options.treatment, actor=ACTOR, reason=options.reason, rules=rules, now=moment
        )
        _print(session, clinic, client, planned, moment, as_json=options.json)


def list_all(desk: Desk, options: Options) -> None:
    """Print a client's treatments."""
    with desk.reading(options) as (session, clinic):
        client = find_by_phone(session, clinic, options.phone, options.client)
        rows = [
            {
                "id": treatment.id,
                "visit": visit.id,
                "kind": visit.kind,
                "product": treatment.product,
                "areas": treatment.areas,
                "at": iso(treatment.injected_at, zone_of(clinic)),
            }
            for visit in list_visits(session, client_id=client.id)
            for treatment in treatments_of(session, visit.id)
        ]
    print_rows(rows, as_json=options.json, nothing="no treatments yet")


def read_product(text: str) -> str:
    """The product as we write it. Raises Mistake."""
    product = find_product(text)
    if product is None:
        raise Mistake(f"{text!r} is not a product of this plan; write one of: {', '.join(PRODUCTS)}")
    return product


def _standing(session: Session, clinic: Clinic, treatment_id: int) -> tuple[datetime, Client]:
    found = find_treatment(session, treatment_id)
    if found is None or found[1].clinic_id != clinic.id:
        raise Mistake(f"there is no treatment {treatment_id}; see: app.py treatment list --phone PHONE")
    treatment, visit = found
    return treatment.injected_at, find_client(session, visit.client_id)


def _print(
    session: Session,
    clinic: Clinic,
    client: Client,
    planned: PlannedVisit,
    moment: datetime,
    *,
    as_json: bool,
) -> None:
    session.flush()
    zone = ZoneInfo(client.timezone or clinic.timezone)
    if not as_json:
        print(_headline(client, planned, zone, moment))
    print_rows(
        _step_rows(planned.steps, zone, as_json=as_json), as_json=as_json, nothing="No texts are planned."
    )


def _headline(client: Client, planned: PlannedVisit, zone: ZoneInfo, moment: datetime) -> str:
    visit, treatment = planned.visit, planned.treatment
    state = " (cancelled)" if treatment.cancelled_at else ""
    ahead = "; this moment lies ahead" if treatment.injected_at > moment else ""
    when = spoken(treatment.injected_at, zone)
    return (
        f"Treatment {treatment.id}{state} of {client.name}, visit {visit.id}: {when}{ahead}. Planned texts:"
    )


def _step_rows(steps: Sequence[Reminder], zone: ZoneInfo, *, as_json: bool) -> list[Row]:
    return [
        {
            "step": step.step,
            "due_at": iso(step.due_at, zone) if as_json else spoken(step.due_at, zone),
            "status": step.status,
            "reason": step.reason,
        }
        for step in steps
    ]
