"""The list of clients: who is found by a name or any spelling of a number, and what each row shows. One clinic."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from models.client import Client
from models.consent_event import ConsentState, consent_states
from models.conversation import Conversation
from models.reminder import Reminder
from models.visit import Visit

LEAST_DIGITS = 3


@dataclass(frozen=True, slots=True)
class ClientRow:
    """One line of the list. `shared_with`: how many other clients use the number."""

    client: Client
    conversation: Conversation
    consent: ConsentState
    last_visit: date | None
    next_step: Reminder | None
    shared_with: int


def find_client_of_clinic(session: Session, client_id: int, *, clinic_id: int) -> Client | None:
    """The clinic's client of this id, erased ones left out."""
    question = select(Client).where(
        Client.id == client_id, Client.clinic_id == clinic_id, Client.erased_at.is_(None)
    )
    return session.scalars(question).first()


def search_clients(
    session: Session, *, clinic_id: int, search: str = "", limit: int = 50, offset: int = 0
) -> list[ClientRow]:
    """Clients by name whose name or number holds what was typed; everybody where nothing was."""
    question = (
        select(Client, Conversation)
        .join(Conversation, Conversation.id == Client.conversation_id)
        .where(Client.clinic_id == clinic_id, Client.erased_at.is_(None))
    )
    if search.strip():
        question = question.where(_matches(search.strip()))
    ordered = question.order_by(func.lower(Client.name), Client.id)
    return _rows(session, [(row[0], row[1]) for row in session.execute(ordered.limit(limit).offset(offset))])


def count_clients(session: Session, *, clinic_id: int) -> int:
    """How many clients a clinic has."""
    question = select(func.count()).where(Client.clinic_id == clinic_id, Client.erased_at.is_(None))
    return session.scalar(question) or 0


def _matches(wanted: str) -> ColumnElement[bool]:
    named = Client.name.icontains(wanted, autoescape=True)
    digits = "".join(character for character in wanted if character.isdigit())
    if len(digits) < LEAST_DIGITS or any(character.isalpha() for character in wanted):
        return named
    return or_(named, Conversation.number.contains(digits.removeprefix("1"), autoescape=True))


def _rows(session: Session, found: list[tuple[Client, Conversation]]) -> list[ClientRow]:
    clients = [client.id for client, _ in found]
    threads = [thread.id for _, thread in found]
    visits, steps = _last_visits(session, clients), _next_steps(session, clients)
    consent, sharing = consent_states(session, threads), _sharing(session, threads)
    return [
        ClientRow(
            client=client,
            conversation=thread,
            consent=consent[thread.id],
            last_visit=visits.get(client.id),
            next_step=steps.get(client.id),
            shared_with=sharing.get(thread.id, 1) - 1,
        )
        for client, thread in found
    ]


def _last_visits(session: Session, clients: list[int]) -> dict[int, date]:
    standing = select(Visit.client_id, func.max(Visit.local_day)).where(
        Visit.client_id.in_(clients), Visit.cancelled_at.is_(None)
    )
    return {row[0]: row[1] for row in session.execute(standing.group_by(Visit.client_id))}


def _next_steps(session: Session, clients: list[int]) -> dict[int, Reminder]:
    question = select(Reminder).where(Reminder.client_id.in_(clients), Reminder.status == "planned")
    first: dict[int, Reminder] = {}
    for step in session.scalars(question.order_by(Reminder.due_at, Reminder.id)):
        first.setdefault(step.client_id, step)
    return first


def _sharing(session: Session, threads: list[int]) -> dict[int, int]:
    question = select(Client.conversation_id, func.count()).where(
        Client.conversation_id.in_(threads), Client.erased_at.is_(None)
    )
    return {row[0]: row[1] for row in session.execute(question.group_by(Client.conversation_id))}
