"""`review`: texts held because nobody knows whether they arrived. A person decides."""

from cli.arguments import Options, Parser, add_act, add_acts, add_list_options
from cli.desk import Desk, zone_of
from cli.printing import print_rows
from clinic_time.written_moment import iso
from desk.listed_rows import note_of
from models.listings import list_held_sends, names_on


def describe(parser: Parser) -> None:
    """review list."""
    add_list_options(add_act(add_acts(parser), "list", "held texts, the longest held first", list_held))


def list_held(desk: Desk, options: Options) -> None:
    """Print what is held."""
    with desk.reading(options) as (session, clinic):
        names = names_on(session, clinic_id=clinic.id)
        rows = [
            {
                "id": text.id,
                "phone": text.their_number,
                "name": names.get(text.conversation_id or 0),
                "kind": text.kind,
                "reason": note_of(text) or "it is not known whether the carrier has it",
                "since": iso(text.status_at or text.created_at, zone_of(clinic)),
            }
            for text in list_held_sends(session, clinic_id=clinic.id)
        ]
    print_rows(rows, as_json=options.json, nothing="nothing is held")
