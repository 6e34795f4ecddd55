"""Slows down guessing, by account and by address, without telling which accounts exist."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.staff_session import SignInTry, count_tries

WINDOW = timedelta(minutes=5)
MOST_PER_ACCOUNT = 10
MOST_PER_ADDRESS = 30


def is_throttled(session: Session, *, email: str, address: str, machine: datetime) -> bool:
    """Whether too many tries failed lately. An account is throttled per address, so its owner elsewhere is not."""
    since = machine - WINDOW
    account = count_tries(session, _key("account", email.lower(), address), since)
    everywhere = count_tries(session, _key("account", email.lower()), since)
    from_address = count_tries(session, _key("address", address), since)
    return (
        account >= MOST_PER_ACCOUNT or everywhere >= MOST_PER_ACCOUNT * 5 or from_address >= MOST_PER_ADDRESS
    )


def note_failure(session: Session, *, email: str, address: str, machine: datetime) -> None:
    """Remember one failed try."""
    keys = (_key("account", email.lower(), address), _key("account", email.lower()), _key("address", address))
    session.add_all(SignInTry(key_hash=key, at=machine) for key in keys)


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
