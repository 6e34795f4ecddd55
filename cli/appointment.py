"""`appointment`: known future visits. One on file keeps the second retreatment text from going out."""

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
from cli.moments import parse_moment, spoken
from cli.printing import print_rows
from cli.records import ACTOR
from clinic_time.written_moment import iso
from clock import now
from models.listings import list_appointments
from scheduler.appointments import add_appointment, cancel_appointment


def describe(parser: Parser) -> None:
    """appointment add | list | cancel."""
    acts = add_acts(parser)
    add = add_act(acts, "add", "enter a future visit", add_one)
    add_clinic(add)
    add_whose(add)
    add.add_argument(
        "--at", required=True, metavar="ISO8601", help="2026-06-02T14:10 (clinic's clock) or with offset"
    )
    add.add_argument("--source", default="the command line", type=one_line(60), help="where it is known from")
    add_list_options(add_act(acts, "list", "future visits that stand", list_all))
    cancel = add_act(acts, "cancel", "take one back", cancel_one)
    add_clinic(cancel)
    cancel.add_argument("appointment", metavar="ID", type=whole_number)


def add_one(desk: Desk, options: Options) -> None:
    """Enter one appointment."""
    rules = desk.pack.plan
    with desk.writing(options) as (session, clinic):
        client = find_by_phone(session, clinic, options.phone, options.client)
        at = parse_moment(options.at, zone_of(clinic))
        row = add_appointment(
            session, client, at=at, source=options.source, actor=ACTOR, rules=rules, now=now(session)
        )
        print(f"Appointment {row.id} of {client.name}: {spoken(row.at, zone_of(clinic))}.")


def cancel_one(desk: Desk, options: Options) -> None:
    """Take one appointment back."""
    rules = desk.pack.plan
    with desk.writing(options) as (session, clinic):
        cancel_appointment(
            session, options.appointment, clinic_id=clinic.id, actor=ACTOR, rules=rules, now=now(session)
        )
    print(f"Appointment {options.appointment} is cancelled.")


def list_all(desk: Desk, options: Options) -> None:
    """Print what lies ahead."""
    with desk.reading(options) as (session, clinic):
        rows = [
            {
                "id": row.id,
                "name": client.name,
                "at": iso(row.at, zone_of(clinic)),
                "source": row.source,
            }
            for row, client in list_appointments(session, clinic_id=clinic.id, after=now(session))
        ]
    print_rows(rows, as_json=options.json, nothing="no appointments lie ahead")
