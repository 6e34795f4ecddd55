"""Signed-in browsers, kept on the server: ended by sign-out, 15 idle minutes, 12 hours, or a disabled account."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.staff import Staff
from models.staff_session import StaffSession, end_sessions_of, find_session

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(seconds=30)  # a page that polls does not write on every request


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is looking at the page. `full` False = the second factor is still to come."""

    staff: Staff
    session_id: int
    full: bool
    idle_left: timedelta  # until it ends, unless the person does something
    longest_left: timedelta  # until it ends, whatever the person does


def open_session(session: Session, staff: Staff, machine: datetime, *, full: bool) -> str:
    """Start a session and return the token for the cookie. Only its hash is stored."""
    token = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            staff_id=staff.id,
            token_hash=hash_token(token),
            created_at=machine,
            last_seen_at=machine,
            totp_passed_at=machine if full else None,
        )
    )
    return token


def who_is(session: Session, token: str, machine: datetime) -> SignedIn | None:
    """The person behind a cookie, or None where the session is over."""
    row = find_session(session, hash_token(token))
    if row is None or row.ended_at is not None:
        return None
    idle_left, longest_left = row.last_seen_at + IDLE - machine, row.created_at + LONGEST - machine
    if min(idle_left, longest_left) < timedelta(0):
        return None
    staff = session.get(Staff, row.staff_id)
    if staff is None or staff.disabled_at is not None:
        return None
    return SignedIn(
        staff=staff,
        session_id=row.id,
        full=row.totp_passed_at is not None,
        idle_left=idle_left,
        longest_left=longest_left,
    )


def note_activity(session: Session, session_id: int, machine: datetime) -> None:
    """A person did something: the idle time starts anew. Polling is not activity."""
    row = session.get(StaffSession, session_id)
    if row is not None and machine - row.last_seen_at > SEEN_EVERY:
        row.last_seen_at = machine


def end_session(session: Session, session_id: int, machine: datetime) -> None:
    """Sign this browser out."""
    row = session.get(StaffSession, session_id)
    if row is not None:
        row.ended_at = machine


def end_all_sessions(
    session: Session, staff_id: int, machine: datetime, *, except_id: int | None = None
) -> None:
    """Sign a person out everywhere (but here): after a new password, a lost phone or when disabled."""
    end_sessions_of(session, staff_id, machine, except_id=except_id)


def hash_token(token: str) -> str:
    """The stored form of a random token."""
    return hashlib.sha256(token.encode()).hexdigest()
