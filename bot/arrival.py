"""Writes an incoming text down: receipt, conversation, message, photos. Decides nothing about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from carriers.base import InboundText
from models.client import Client, clients_of
from models.clinic import Clinic, ClinicNumber, find_clinic, find_clinic_number
from models.conversation import Conversation, find_or_make_conversation
from models.inbound_text import take_receipt
from models.installation import installation, machine_now, simulated_ahead
from models.message import Message
from models.photo import Photo
from outbox.kinds import Kind
from phone import SenderKind, normalise_sender, sender_kind

LATE = timedelta(hours=2)  # RULES: older than this when fetched, a text gets no answer from the page


class NotOurNumber(ValueError):
    """The text is for a number that is none of ours: it belongs to another installation."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A text taken in for the first time, and the number of ours it came to. `sender` is E.164 where readable.

    `texted_at`: when the carrier got it (clinic time); None where it was pushed, and came at once.
    `is_from_before_restore`: what we answered then is not on file.
    """

    inbound: InboundText
    clinic: Clinic
    number: ClinicNumber
    sender: str
    sender_kind: SenderKind
    now: datetime
    texted_at: datetime | None
    is_from_before_restore: bool = False

    @property
    def is_late(self) -> bool:
        """Whether it was fetched after down time and is over two hours old."""
        return self.inbound.found_late and self.texted_at is not None and self.now - self.texted_at > LATE


@dataclass(frozen=True, slots=True)
class Thread:
    """A text in its conversation, with the clients reached on that number."""

    arrival: Arrival
    conversation: Conversation
    message: Message
    clients: tuple[Client, ...]


def take_in(session: Session, inbound: InboundText, now: datetime) -> Arrival | None:
    """Note the text as taken in; None where it already was. Raises NotOurNumber."""
    number = find_clinic_number(session, inbound.to_number)
    if number is None:
        raise NotOurNumber("the text is for a number that no clinic of this installation has")
    if not take_receipt(session, sid=inbound.sid, signature=inbound.signature, now=now):
        return None
    clinic = find_clinic(session, number.clinic_id)
    sender = normalise_sender(inbound.from_number, clinic.country)
    at_carrier = inbound.carrier_created_at
    texted_at = None if at_carrier is None else at_carrier + simulated_ahead(session)
    restored_at = installation(session).reminders_wait_since
    return Arrival(
        inbound=inbound,
        clinic=clinic,
        number=number,
        sender=sender,
        sender_kind=sender_kind(inbound.from_number),
        now=now,
        texted_at=texted_at,
        is_from_before_restore=bool(restored_at and at_carrier and at_carrier < restored_at),
    )


def write_down(session: Session, arrival: Arrival) -> Thread:
    """The text in its conversation, found or made; the conversation's row is locked from here on."""
    conversation = find_or_make_conversation(
        session,
        clinic_id=arrival.clinic.id,
        number=arrival.sender,
        sender_kind=arrival.sender_kind,
        clinic_number_id=arrival.number.id,
        now=arrival.now,
    )
    clients = tuple(clients_of(session, conversation.id))
    message = write_message(session, arrival, conversation_id=conversation.id, kind=Kind.HANDOVER)
    message.client_id = clients[0].id if len(clients) == 1 else None
    _note_activity(conversation, arrival)
    return Thread(arrival, conversation, message, clients)


def write_message(session: Session, arrival: Arrival, *, conversation_id: int | None, kind: Kind) -> Message:
    """The text as a row, with its photos. Without a conversation: a text from our own people."""
    inbound = arrival.inbound
    message = Message(
        clinic_id=arrival.clinic.id,
        conversation_id=conversation_id,
        clinic_number_id=arrival.number.id,
        their_number=arrival.sender,
        direction="inbound",
        kind=kind,
        body=inbound.body,
        media_urls=[item.url for item in inbound.media],
        reason={},
        created_at=arrival.now,
        state="received",
        carrier_sid=inbound.sid,
        status="received",
    )
    session.add(message)
    session.flush()
    _write_photos(session, arrival, message)
    return message


def _write_photos(session: Session, arrival: Arrival, message: Message) -> None:
    """One row a file; the fetching job takes it from there. Whether its address may be asked is judged then."""
    fetch_at = machine_now(session) if arrival.inbound.media else None
    for item in arrival.inbound.media:
        session.add(
            Photo(
                clinic_id=arrival.clinic.id,
                message_id=message.id,
                conversation_id=message.conversation_id,
                position=item.position,
                source_url=item.url,
                content_type=item.content_type,
                state="at_carrier",
                next_try_at=fetch_at,
                created_at=arrival.now,
            )
        )


def _note_activity(conversation: Conversation, arrival: Arrival) -> None:
    conversation.clinic_number_id = arrival.number.id  # we answer from the number last texted
    conversation.last_message_at = conversation.last_inbound_at = arrival.now
    conversation.unread_since = conversation.unread_since or arrival.now
