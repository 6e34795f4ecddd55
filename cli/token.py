"""`token`: what other systems show at the JSON API. The secret is printed once and stored nowhere."""

from access.tokens import NewToken, Scope, make_token, revoke_token
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
from cli.desk import Desk, zone_of
from cli.mistake import Mistake
from cli.printing import print_rows
from cli.records import ACTOR
from clinic_time.written_moment import iso
from clock import machine_now, now
from models.api_token import find_token, list_tokens

SYSTEM = one_line(60)


def describe(parser: Parser) -> None:
    """token add | list | revoke."""
    acts = add_acts(parser)
    add = add_act(acts, "add", "let another system in; prints its secret once", add_one)
    add_clinic(add)
    add.add_argument("--name", required=True, type=SYSTEM, help="which system it is for")
    add.add_argument(
        "--scope",
        choices=[Scope.READ.value, Scope.WRITE.value],
        default=Scope.READ.value,
        help="read (default), or write: enrol clients, report treatments, hold reminders, take alerts",
    )
    add.add_argument(
        "--texts", action="store_true", help="it may also read what clients and the clinic wrote"
    )
    add_list_options(add_act(acts, "list", "the tokens, with their last use; no secrets", list_all))
    revoke = add_act(acts, "revoke", "end one at once", revoke_one)
    add_clinic(revoke)
    revoke.add_argument("token", metavar="ID", type=whole_number, help="see: app.py token list")


def add_one(desk: Desk, options: Options) -> None:
    """Make one token."""
    new = NewToken(options.name, Scope(options.scope), reads_texts=options.texts)
    with desk.writing(options) as (session, clinic):
        machine, moment = machine_now(session), now(session)
        token, secret = make_token(session, clinic.id, new, by=ACTOR, machine=machine, now=moment)
    print(f"Token {token.id} of {clinic.name} for {token.name}. This is shown once; keep it like a password:")
    print(secret)


def list_all(desk: Desk, options: Options) -> None:
    """Print every token."""
    with desk.reading(options) as (session, clinic):
        zone = zone_of(clinic)
        rows = [
            {
                "id": token.id,
                "name": token.name,
                "scope": token.scope,
                "texts": token.reads_texts,
                "created_at": iso(token.created_at, zone),
                "last_used_at": iso(token.last_used_at, zone),
                "revoked_at": iso(token.revoked_at, zone),
            }
            for token in list_tokens(session, clinic_id=clinic.id)
        ]
    print_rows(rows, as_json=options.json, nothing="no tokens yet; make one with: app.py token add")


def revoke_one(desk: Desk, options: Options) -> None:
    """End one token."""
    with desk.writing(options) as (session, clinic):
        token = find_token(session, options.token, clinic_id=clinic.id)
        if token is None:
            raise Mistake(f"there is no token {options.token}; see: app.py token list")
        ended = revoke_token(session, token, by=ACTOR, machine=machine_now(session), now=now(session))
    print(
        f"Token {token.id} ({token.name}) is revoked." if ended else f"Token {token.id} was revoked before."
    )
