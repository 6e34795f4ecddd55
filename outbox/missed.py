"""Texts the carrier received for us and we did not: listed from where we last were, minus an overlap.

Only finds them. Whoever asks hands them to handle_inbound; the cursor never passes a text that is not on file.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from carriers.base import Carrier, CarrierMessage, InboundText, ListingFailed
from models.attempts import sids_we_know
from models.clinic import ClinicNumber, list_clinic_numbers
from models.database import Database
from models.inbound_text import newest_text, note_texted_at
from models.installation import InboundCursor, installation, simulated_ahead
from outbox.timing import Clocks

log = structlog.get_logger()

OVERLAP = timedelta(minutes=10)
LATE_AFTER = timedelta(hours=2)  # a text found later than this gets no FAQ answer (RULES 4)


@dataclass(frozen=True, slots=True)
class Missed:
    """Texts not on file, oldest first. `left_out`: theirs are pictures that could not be listed.

    `is_whole`: the list of every number could be read; else there may be more.
    """

    texts: tuple[InboundText, ...] = ()
    left_out: tuple[InboundText, ...] = ()
    is_whole: bool = True

    def __iter__(self) -> Iterator[InboundText]:
        return iter(self.texts)


def find_missed(database: Database, carrier: Carrier, *, clocks: Clocks | None = None) -> Missed:
    """What was texted to our numbers and is not on file. What cannot be listed now is found again next time."""
    clocks = clocks or Clocks()
    with database.read() as session:
        numbers = list_clinic_numbers(session)
    found = [_missed_by(database, carrier, number, clocks) for number in numbers]
    return Missed(
        texts=tuple(sorted((text for missed in found for text in missed.texts), key=_created_at)),
        left_out=tuple(text for missed in found for text in missed.left_out),
        is_whole=all(missed.is_whole for missed in found),
    )


def _missed_by(database: Database, carrier: Carrier, number: ClinicNumber, clocks: Clocks) -> Missed:
    with database.read() as session:
        since = _listed_until(session, number.id) - OVERLAP
        listed_after = newest_text(session)
    try:
        listing = carrier.list_received_by(number.number, since=since)
    except ListingFailed:
        log.warning("inbound_list_failed", clinic_number_id=number.id)
        return Missed(is_whole=False)
    with database.write() as session:
        known = sids_we_know(session, [message.sid for message in listing.messages])
        unknown = [message for message in listing.messages if message.sid not in known]
        _date_known(session, [message for message in listing.messages if message.sid in known])
        carrier_now = listing.carrier_now or clocks.machine(session)
        _move_cursor(session, number.id, _read_until(unknown, carrier_now), carrier_now)
    texts = [_inbound_text(message, carrier_now, listed_after) for message in unknown]
    return _with_media(carrier, texts, {message.sid for message in unknown if message.media_count})


def _date_known(session: Session, known: Sequence[CarrierMessage]) -> None:
    """So that of STOP and START the one texted last counts, whatever our clock said when one of them was pushed."""
    if not simulated_ahead(session):
        note_texted_at(session, {message.sid: message.created_at for message in known})


def _read_until(unknown: Sequence[CarrierMessage], carrier_now: datetime) -> datetime:
    """The cursor stops before the first text not on file."""
    return min((message.created_at for message in unknown), default=carrier_now)


def _listed_until(session: Session, number_id: int) -> datetime:
    """Where the last reading ended; before the first one nothing is missed but what came since we exist."""
    cursor = session.get(InboundCursor, number_id)
    return cursor.listed_until if cursor else installation(session).created_at


def _move_cursor(session: Session, number_id: int, until: datetime, carrier_now: datetime) -> None:
    """Forward, but never past the carrier's own clock: what it receives from now on must still be found."""
    cursor = session.get(InboundCursor, number_id)
    if cursor is None:
        session.add(InboundCursor(clinic_number_id=number_id, listed_until=until))
    else:
        cursor.listed_until = min(max(cursor.listed_until, until), carrier_now)


def _with_media(carrier: Carrier, found: Sequence[InboundText], have_pictures: Set[str]) -> Missed:
    """The texts with their pictures."""
    texts: list[InboundText] = []
    left_out: list[InboundText] = []
    for text in found:
        try:
            media = tuple(carrier.list_media(text.sid)) if text.sid in have_pictures else ()
        except ListingFailed:
            log.warning("media_list_failed")
            left_out.append(text)
        else:
            texts.append(replace(text, media=media))
    return Missed(tuple(texts), tuple(left_out))


def _inbound_text(message: CarrierMessage, carrier_now: datetime, listed_after: int) -> InboundText:
    return InboundText(
        sid=message.sid,
        from_number=message.from_number,
        to_number=message.to_number,
        body=message.body,
        messaging_service_sid=message.messaging_service_sid,
        carrier_created_at=message.created_at,
        found_late=carrier_now - message.created_at > LATE_AFTER,
        listed_after=listed_after,
    )


def _created_at(text: InboundText) -> datetime:
    if text.carrier_created_at is None:
        raise ValueError("a listed text has a date")
    return text.carrier_created_at
