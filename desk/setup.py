"""The first hour: a link that works once, an owner's account, and what is still to do. Every step is read from rows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from access.links import DEMO_OWNER, SETUP, SETUP_LIVES, find_open_link, use_link
from access.links import make_link as make_one_time_link
from access.passwords import hash_password
from access.roles import Role, needs_second_factor
from config import Settings
from desk.accounts import checked_password
from desk.clinic_settings import CLINIC_SAVED
from desk.forms import FormError, one_line, raise_if_any
from desk.records import record
from desk.staff_accounts import read_email, unusable_password
from models.arrivals import has_inbound
from models.audit import has_audit
from models.clinic import Clinic, list_clinics
from models.staff import Staff, find_staff_by_email, list_on_call, list_staff

DEMO_EMAIL = "demo-owner@aftercare.invalid"
DEMO_NAME = "Demo owner"
TEST_SENT = "test_page_sent"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do before the clinic is ready. `missing` is empty where it is done."""

    id: str
    title: str
    missing: str

    @property
    def is_done(self) -> bool:
        return not self.missing


def make_link(session: Session, *, real_carrier: bool, machine: datetime) -> str | None:
    """The token to print at start: it signs in to a demo owner, or opens the form for the first owner.

    None where somebody owns this installation already: then people sign in.
    """
    owners = [one for clinic in list_clinics(session) for one in _owners(session, clinic)]
    if any(one.email != DEMO_EMAIL for one in owners):
        return None
    purpose = SETUP if real_carrier else DEMO_OWNER
    return make_one_time_link(session, purpose, machine, lives=SETUP_LIVES)


def purpose_of(session: Session, token: str, machine: datetime, *, real_carrier: bool) -> str | None:
    """What a token would open; None where it opens nothing (any more). No demo owner beside real clients."""
    link = find_open_link(session, token, machine)
    allowed = SETUP if real_carrier else DEMO_OWNER
    return link.purpose if link is not None and link.purpose == allowed else None


def open_demo(session: Session, token: str, *, machine: datetime) -> Staff | None:
    """The demo owner, made where there is none. Only in simulation."""
    link = use_link(session, token, machine)
    if link is None or link.purpose != DEMO_OWNER:
        return None
    owner = find_staff_by_email(session, DEMO_EMAIL) or _enter(
        session, name=DEMO_NAME, email=DEMO_EMAIL, password_hash=unusable_password(), now=machine
    )
    record(session, owner, "demo_link_used", kind="staff", id=owner.id, now=machine)
    return owner


def enter_owner(
    session: Session, token: str, *, name: str, email: str, password: str, repeated: str, machine: datetime
) -> Staff | None:
    """The first owner; None where the link opens nothing. Raises FormError, and the link still works."""
    link = use_link(session, token, machine)
    if link is None or link.purpose != SETUP:
        return None
    values = _checked_owner(session, name=name, email=email, password=password, repeated=repeated, own=None)
    owner = _enter(session, **values, now=machine)
    record(session, owner, "owner_entered", kind="staff", id=owner.id, now=machine)
    return owner


def adopt_demo(
    session: Session, owner: Staff, *, name: str, email: str, password: str, repeated: str, machine: datetime
) -> None:
    """The demo owner's account becomes a person's own. Raises FormError."""
    values = _checked_owner(session, name=name, email=email, password=password, repeated=repeated, own=owner)
    owner.name, owner.email, owner.password_hash = values["name"], values["email"], values["password_hash"]
    record(session, owner, "owner_entered", kind="staff", id=owner.id, now=machine)


def remaining_steps(session: Session, clinic: Clinic, settings: Settings) -> tuple[Step, ...]:
    """What is not done yet, for the checklist on the inbox."""
    return tuple(step for step in all_steps(session, clinic, settings) if not step.is_done)


def all_steps(session: Session, clinic: Clinic, settings: Settings) -> tuple[Step, ...]:
    """The five steps and what each still lacks."""
    real = settings.carrier != "simulated"
    return (
        Step("account", "Your account", _lacks_account(session, clinic, real)),
        Step("clinic", "Your clinic", _lacks_clinic(session, clinic)),
        Step("carrier", "How texts leave", _lacks_carrier(session, clinic, real)),
        Step("words", "What clients read", _lacks_words(clinic)),
        Step("test", "A test text", _lacks_test(session, clinic)),
    )


def _lacks_account(session: Session, clinic: Clinic, real: bool) -> str:
    own = [one for one in _owners(session, clinic) if one.email != DEMO_EMAIL]
    if not own:
        return "Give yourself a name, an e-mail address and a password."
    if needs_second_factor(Role.OWNER, real_carrier=real) and not any(one.has_second_factor for one in own):
        return "Set up the second factor."
    return ""


def _lacks_clinic(session: Session, clinic: Clinic) -> str:
    if not has_audit(session, clinic_id=clinic.id, action=CLINIC_SAVED):
        return "Check name, time zone, hours and holidays."
    return "" if list_on_call(session, clinic.id) else "Enter a phone that gets urgent alerts."


def _lacks_carrier(session: Session, clinic: Clinic, real: bool) -> str:
    if not real or has_inbound(session, clinic.id):
        return ""
    return "Text your clinic's number from your own phone: nothing has arrived yet."


def _lacks_words(clinic: Clinic) -> str:
    return (
        "" if clinic.emergency_words_confirmed_by else "Let a clinician put a name under the emergency words."
    )


def _lacks_test(session: Session, clinic: Clinic) -> str:
    done = has_audit(session, clinic_id=clinic.id, action=TEST_SENT)
    return "" if done else "Send a test to the phone that gets alerts."


def _owners(session: Session, clinic: Clinic) -> list[Staff]:
    return [
        one for one in list_staff(session, clinic.id) if one.role == Role.OWNER and one.disabled_at is None
    ]


def _checked_owner(
    session: Session, *, name: str, email: str, password: str, repeated: str, own: Staff | None
) -> dict[str, str]:
    errors: dict[str, str] = {}
    values: dict[str, str] = {}
    try:
        values["name"] = one_line(name, longest=120)
    except ValueError as error:
        errors["name"] = str(error)
    try:
        values["email"] = read_email(email)
    except ValueError as error:
        errors["email"] = str(error)
    try:
        checked_password(password, repeated, not_like=(name, email, email.split("@")[0]))
    except FormError as error:
        errors |= error.errors
    raise_if_any(errors)
    holder = find_staff_by_email(session, values["email"])
    raise_if_any({"email": "This address is entered already."} if holder not in (None, own) else {})
    return values | {"password_hash": hash_password(password)}


def _enter(session: Session, *, name: str, email: str, password_hash: str, now: datetime) -> Staff:
    clinic = list_clinics(session)[0]
    owner = Staff(
        clinic_id=clinic.id,
        name=name,
        email=email,
        password_hash=password_hash,
        role=Role.OWNER.value,
        created_at=now,
    )
    session.add(owner)
    session.flush()
    return owner
