"""`messages`: every text, in and out, as it was received or sent."""

from zoneinfo import ZoneInfo

from cli.arguments import Options, Parser, add_act, add_acts, add_list_options
from cli.desk import Desk, zone_of
from cli.moments import iso
from cli.printing import Row, print_rows
from models.listings import list_messages
from models.message import Message
from phone import parse_phone

COLUMNS = ("created_at", "phone", "direction", "kind", "status", "body")
# Before the carrier has said a word of its own, ours stands in for it.
WAITING = frozenset({"claimed", "in_flight"})


def describe(parser: Parser) -> None:
    """messages list."""
    act = add_act(add_acts(parser), "list", "every text, oldest first", list_texts)
    add_list_options(act)
    act.add_argument("--phone", help="only texts from and to this number")


def list_texts(desk: Desk, options: Options) -> None:
    """Print every row."""
    number = parse_phone(options.phone) if options.phone else None
    with desk.database.read() as session:
        clinic = desk.clinic(session, options.clinic)
        texts = list_messages(session, clinic_id=clinic.id, their_number=number)
        rows = [message_row(text, zone_of(clinic)) for text in texts]
    print_rows(rows, as_json=options.json, columns=COLUMNS, nothing="no texts yet")


def message_row(text: Message, zone: ZoneInfo) -> Row:
    """One text as it is printed."""
    return {
        "id": text.id,
        "phone": text.their_number,
        "direction": text.direction,
        "body": text.body,
        "status": status_of(text),
        "kind": text.kind,
        "carrier_id": text.carrier_sid,
        "created_at": iso(text.created_at, zone),
        "state": text.state,
        "sent_at": iso(text.sent_at, zone),
        "template_version": text.template_version,
        "error_code": text.error_code,
        "reason": note_of(text),
    }


def status_of(text: Message) -> str:
    """The carrier's word for it; before there is one, queued; where it never got that far, our own word."""
    if text.status:
        return text.status
    return "queued" if text.state in WAITING else text.state


def note_of(text: Message) -> str | None:
    """The plain sentence of its reason."""
    note = text.reason.get("note")
    return str(note) if note else None
