"""`client`: people who were, or will be, treated, and what they agreed to."""

import argparse

from sqlalchemy.orm import Session

from cli.arguments import NAME, NOTE, Options, Parser, add_act, add_acts, add_clinic, add_list_options
from cli.desk import Desk
from cli.mistake import Mistake
from cli.moments import parse_zone
from cli.printing import print_rows
from cli.records import ACTOR
from clock import now
from desk.listed_rows import SCOPES, Row, client_row
from messages.clinic_edits import load_edits
from models.client import Client, clients_of, list_clients
from models.clinic import Clinic
from models.consent_event import consent_state
from models.conversation import Conversation, find_conversation
from phone import last_four, parse_phone
from scheduler.enrolment import NewClient, enrol

LANGUAGES = ("en", "es")


def describe(parser: Parser) -> None:
    """client add | list."""
    acts = add_acts(parser)
    add = add_act(acts, "add", "enter a person and what they agreed to", add_client)
    add_clinic(add)
    add.add_argument("--name", required=True, type=NAME)
    add.add_argument("--phone", required=True, help="such as 573-555-0142 or +15735550142")
    add.add_argument(
        "--consent",
        required=True,
        help="care (aftercare texts), care,promo (also reminders to come again) or none",
    )
    add.add_argument("--how", default="in person", type=NOTE, help="how they agreed (default: in person)")
    add.add_argument(
        "--timezone", help="where they live, if not in the clinic's zone, such as America/Denver"
    )
    add.add_argument("--language", choices=LANGUAGES, default="en")
    add_list_options(add_act(acts, "list", "clients by name", list_everyone))


def add_client(desk: Desk, options: Options) -> None:
    """Enter one client; the first consent to care is confirmed by text."""
    scopes = read_consent(options.consent)
    who = NewClient(
        name=options.name,
        number=parse_phone(options.phone),
        care="care" in scopes,
        promo="promo" in scopes,
        how=options.how,
        by=ACTOR,
        timezone=parse_zone(options.timezone) if options.timezone else None,
        language=options.language,
    )
    with desk.writing(options) as (session, clinic):
        client = _enter(desk, session, clinic, who)
        state = consent_state(session, client.conversation_id)
    print(
        f"{client.name} is client {client.id} ({who.number}); agreed to: {', '.join(scopes) or 'nothing yet'}."
    )
    if state.is_stopped:
        print("This number has texted STOP. It gets no text until START comes from it.")


def _enter(desk: Desk, session: Session, clinic: Clinic, who: NewClient) -> Client:
    edits = load_edits(session, clinic.id, all_approved=desk.is_simulated)
    key = desk.settings.opt_out_key
    return enrol(session, clinic, who, pack=desk.pack, now=now(session), opt_out_key=key, edits=edits)


def read_consent(text: str) -> tuple[str, ...]:
    """The scopes agreed to. Raises Mistake."""
    words = tuple(word.strip() for word in text.lower().split(",") if word.strip())
    if words == ("none",):
        return ()
    if not words or not set(words) <= set(SCOPES) or "care" not in words:
        raise Mistake(f"--consent {text!r} is not understood; write care, care,promo or none")
    return tuple(scope for scope in SCOPES if scope in words)


def list_everyone(desk: Desk, options: Options) -> None:
    """Print every client with number and consents."""
    with desk.reading(options) as (session, clinic):
        rows = [_row(session, clinic, client) for client in list_clients(session, clinic_id=clinic.id)]
    print_rows(rows, as_json=options.json, nothing="no clients yet; add one with: app.py client add")


def _row(session: Session, clinic: Clinic, client: Client) -> Row:
    conversation = session.get_one(Conversation, client.conversation_id)
    return client_row(client, conversation, consent_state(session, conversation.id), clinic)


def add_whose(parser: argparse.ArgumentParser) -> None:
    """Whose it is: `--phone`, and `--client` for a number that several share."""
    parser.add_argument("--phone", required=True, help="the client's number")
    parser.add_argument("--client", metavar="NAME", help="which client, where several share the number")


def find_by_phone(session: Session, clinic: Clinic, phone: str, name: str | None) -> Client:
    """The client on this number; `name` (or id) says which where there are several. Raises Mistake, PhoneError."""
    number = parse_phone(phone)
    conversation = find_conversation(session, clinic_id=clinic.id, number=number)
    clients = clients_of(session, conversation.id) if conversation else []
    if not clients:
        raise Mistake(
            f"nobody is a client on the number ending in {last_four(number)}; enter them: app.py client add"
        )
    meant = [client for client in clients if name is None or name.casefold() in _called(client)]
    if not meant:
        raise Mistake(f"no {name!r} is a client on this number; there is: {_names(clients)}")
    if len(meant) > 1:
        raise Mistake(f"several clients share this number; say which with --client: {_names(meant)}")
    return meant[0]


def _called(client: Client) -> tuple[str, str]:
    return client.name.casefold(), str(client.id)


def _names(clients: list[Client]) -> str:
    return ", ".join(f"{client.name!r} (id {client.id})" for client in clients)
