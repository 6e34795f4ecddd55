"""`oncall`: the phones that alerts are texted to, in order."""

from cli.arguments import NAME, Options, Parser, add_act, add_acts, add_clinic, add_list_options, whole_number
from cli.desk import Desk
from cli.mistake import Mistake
from cli.printing import print_rows
from cli.records import record
from desk import on_call
from models.staff import find_on_call, list_on_call
from phone import last_four, parse_phone


def describe(parser: Parser) -> None:
    """oncall add | list | remove."""
    acts = add_acts(parser)
    add = add_act(acts, "add", "enter a phone, at the end of the order or at a position", add_phone)
    add_clinic(add)
    add.add_argument("--name", required=True, type=NAME, help="whose phone it is")
    add.add_argument("--phone", required=True)
    add.add_argument("--position", type=whole_number, help="1 is texted first; the others move down")
    add_list_options(add_act(acts, "list", "the phones in order", list_phones))
    remove = add_act(acts, "remove", "take a phone out", remove_phone)
    add_clinic(remove)
    remove.add_argument("--phone", required=True)


def add_phone(desk: Desk, options: Options) -> None:
    """Enter one phone and put the others in order."""
    with desk.writing(options) as (session, clinic):
        phone = on_call.add_phone(
            session, clinic, name=options.name, phone=options.phone, position=options.position
        )
        record(session, "on_call_added", clinic_id=clinic.id, kind="on_call", id=phone.id)
    print(f"{options.name} is number {phone.position} on call.")


def list_phones(desk: Desk, options: Options) -> None:
    """The phones in the order in which they are texted."""
    with desk.reading(options) as (session, clinic):
        rows = [
            {
                "position": row.position,
                "name": row.name,
                "phone": row.number,
                "note": "texted STOP: may not get alerts" if row.stopped_at else "",
            }
            for row in list_on_call(session, clinic.id)
        ]
    print_rows(rows, as_json=options.json, nothing="nobody is on call; add one with: app.py oncall add")


def remove_phone(desk: Desk, options: Options) -> None:
    """Take one phone out of the order."""
    number = parse_phone(options.phone)
    with desk.writing(options) as (session, clinic):
        phone = find_on_call(session, clinic_id=clinic.id, number=number)
        if phone is None:
            raise Mistake(f"the phone ending in {last_four(number)} is not on call; see: app.py oncall list")
        on_call.remove_phone(session, phone)
        record(session, "on_call_removed", clinic_id=clinic.id, kind="on_call", id=phone.id)
    print(f"{phone.name} is no longer on call.")
