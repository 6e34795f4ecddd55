"""`inbox`: what waits for a person, most urgent first."""

from cli.arguments import Options, Parser, add_act, add_acts, add_list_options
from cli.desk import Desk, zone_of
from cli.moments import iso
from cli.printing import print_rows
from models.conversation import list_waiting
from models.listings import names_on


def describe(parser: Parser) -> None:
    """inbox list."""
    add_list_options(add_act(add_acts(parser), "list", "conversations that wait for a person", list_inbox))


def list_inbox(desk: Desk, options: Options) -> None:
    """Print what waits."""
    with desk.database.read() as session:
        clinic = desk.clinic(session, options.clinic)
        names = names_on(session, clinic_id=clinic.id)
        rows = [
            {
                "phone": row.number,
                "name": names.get(row.id),
                "urgency": row.waiting_urgency or "normal",
                "reason": row.waiting_reason,
                "since": iso(row.waiting_since, zone_of(clinic)),
            }
            for row in list_waiting(session, clinic_id=clinic.id)
        ]
    print_rows(rows, as_json=options.json, nothing="nobody waits")
