"""Owners look after who may sign in: add, change a role, disable, hand out a new password.

Never leaves a clinic without an owner, and nobody but its holder ever knows a password.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from access.links import INVITATION_LIVES, make_link, purpose_for
from access.passwords import hash_password
from access.roles import Role
from access.sessions import end_all_sessions
from desk.accounts import forget_second_factor
from desk.forms import FormError, one_line, raise_if_any
from desk.records import record
from models.clinic import Clinic
from models.staff import Staff, find_staff_by_email, list_staff
from models.thread_facts import lock_clinic
from phone import PhoneError, parse_phone

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
LAST_OWNER = "A clinic needs an owner. Make somebody else owner first."


@dataclass(frozen=True, slots=True)
class Person:
    """What is typed in about a person who may sign in."""

    name: str
    email: str
    role: str
    phone: str


def add_person(
    session: Session, clinic: Clinic, typed: Person, *, by: Staff, now: datetime, machine: datetime
) -> tuple[Staff, str]:
    """Enter a person; the token of a link by which they choose their own password. Raises FormError."""
    name, email, phone = _checked(session, clinic, typed, known=None)
    person = Staff(
        clinic_id=clinic.id,
        email=email,
        name=name,
        role=typed.role,
        phone=phone,
        password_hash=unusable_password(),
        created_at=now,
    )
    session.add(person)
    session.flush()
    record(session, by, "staff_added", kind="staff", id=person.id, now=now, note=typed.role)
    return person, make_link(session, purpose_for(person.id), machine, lives=INVITATION_LIVES)


def change_person(
    session: Session,
    clinic: Clinic,
    person: Staff,
    typed: Person,
    *,
    by: Staff,
    now: datetime,
    machine: datetime,
) -> None:
    """Name, address, phone and role. Another role signs them out, so that it counts at once. Raises FormError."""
    lock_clinic(session, clinic.id)
    name, email, phone = _checked(session, clinic, typed, known=person)
    if person.role == Role.OWNER and typed.role != Role.OWNER:
        _refuse_last_owner(session, person, "role")
    if person.role != typed.role:
        record(
            session, by, "staff_role", kind="staff", id=person.id, now=now, note=f"{person.role}>{typed.role}"
        )
        if person.id != by.id:
            end_all_sessions(session, person.id, machine)
    person.name, person.email, person.phone, person.role = name, email, phone, typed.role
    record(session, by, "staff_changed", kind="staff", id=person.id, now=now)


def disable(session: Session, person: Staff, *, by: Staff, now: datetime, machine: datetime) -> None:
    """May not sign in any more; open pages end with the next click. Raises FormError."""
    lock_clinic(session, person.clinic_id)
    _refuse_last_owner(session, person, "disable")
    person.disabled_at = now
    end_all_sessions(session, person.id, machine)
    record(session, by, "staff_disabled", kind="staff", id=person.id, now=now)


def enable(session: Session, person: Staff, *, by: Staff, now: datetime) -> None:
    """May sign in again, with the password from before."""
    person.disabled_at = None
    record(session, by, "staff_enabled", kind="staff", id=person.id, now=now)


def renew_password(
    session: Session, person: Staff, *, lost_phone: bool, by: Staff, now: datetime, machine: datetime
) -> str:
    """The old password stops working; the token of a link to choose a new one. `lost_phone`: also the codes."""
    person.password_hash = unusable_password()
    if lost_phone:
        forget_second_factor(person)
    end_all_sessions(session, person.id, machine)
    note = "second factor removed" if lost_phone else None
    record(session, by, "password_reset", kind="staff", id=person.id, now=now, note=note)
    return make_link(session, purpose_for(person.id), machine, lives=INVITATION_LIVES)


def read_email(text: str) -> str:
    """An address in small letters. Raises ValueError."""
    email = text.strip().lower()
    if len(email) > 254 or not EMAIL.fullmatch(email):
        raise ValueError("Write an e-mail address, such as ana@example.com.")
    return email


def unusable_password() -> str:
    """A real hash of what nobody knows: checking it takes as long as any other."""
    return hash_password(secrets.token_urlsafe(32))


def _checked(
    session: Session, clinic: Clinic, typed: Person, *, known: Staff | None
) -> tuple[str, str, str | None]:
    errors: dict[str, str] = {}
    name, email, phone = "", "", None
    try:
        name = one_line(typed.name, longest=120)
    except ValueError as error:
        errors["name"] = str(error)
    try:
        email = _free_email(session, typed.email, known)
    except ValueError as error:
        errors["email"] = str(error)
    try:
        phone = parse_phone(typed.phone, clinic.country) if typed.phone.strip() else None
    except PhoneError as error:
        errors["phone"] = str(error)
    if typed.role not in set(Role):
        errors["role"] = "Pick a role."
    raise_if_any(errors)
    return name, email, phone


def _free_email(session: Session, text: str, known: Staff | None) -> str:
    email = read_email(text)
    holder = find_staff_by_email(session, email)
    if holder is not None and (known is None or holder.id != known.id):
        raise ValueError("This address is entered already; each person has one of their own.")
    return email


def _refuse_last_owner(session: Session, person: Staff, field: str) -> None:
    others = [
        one
        for one in list_staff(session, person.clinic_id)
        if one.role == Role.OWNER and one.disabled_at is None and one.id != person.id
    ]
    if person.role == Role.OWNER and not others:
        raise FormError({field: LAST_OWNER})
