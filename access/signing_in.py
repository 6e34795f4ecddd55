"""The two steps of signing in. Each says only whether it worked, never whether an account exists."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from access.passwords import is_password
from access.roles import needs_second_factor
from access.sealing import is_sealed_with_first, keep_secret, secret_of
from access.second_factor import matching_step, use_recovery_code
from access.sessions import end_session, open_session
from access.throttle import is_throttled, note_failure
from config import PhotoKey
from models.audit import record_audit
from models.staff import Staff, find_staff_by_email


class Refusal(StrEnum):
    """Why a step was refused, in words for the person at the door."""

    WRONG = "That e-mail and password do not match. Check both and try again."
    WRONG_CODE = "That code is not right or was used already. Wait for the next one and try again."
    TOO_MANY = "Too many tries. Wait five minutes, then try again."


@dataclass(frozen=True, slots=True)
class Opened:
    """A session was opened. `full` False = the second factor is still to come."""

    token: str
    full: bool


def try_password(
    session: Session, *, email: str, password: str, address: str, machine: datetime, real_carrier: bool
) -> Opened | Refusal:
    """The first step. Takes as long for an unknown address as for a wrong password."""
    if is_throttled(session, email=email, address=address, machine=machine):
        return Refusal.TOO_MANY
    person = find_staff_by_email(session, email)
    active = person if person is not None and person.disabled_at is None else None
    is_right = is_password(password, active.password_hash if active else None)
    if active is None or not is_right:
        note_failure(session, email=email, address=address, machine=machine)
        return Refusal.WRONG
    full = not is_second_factor_due(active, real_carrier=real_carrier)
    _audit(session, active, "signed in" if full else "passed the password step", machine)
    return Opened(open_session(session, active, machine, full=full), full)


def try_code(
    session: Session,
    *,
    staff_id: int,
    session_id: int,
    code: str,
    address: str,
    machine: datetime,
    keys: tuple[PhotoKey, ...],
) -> Opened | Refusal:
    """The second step. The half-open session ends and a new one begins, so the cookie changes."""
    person = session.get(Staff, staff_id)
    if person is None or is_throttled(session, email=person.email, address=address, machine=machine):
        return Refusal.TOO_MANY
    if not _take_code(person, code, machine, keys):
        note_failure(session, email=person.email, address=address, machine=machine)
        return Refusal.WRONG_CODE
    end_session(session, session_id, machine)
    _audit(session, person, "signed in", machine)
    return Opened(open_session(session, person, machine, full=True), full=True)


def is_second_factor_due(person: Staff, *, real_carrier: bool) -> bool:
    """Whether this person passes a second step: they set one up, or their role must have one."""
    return person.has_second_factor or needs_second_factor(person.role, real_carrier=real_carrier)


def _take_code(person: Staff, code: str, machine: datetime, keys: tuple[PhotoKey, ...]) -> bool:
    secret = secret_of(person, keys)
    step = matching_step(secret, code, machine, last_step=person.totp_last_step) if secret else None
    if secret and step is not None:
        person.totp_last_step = step
        if not is_sealed_with_first(person, keys):
            keep_secret(person, secret, keys)
        return True
    left = use_recovery_code(code, person.recovery_hashes)
    if left is None:
        return False
    person.recovery_hashes = left
    return True


def _audit(session: Session, person: Staff, action: str, machine: datetime) -> None:
    record_audit(
        session,
        clinic_id=person.clinic_id,
        at=machine,
        actor=f"staff:{person.id}",
        action=action,
        object_kind="staff",
        object_id=person.id,
    )
