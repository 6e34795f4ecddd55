"""`messages`: every text, in and out, as it was received or sent."""

from cli.arguments import Options, Parser, add_act, add_acts, add_list_options
from cli.desk import Desk, zone_of
from cli.printing import print_rows
from desk.listed_rows import message_row
from models.listings import list_messages
from phone import parse_phone

COLUMNS = ("created_at", "phone", "direction", "kind", "status", "body")


def describe(parser: Parser) -> None:
    """messages list."""
    act = add_act(add_acts(parser), "list", "every text, oldest first", list_texts)
    add_list_options(act)
    act.add_argument("--phone", help="only texts from and to this number")


def list_texts(desk: Desk, options: Options) -> None:
    """Print every row."""
    number = parse_phone(options.phone) if options.phone else None
    with desk.reading(options) as (session, clinic):
        texts = list_messages(session, clinic_id=clinic.id, their_number=number)
        rows = [message_row(text, zone_of(clinic)) for text in texts]
    print_rows(rows, as_json=options.json, columns=COLUMNS, nothing="no texts yet")
