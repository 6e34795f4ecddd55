"""Links that work once: first set-up, a demo owner, a password of one's own. Only their hash is stored."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from access.sessions import hash_token
from models.staff_session import OneTimeLink, find_link, forget_links, take_link

SETUP = "setup"
DEMO_OWNER = "demo_owner"
_PERSON = "staff:"
SETUP_LIVES = timedelta(hours=24)
INVITATION_LIVES = timedelta(days=3)


def make_link(session: Session, purpose: str, machine: datetime, *, lives: timedelta) -> str:
    """A fresh token for the address. Earlier links of the same purpose stop working."""
    forget_links(session, purpose)
    token = secrets.token_urlsafe(32)
    session.add(
        OneTimeLink(
            purpose=purpose, token_hash=hash_token(token), created_at=machine, expires_at=machine + lives
        )
    )
    return token


def find_open_link(session: Session, token: str, machine: datetime) -> OneTimeLink | None:
    """The link behind a token, where it was not used and has not expired."""
    link = find_link(session, hash_token(token))
    if link is None or link.used_at is not None or link.expires_at <= machine:
        return None
    return link


def use_link(session: Session, token: str, machine: datetime) -> OneTimeLink | None:
    """The same, used up: it opens nothing a second time."""
    link = find_open_link(session, token, machine)
    return link if link is not None and take_link(session, link.id, machine) else None


def purpose_for(staff_id: int) -> str:
    """The purpose of a link by which this person chooses a password."""
    return f"{_PERSON}{staff_id}"


def staff_id_of(link: OneTimeLink) -> int | None:
    """Whose password the link is for."""
    return int(link.purpose.removeprefix(_PERSON)) if link.purpose.startswith(_PERSON) else None
