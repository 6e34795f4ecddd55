"""People look after their own account: password, second factor, keys, sessions. Never shows a stored secret."""

from datetime import datetime

from sqlalchemy.orm import Session

from access.links import staff_id_of, use_link
from access.passwords import WeakPassword, check_strength, hash_password, is_password
from access.roles import needs_second_factor
from access.sealing import keep_secret
from access.second_factor import hash_recovery_codes, matching_step, new_recovery_codes
from access.sessions import end_all_sessions
from config import PhotoKey
from desk.forms import FormError, raise_if_any
from desk.records import record
from models.clinic import find_clinic
from models.staff import Staff

WRONG_PASSWORD = "This is not your present password."  # noqa: S105
NOT_REPEATED = "The two new passwords differ. Type the same one twice."
WRONG_CODE = "That code is not right. Wait for the next one and type it within 30 seconds."
MUST_HAVE = "Your role needs a second factor while real clients are texted. Replace it instead."


def change_password(
    session: Session,
    person: Staff,
    *,
    current: str,
    new: str,
    repeated: str,
    keep_session_id: int,
    machine: datetime,
) -> None:
    """A new password; every other browser of this person is signed out. Raises FormError."""
    raise_if_any({} if is_password(current, person.password_hash) else {"current": WRONG_PASSWORD})
    set_password(session, person, new=new, repeated=repeated)
    end_all_sessions(session, person.id, machine, except_id=keep_session_id)
    record(session, person, "password_changed", kind="staff", id=person.id, now=machine)


def choose_password(
    session: Session, token: str, *, new: str, repeated: str, machine: datetime
) -> Staff | None:
    """The password of who holds a one-time link; None where it opens nothing. Raises FormError, link unused."""
    link = use_link(session, token, machine)
    person = session.get(Staff, staff_id_of(link) or 0) if link else None
    if person is None or person.disabled_at is not None:
        return None
    set_password(session, person, new=new, repeated=repeated)
    end_all_sessions(session, person.id, machine)
    record(session, person, "password_chosen", kind="staff", id=person.id, now=machine)
    return person


def set_password(session: Session, person: Staff, *, new: str, repeated: str) -> None:
    """Store a new password. Raises FormError where it is weak or was mistyped."""
    not_like = (
        person.email,
        person.email.split("@")[0],
        person.name,
        find_clinic(session, person.clinic_id).name,
    )
    person.password_hash = hash_password(checked_password(new, repeated, not_like=not_like))


def checked_password(new: str, repeated: str, *, not_like: tuple[str, ...]) -> str:
    """The new password. Raises FormError."""
    try:
        check_strength(new, not_like=not_like)
    except WeakPassword as error:
        sentence = str(error)
        raise FormError({"new": f"{sentence[0].upper()}{sentence[1:]}."}) from None
    raise_if_any({} if new == repeated else {"repeated": NOT_REPEATED})
    return new


def confirm_second_factor(
    session: Session,
    person: Staff,
    *,
    secret: str,
    code: str,
    password: str,
    machine: datetime,
    keys: tuple[PhotoKey, ...],
) -> list[str]:
    """Take a new second factor into use; its recovery codes, to be shown this once. Raises FormError.

    Replacing one asks for the password: an unattended screen must not be enough.
    """
    if person.has_second_factor:
        raise_if_any({} if is_password(password, person.password_hash) else {"password": WRONG_PASSWORD})
    step = matching_step(secret, code, machine, last_step=None)
    if step is None:
        raise FormError({"code": WRONG_CODE})
    keep_secret(person, secret, keys)
    person.totp_last_step = step
    record(session, person, "second_factor_set", kind="staff", id=person.id, now=machine)
    return _hand_out_codes(person)


def renew_recovery_codes(session: Session, person: Staff, *, password: str, machine: datetime) -> list[str]:
    """Fresh recovery codes; the old ones stop working. Raises FormError."""
    raise_if_any({} if is_password(password, person.password_hash) else {"codes_password": WRONG_PASSWORD})
    record(session, person, "recovery_codes_renewed", kind="staff", id=person.id, now=machine)
    return _hand_out_codes(person)


def turn_off_second_factor(
    session: Session, person: Staff, *, password: str, real_carrier: bool, machine: datetime
) -> None:
    """Sign in with the password alone, where the role allows it. Raises FormError."""
    raise_if_any(
        {"off_password": MUST_HAVE} if needs_second_factor(person.role, real_carrier=real_carrier) else {}
    )
    raise_if_any({} if is_password(password, person.password_hash) else {"off_password": WRONG_PASSWORD})
    forget_second_factor(person)
    record(session, person, "second_factor_off", kind="staff", id=person.id, now=machine)


def forget_second_factor(person: Staff) -> None:
    """No second factor on file."""
    person.totp_secret = person.totp_sealed = person.totp_last_step = person.recovery_hashes = None


def sign_out_everywhere(session: Session, person: Staff, machine: datetime) -> None:
    """End every session of this person, this one included."""
    end_all_sessions(session, person.id, machine)
    record(session, person, "signed_out_everywhere", kind="staff", id=person.id, now=machine)


def _hand_out_codes(person: Staff) -> list[str]:
    codes = new_recovery_codes()
    person.recovery_hashes = hash_recovery_codes(codes)
    return codes
