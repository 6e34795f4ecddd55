"""`staff`: people who work at the clinic. The password comes from standard input, never from the command line."""

import sys

from access.passwords import WeakPassword, check_strength, hash_password
from access.roles import Role
from cli.arguments import NAME, Options, Parser, add_act, add_acts, add_clinic, add_list_options
from cli.desk import Desk
from cli.mistake import Mistake
from cli.printing import print_rows
from cli.records import record
from clock import now
from desk import staff_accounts
from models.staff import Staff, find_staff_by_email, list_staff
from phone import parse_phone

ROLES = tuple(role.value for role in Role)


def describe(parser: Parser) -> None:
    """staff add | list."""
    acts = add_acts(parser)
    add = add_act(acts, "add", "enter a person who may sign in", add_person)
    add_clinic(add)
    add.add_argument("--email", required=True, help="what they sign in with")
    add.add_argument("--name", required=True, type=NAME)
    add.add_argument("--role", required=True, choices=ROLES)
    add.add_argument("--phone", help="their phone: it may acknowledge alerts and enrol clients by text")
    add.add_argument(
        "--password-stdin", required=True, action="store_true", help="read the password from standard input"
    )
    add_list_options(add_act(acts, "list", "who may sign in", list_people))


def add_person(desk: Desk, options: Options) -> None:
    """Enter one person."""
    email = read_email(options.email)
    phone = parse_phone(options.phone) if options.phone else None
    password = read_password()
    with desk.writing(options) as (session, clinic):
        if find_staff_by_email(session, email) is not None:
            raise Mistake(f"{email} is entered already; each person has one address")
        check_password(password, (email, options.name, clinic.name))
        person = Staff(
            clinic_id=clinic.id,
            email=email,
            name=options.name,
            role=options.role,
            phone=phone,
            password_hash=hash_password(password),
            created_at=now(session),
        )
        session.add(person)
        session.flush()
        record(session, "staff_added", clinic_id=clinic.id, kind="staff", id=person.id, note=options.role)
    print(f"{options.name} may sign in as {email} ({options.role}).")


def list_people(desk: Desk, options: Options) -> None:
    """Everyone, with role; no secrets."""
    with desk.reading(options) as (session, clinic):
        rows = [
            {
                "name": person.name,
                "email": person.email,
                "role": person.role,
                "phone": person.phone,
                "active": person.disabled_at is None,
            }
            for person in list_staff(session, clinic.id)
        ]
    print_rows(rows, as_json=options.json, nothing="nobody yet; add one with: app.py staff add")


def check_password(password: str, not_like: tuple[str, ...]) -> None:
    """Raises Mistake for a password that would be guessed."""
    try:
        check_strength(password, not_like=not_like)
    except WeakPassword as error:
        raise Mistake(f"that password cannot be used: {error}") from None


def read_email(text: str) -> str:
    """An address in small letters. Raises Mistake."""
    try:
        return staff_accounts.read_email(text)
    except ValueError:
        raise Mistake(f"{text!r} is not an e-mail address; write one such as ana@example.com") from None


def read_password() -> str:
    """The first line of standard input. Raises Mistake where there is none."""
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise Mistake(
            "no password came in; pipe it in: printf '%s' \"$PASSWORD\" | app.py staff add ... --password-stdin"
        )
    return password
