"""Opt-outs that outlive erasure: numbers as keyed digests only. Must never store or return a number."""

import hashlib
import hmac
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.consent_event import SuppressedNumber


def number_digest(number: str, *, key: bytes) -> str:
    """HMAC-SHA256 of a number (E.164) under the key that is kept apart from the database."""
    return hmac.new(key, number.encode(), hashlib.sha256).hexdigest()


def suppressed_since(session: Session, *, clinic_id: int, number: str, key: bytes) -> datetime | None:
    """Since when this number is opted out although its records were erased; None = it is not."""
    question = select(SuppressedNumber.since).where(
        SuppressedNumber.clinic_id == clinic_id,
        SuppressedNumber.number_hmac == number_digest(number, key=key),
    )
    return session.scalars(question).first()


def suppress_number(session: Session, *, clinic_id: int, number: str, key: bytes, since: datetime) -> None:
    """Remember the opt-out. A repeat changes nothing."""
    if suppressed_since(session, clinic_id=clinic_id, number=number, key=key) is None:
        digest = number_digest(number, key=key)
        session.add(SuppressedNumber(clinic_id=clinic_id, number_hmac=digest, since=since))
        session.flush()


def lift_suppression(session: Session, *, clinic_id: int, number: str, key: bytes) -> None:
    """The person texted START after all: nothing is left to remember."""
    session.execute(
        delete(SuppressedNumber).where(
            SuppressedNumber.clinic_id == clinic_id,
            SuppressedNumber.number_hmac == number_digest(number, key=key),
        )
    )
