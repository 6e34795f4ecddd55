"""Texts the carrier received for us and we did not: listed from where we last were, minus an overlap.

Only finds them. Whoever asks hands them to handle_inbound; the cursor never passes a text that is not on file.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from carriers.base import Carrier, CarrierMessage, InboundText, ListingFailed
from models.attempts import sids_we_know
from models.clinic import ClinicNumber, list_clinic_numbers
from models.database import Database
from models.installation import InboundCursor, installation
from outbox.timing import Clocks

log = structlog.get_logger()

OVERLAP = timedelta(minutes=10)
LATE_AFTER = timedelta(hours=2)  # a text found later than this gets no FAQ answer (RULES 4)


def find_missed(
    database: Database, carrier: Carrier, *, must_be_whole: bool = False, clocks: Clocks | None = None
) -> list[InboundText]:
    """What was texted to our numbers and is not on file, oldest first. A number whose list fails is left for later.

    `must_be_whole`: raises ListingFailed instead.
    """
    clocks = clocks or Clocks()
    with database.read() as session:
        numbers = list_clinic_numbers(session)
    found = [_missed_by(database, carrier, number, clocks) for number in numbers]
    if must_be_whole and None in found:
        raise ListingFailed
    return sorted((text for texts in found for text in texts or ()), key=_created_at)


def _missed_by(
    database: Database, carrier: Carrier, number: ClinicNumber, clocks: Clocks
) -> list[InboundText] | None:
    """None = its list could not be read."""
    with database.read() as session:
        since = _listed_until(session, number.id) - OVERLAP
    try:
        listing = carrier.list_received_by(number.number, since=since)
    except ListingFailed:
        log.warning("inbound_list_failed", clinic_number_id=number.id)
        return None
    with database.write() as session:
        known = sids_we_know(session, [message.sid for message in listing.messages])
        unknown = [message for message in listing.messages if message.sid not in known]
        carrier_now = clocks.machine(session) + (listing.carrier_clock_offset or timedelta())
        _move_cursor(session, number.id, _read_until(unknown, carrier_now))
    return _with_media(carrier, unknown, carrier_now)


def _read_until(unknown: Sequence[CarrierMessage], carrier_now: datetime) -> datetime:
    """The cursor stops before the first text not on file."""
    return min((message.created_at for message in unknown), default=carrier_now)


def _listed_until(session: Session, number_id: int) -> datetime:
    """Where the last reading ended; before the first one nothing is missed but what came since we exist."""
    cursor = session.get(InboundCursor, number_id)
    return cursor.listed_until if cursor else installation(session).created_at


def _move_cursor(session: Session, number_id: int, until: datetime) -> None:
    cursor = session.get(InboundCursor, number_id)
    if cursor is None:
        session.add(InboundCursor(clinic_number_id=number_id, listed_until=until))
    else:
        cursor.listed_until = max(cursor.listed_until, until)


def _with_media(
    carrier: Carrier, messages: Sequence[CarrierMessage], carrier_now: datetime
) -> list[InboundText]:
    """The texts with their pictures; one whose pictures cannot be listed now is found again next time."""
    texts: list[InboundText] = []
    for message in messages:
        try:
            media = tuple(carrier.list_media(message.sid)) if message.media_count else ()
        except ListingFailed:
            log.warning("media_list_failed")
            continue
        texts.append(replace(_inbound_text(message, carrier_now), media=media))
    return texts


def _inbound_text(message: CarrierMessage, carrier_now: datetime) -> InboundText:
    return InboundText(
        sid=message.sid,
        from_number=message.from_number,
        to_number=message.to_number,
        body=message.body,
        messaging_service_sid=message.messaging_service_sid,
        carrier_created_at=message.created_at,
        found_late=carrier_now - message.created_at > LATE_AFTER,
    )


def _created_at(text: InboundText) -> datetime:
    if text.carrier_created_at is None:
        raise ValueError("a listed text has a date")
    return text.carrier_created_at
