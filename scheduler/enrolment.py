"""A person becomes a client: number, name, consents and the one confirmation. Must never restore what STOP ended.

Used by the desk, the command line and a staff phone.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from messages.catalogue import Moment, Pack, Words
from messages.edits import NO_EDITS, Edits
from messages.values import clinic_values, name_values
from models.audit import record_audit
from models.client import Client, clients_of
from models.clinic import Clinic, ClinicNumber, default_number, find_clinic_number
from models.consent_event import consent_state, record_consent
from models.conversation import (
    Conversation,
    find_conversation,
    find_or_make_conversation,
    lock_conversation,
)
from outbox.gate import Draft, enqueue
from outbox.kinds import Kind
from outbox.suppression import carry_over_opt_out

CONFIRMATION = "opt_in_confirmation"


class EnrolmentRefused(ValueError):
    """The person cannot be entered so; the message says what to do."""


class AlreadyClient(EnrolmentRefused):
    """Somebody of this name is a client on this number already."""

    def __init__(self, client: Client) -> None:
        super().__init__(f"{client.name} is a client on this number already (id {client.id})")
        self.client_id = client.id


@dataclass(frozen=True, slots=True)
class NewClient:
    """Who is entered, and what they agreed to. `how` they agreed: in person, paper form, text, ..."""

    name: str
    number: str  # E.164
    care: bool
    promo: bool
    how: str
    by: str  # the staff member's id as text, "cli" or "client"
    timezone: str | None = None
    language: str = "en"


def enrol(
    session: Session,
    clinic: Clinic,
    who: NewClient,
    *,
    pack: Pack,
    now: datetime,
    opt_out_key: bytes | None,
    edits: Edits = NO_EDITS,
) -> Client:
    """Enter a client in the caller's transaction; the first consent to care is confirmed by one text.

    Raises EnrolmentRefused. A number that texted STOP stays stopped: only its own START ends that; an erased
    person's STOP is found again under `opt_out_key` (the settings' key; None where opt-outs are not kept so).
    """
    if find_clinic_number(session, who.number) is not None:
        raise EnrolmentRefused("that is the clinic's own texting number; write the client's")
    conversation = _find_or_make(session, clinic, who, now)
    if opt_out_key is not None:
        carry_over_opt_out(session, conversation, key=opt_out_key, now=now)
    _refuse_repeat(session, conversation, who)
    client = _enter(session, conversation, who, now)
    agree(session, clinic, client, who, pack=pack, now=now, edits=edits)
    return client


def agree(
    session: Session,
    clinic: Clinic,
    client: Client,
    who: NewClient,
    *,
    pack: Pack,
    now: datetime,
    edits: Edits = NO_EDITS,
) -> list[str]:
    """Record what a client agreed to where it is new; the first consent to care is confirmed by one text.

    Returns the scopes that are new. `who` says what they agreed to, how, and who entered it.
    """
    conversation = lock_conversation(session, client.conversation_id)
    words = _confirmation(session, clinic, conversation, client, pack=pack, edits=edits, now=now)
    granted = _grant(session, conversation, who, words.version, now)
    if "care" in granted:
        enqueue(session, _draft(conversation, client, words), now=now)
    return granted


def _find_or_make(session: Session, clinic: Clinic, who: NewClient, now: datetime) -> Conversation:
    known = find_conversation(session, clinic_id=clinic.id, number=who.number)
    number_id = known.clinic_number_id if known else default_number(session, clinic.id).id
    conversation = find_or_make_conversation(
        session,
        clinic_id=clinic.id,
        number=who.number,
        sender_kind="phone",
        clinic_number_id=number_id,
        now=now,
    )
    conversation.dismissed_at = None
    conversation.language = conversation.language or who.language
    return conversation


def _refuse_repeat(session: Session, conversation: Conversation, who: NewClient) -> None:
    for client in clients_of(session, conversation.id):
        if client.name.casefold() == who.name.casefold():
            raise AlreadyClient(client)


def _enter(session: Session, conversation: Conversation, who: NewClient, now: datetime) -> Client:
    client = Client(
        clinic_id=conversation.clinic_id,
        conversation_id=conversation.id,
        name=who.name,
        timezone=who.timezone,
        language=who.language,
        created_at=now,
    )
    session.add(client)
    session.flush()
    _audit(session, conversation, who, now, "client_added", "client", client.id)
    return client


def _grant(
    session: Session, conversation: Conversation, who: NewClient, version: str, now: datetime
) -> list[str]:
    """The consents that are new; those given before keep their first event."""
    state = consent_state(session, conversation.id)
    asked = (("care", who.care and not state.care), ("promo", who.promo and not state.promo))
    granted = [scope for scope, is_new in asked if is_new]
    for scope in granted:
        record_consent(
            session,
            clinic_id=conversation.clinic_id,
            conversation_id=conversation.id,
            scope=scope,
            change="granted",
            how=who.how[:60],
            by=who.by,
            at=now,
            wording_version=version,
        )
        _audit(session, conversation, who, now, "consent_granted", "conversation", conversation.id)
    return granted


def _audit(
    session: Session,
    conversation: Conversation,
    who: NewClient,
    now: datetime,
    action: str,
    kind: str,
    row_id: int,
) -> None:
    record_audit(
        session,
        clinic_id=conversation.clinic_id,
        at=now,
        actor=f"staff:{who.by}" if who.by.isdigit() else who.by[:60],
        action=action,
        object_kind=kind,
        object_id=row_id,
    )


def _confirmation(
    session: Session,
    clinic: Clinic,
    conversation: Conversation,
    client: Client,
    *,
    pack: Pack,
    edits: Edits,
    now: datetime,
) -> Words:
    ours = session.get_one(ClinicNumber, conversation.clinic_number_id)
    language = pack.language(client.language)
    values = clinic_values(clinic, ours.number, now=now, language=language) | name_values(
        [client.name], language
    )
    variant = pack.choose_variant(CONFIRMATION, language, Moment())
    return pack.render(CONFIRMATION, language, variant or "any", values, edits)


def _draft(conversation: Conversation, client: Client, words: Words) -> Draft:
    return Draft(
        clinic_id=conversation.clinic_id,
        conversation_id=conversation.id,
        clinic_number_id=conversation.clinic_number_id,
        their_number=conversation.number,
        client_id=client.id,
        kind=Kind.CONSENT,
        body=words.text,
        topic=words.topic,
        template_version=words.version,
        reason={"note": "The client agreed to texts; this confirms it."},
    )
