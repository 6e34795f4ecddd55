"""What staff see of a client: the card beside a thread, and the whole page. Gathers only; nothing is decided here."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

import clock
from clinic_time.local_time import day_number
from dashboard.audit_words import actor_name
from dashboard.client_words import Status, consent_change, sentence, status_of, step_name
from dashboard.wording import Delivery, delivery_of
from models.appointment import Appointment
from models.audit_records import actor_names
from models.client import Client, clients_of
from models.client_file import (
    VisitOnFile,
    appointments_of,
    count_photos,
    earlier_threads,
    messages_by_id,
    steps_of_client,
    visits_on_file,
)
from models.clinic import Clinic, find_clinic
from models.consent_event import ConsentEvent, ConsentState, consent_events, derive_consent, is_blocked
from models.conversation import Conversation
from models.message import Message
from models.reminder import UNSENT, Reminder
from models.thread import open_alerts_of
from web.edge import deployment

SHOWN_NEXT = 3
FAILED = ("failed", "undelivered")


@dataclass(frozen=True, slots=True)
class StepLine:
    """One planned text: what it says, how it stands, and why. `why` answers "why was this not sent?"."""

    step: Reminder
    name: str
    status: Status
    why: str
    delivery: Delivery | None = None

    @property
    def can_hold(self) -> bool:
        return self.step.status == "planned"

    @property
    def can_release(self) -> bool:
        """Whether a person's release is enough: alerts and unapproved words hold again at once."""
        return self.step.status == "held" and self.step.held_by not in ("alert", "words")

    @property
    def can_cancel(self) -> bool:
        return self.step.status in UNSENT


@dataclass(frozen=True, slots=True)
class VisitView:
    """One visit, the day it is now after it, and its texts."""

    on_file: VisitOnFile
    day: int
    steps: tuple[StepLine, ...]

    @property
    def given(self) -> str:
        """The products, and areas where known, in one line."""
        lines = (
            f"{one.product}, {one.areas}" if one.areas else one.product for one in self.on_file.treatments
        )
        return sentence(" · ".join(lines))


@dataclass(frozen=True, slots=True)
class PersonCard:
    """One client on the card."""

    client: Client
    latest: VisitView | None
    next_steps: tuple[StepLine, ...]
    appointment: Appointment | None


@dataclass(frozen=True, slots=True)
class Card:
    """The card beside a thread."""

    thread: Conversation
    people: tuple[PersonCard, ...]
    consent: ConsentState
    photos: int


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """One line of the consent history."""

    event: ConsentEvent
    what: str
    by: str


@dataclass(frozen=True, slots=True)
class ClientView:
    """Everything the client's page needs."""

    client: Client
    thread: Conversation
    others: tuple[Client, ...]
    visits: tuple[VisitView, ...]
    consent: ConsentState
    history: tuple[ConsentLine, ...]
    appointments: tuple[Appointment, ...]
    earlier: tuple[Conversation, ...]
    photos: int
    has_alert: bool
    is_blocked: bool


def card_of(thread: Conversation) -> Card:
    """The card of one thread, read now. Templates call this where they include it."""
    with deployment().database.read() as session:
        clinic, now = find_clinic(session, thread.clinic_id), clock.now(session)
        people = tuple(_person(session, clinic, client, now) for client in clients_of(session, thread.id))
        return Card(
            thread=thread,
            people=people,
            consent=derive_consent(consent_events(session, thread.id)),
            photos=count_photos(session, thread.id),
        )


def _person(session: Session, clinic: Clinic, client: Client, now: datetime) -> PersonCard:
    visits = visit_views(session, clinic, client, now)
    planned = [line for visit in visits for line in visit.steps if line.step.status in UNSENT]
    ahead = [row for row in appointments_of(session, client.id) if row.cancelled_at is None and row.at > now]
    return PersonCard(
        client=client,
        latest=visits[0] if visits else None,
        next_steps=tuple(sorted(planned, key=lambda line: line.step.due_at)[:SHOWN_NEXT]),
        appointment=min(ahead, key=lambda row: row.at, default=None),
    )


def gather_client(session: Session, clinic: Clinic, client: Client, now: datetime) -> ClientView:
    """The client's page."""
    thread = session.get_one(Conversation, client.conversation_id)
    events, names = consent_events(session, thread.id), actor_names(session, clinic.id)
    return ClientView(
        client=client,
        thread=thread,
        others=tuple(other for other in clients_of(session, thread.id) if other.id != client.id),
        visits=visit_views(session, clinic, client, now),
        consent=derive_consent(events),
        history=tuple(_consent_line(event, names) for event in reversed(events)),
        appointments=tuple(appointments_of(session, client.id)),
        earlier=tuple(earlier_threads(session, client.id, current=thread.id)),
        photos=count_photos(session, thread.id),
        has_alert=bool(open_alerts_of(session, thread.id)),
        is_blocked=is_blocked(session, clinic_number_id=thread.clinic_number_id, their_number=thread.number),
    )


def visit_views(session: Session, clinic: Clinic, client: Client, now: datetime) -> tuple[VisitView, ...]:
    """A client's visits with their texts, the newest first."""
    steps = steps_of_client(session, client.id)
    texts = messages_by_id(session, [step.message_id for step in steps if step.message_id is not None])
    zone = ZoneInfo(clinic.timezone)
    return tuple(
        VisitView(
            on_file=entry,
            day=day_number(entry.visit.local_day, now, zone),
            steps=tuple(
                step_line(step, texts.get(step.message_id or 0))
                for step in steps
                if step.visit_id == entry.visit.id
            ),
        )
        for entry in visits_on_file(session, client.id)
    )


def step_line(step: Reminder, text: Message | None = None) -> StepLine:
    """One step in words; `text` is the message that went, or tried to go, for it."""
    has_failed = text is not None and text.status in FAILED
    return StepLine(
        step=step,
        name=step_name(step.step),
        status=status_of(step.status),
        why=sentence(step.reason or ""),
        delivery=delivery_of(text) if text is not None and (step.status == "sent" or has_failed) else None,
    )


def _consent_line(event: ConsentEvent, names: dict[str, str]) -> ConsentLine:
    by = actor_name(f"staff:{event.by}" if event.by.isdigit() else event.by, names)
    return ConsentLine(event, consent_change(event.scope, event.change), by)
