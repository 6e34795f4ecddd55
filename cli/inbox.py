"""`inbox`: what waits for a person, most urgent first."""

from cli.arguments import Options, Parser, add_act, add_acts, add_list_options
from cli.desk import Desk, zone_of
from cli.printing import print_rows
from desk.listed_rows import waiting_row
from models.conversation import list_waiting
from models.listings import names_on


def describe(parser: Parser) -> None:
    """inbox list."""
    add_list_options(add_act(add_acts(parser), "list", "conversations that wait for a person", list_inbox))


def list_inbox(desk: Desk, options: Options) -> None:
    """Print what waits."""
    with desk.reading(options) as (session, clinic):
        names = names_on(session, clinic_id=clinic.id)
        rows = [
            waiting_row(row, names.get(row.id), zone_of(clinic))
            for row in list_waiting(session, clinic_id=clinic.id)
        ]
    print_rows(rows, as_json=options.json, nothing="nobody waits")
