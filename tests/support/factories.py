"""Rows for tests: each function writes one noun with sensible values and flushes. Holds no asserts.

Numbers come from the range reserved for fiction (555-01xx). NOON is a Tuesday noon in the demo clinic's zone.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from models.alert import Alert
from models.base import Base
from models.client import Client
from models.clinic import Clinic, ClinicNumber
from models.consent_event import CarrierBlock, ConsentEvent
from models.conversation import Conversation
from models.message import Message
from models.reminder import Reminder
from models.staff import OnCall, Staff
from models.visit import Treatment, Visit

CLINIC_ZONE = ZoneInfo("America/Chicago")
NOON = datetime(2026, 3, 3, 18, 0, tzinfo=UTC)  # Tuesday 12:00 in America/Chicago
OUR_NUMBER = "+15735550100"
CLIENT_NUMBER = "+15735550142"
ON_CALL_NUMBER = "+15735550190"
STAFF_NUMBER = "+15735550180"

Row = TypeVar("Row", bound=Base)


def _saved(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row


def make_clinic(session: Session, *, number: str = OUR_NUMBER, **values: Any) -> Clinic:
    """A clinic with its default number."""
    given: Mapping[str, Any] = {
        "name": "Demo Clinic",
        "timezone": "America/Chicago",
        "hours": "mon-fri 09:00-17:00",
        "created_at": NOON - timedelta(days=30),
    }
    clinic = _saved(session, Clinic(**{**given, **values}))
    make_clinic_number(session, clinic, number=number, is_default=True)
    return clinic


def make_clinic_number(session: Session, clinic: Clinic, *, number: str, **values: Any) -> ClinicNumber:
    """One more number of a clinic."""
    return _saved(session, ClinicNumber(clinic_id=clinic.id, number=number, **values))


def number_of(session: Session, clinic: Clinic) -> ClinicNumber:
    """The clinic's first number."""
    return session.query(ClinicNumber).filter_by(clinic_id=clinic.id).order_by(ClinicNumber.id).first()  # type: ignore[return-value]


def make_conversation(
    session: Session, clinic: Clinic, *, number: str = CLIENT_NUMBER, **values: Any
) -> Conversation:
    """A conversation with a number, answered from the clinic's default number."""
    values.setdefault("clinic_number_id", number_of(session, clinic).id)
    values.setdefault("created_at", NOON - timedelta(days=1))
    return _saved(session, Conversation(clinic_id=clinic.id, number=number, **values))


def make_client(session: Session, conversation: Conversation, *, name: str = "Ana", **values: Any) -> Client:
    """A client reached on the conversation's number."""
    values.setdefault("created_at", NOON - timedelta(days=1))
    row = Client(clinic_id=conversation.clinic_id, conversation_id=conversation.id, name=name, **values)
    return _saved(session, row)


def make_consent(
    session: Session,
    conversation: Conversation,
    change: str = "granted",
    scope: str = "care",
    *,
    at: datetime = NOON - timedelta(days=1),
    **values: Any,
) -> ConsentEvent:
    """One consent event: granted, revoked, stopped or restarted."""
    given: Mapping[str, Any] = {"how": "in person", "by": "client"}
    row = ConsentEvent(
        clinic_id=conversation.clinic_id,
        conversation_id=conversation.id,
        change=change,
        scope="all" if change == "stopped" else scope,
        at=at,
        **{**given, **values},
    )
    return _saved(session, row)


def make_carrier_block(
    session: Session, conversation: Conversation, *, since: datetime = NOON
) -> CarrierBlock:
    """The carrier refuses texts on this conversation's pair of numbers."""
    row = CarrierBlock(
        clinic_number_id=conversation.clinic_number_id, their_number=conversation.number, since=since
    )
    return _saved(session, row)


def make_visit(
    session: Session, client: Client, *, at: datetime = NOON - timedelta(days=14), **values: Any
) -> Visit:
    """A visit with one treatment."""
    given: Mapping[str, Any] = {
        "local_day": at.astimezone(CLINIC_ZONE).date(),
        "injected_at": at,
        "enrolled_at": at,
    }
    visit = _saved(session, Visit(clinic_id=client.clinic_id, client_id=client.id, **{**given, **values}))
    treatment = Treatment(
        visit_id=visit.id, product="neuromodulator", injected_at=at, entered_by="test", created_at=at
    )
    _saved(session, treatment)
    return visit


def make_reminder(
    session: Session, visit: Visit, *, step: str = "check_in", due_at: datetime = NOON, **values: Any
) -> Reminder:
    """A planned step of a visit, due at `due_at`, with a day to spare on its late side."""
    client = session.get_one(Client, visit.client_id)
    given: Mapping[str, Any] = {
        "purpose": "care",
        "status": "planned",
        "earliest_at": due_at - timedelta(hours=1),
        "target_at": due_at,
        "latest_at": due_at + timedelta(days=1),
        "planned_at": visit.enrolled_at,
    }
    row = Reminder(
        clinic_id=visit.clinic_id,
        conversation_id=client.conversation_id,
        client_id=client.id,
        visit_id=visit.id,
        step=step,
        due_at=due_at,
        **{**given, **values},
    )
    return _saved(session, row)


def make_inbound(
    session: Session,
    conversation: Conversation,
    body: str = "Can I work out?",
    *,
    kind: str = "faq",
    at: datetime = NOON,
    **values: Any,
) -> Message:
    """A text the client sent."""
    given: Mapping[str, Any] = {
        "carrier_sid": f"SM{uuid4().hex}",
        "state": "received",
        "status": "received",
        "their_number": conversation.number,
    }
    row = Message(
        clinic_id=conversation.clinic_id,
        conversation_id=conversation.id,
        clinic_number_id=conversation.clinic_number_id,
        direction="inbound",
        kind=kind,
        body=body,
        created_at=at,
        **{**given, **values},
    )
    conversation.last_inbound_at = at
    return _saved(session, row)


def make_outbound(
    session: Session,
    conversation: Conversation,
    body: str = "Yes, from 9:10 am.",
    *,
    kind: str = "faq",
    state: str = "sent",
    at: datetime = NOON,
    **values: Any,
) -> Message:
    """A text of ours, as a plain row (the gate is not asked)."""
    row = Message(
        clinic_id=conversation.clinic_id,
        conversation_id=conversation.id,
        clinic_number_id=conversation.clinic_number_id,
        their_number=conversation.number,
        direction="outbound",
        kind=kind,
        body=body,
        state=state,
        created_at=at,
        **values,
    )
    return _saved(session, row)


def make_on_call(
    session: Session, clinic: Clinic, *, number: str = ON_CALL_NUMBER, position: int = 1, **values: Any
) -> OnCall:
    """An on-call phone."""
    values.setdefault("name", f"On call {position}")
    return _saved(session, OnCall(clinic_id=clinic.id, number=number, position=position, **values))


def make_staff(
    session: Session, clinic: Clinic, *, email: str = "owner@example.com", role: str = "owner", **values: Any
) -> Staff:
    """A member of staff who cannot sign in (no real password hash)."""
    given: Mapping[str, Any] = {"name": "Dana", "password_hash": "-", "created_at": NOON - timedelta(days=30)}
    return _saved(session, Staff(clinic_id=clinic.id, email=email, role=role, **{**given, **values}))


def make_alert(session: Session, conversation: Conversation, **values: Any) -> Alert:
    """An open alert, as a plain row (nobody is paged)."""
    given: Mapping[str, Any] = {"kind": "red_flag", "code": "K7", "opened_at": NOON}
    row = Alert(clinic_id=conversation.clinic_id, conversation_id=conversation.id, **{**given, **values})
    return _saved(session, row)
