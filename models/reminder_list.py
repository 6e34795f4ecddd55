"""The page of planned texts: what leaves next, what is held, what was not sent and why. One clinic, always."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from models.client import Client
from models.conversation import Conversation
from models.reminder import Reminder
from models.visit import Visit


@dataclass(frozen=True, slots=True)
class ListedStep:
    """One step with the person and the thread it is for."""

    step: Reminder
    client: Client
    conversation: Conversation
    visit: Visit


def steps_ahead(session: Session, *, clinic_id: int, limit: int, offset: int = 0) -> list[ListedStep]:
    """Planned and queued steps, the next one first."""
    question = _listed(clinic_id, ("planned", "enqueued")).order_by(Reminder.due_at, Reminder.id)
    return _read(session, question.limit(limit).offset(offset))


def steps_held(session: Session, *, clinic_id: int, limit: int) -> list[ListedStep]:
    """Held steps, the one that is over soonest first."""
    question = _listed(clinic_id, ("held",)).order_by(Reminder.latest_at, Reminder.id)
    return _read(session, question.limit(limit))


def steps_not_sent(session: Session, *, clinic_id: int, since: datetime, limit: int) -> list[ListedStep]:
    """Steps skipped or cancelled since, the latest first."""
    question = _listed(clinic_id, ("skipped", "cancelled")).where(Reminder.closed_at >= since)
    return _read(session, question.order_by(Reminder.closed_at.desc(), Reminder.id.desc()).limit(limit))


def steps_sent(session: Session, *, clinic_id: int, since: datetime, limit: int) -> list[ListedStep]:
    """Steps that left since, the latest first."""
    question = _listed(clinic_id, ("sent",)).where(Reminder.closed_at >= since)
    return _read(session, question.order_by(Reminder.closed_at.desc(), Reminder.id.desc()).limit(limit))


def steps_followed_up(
    session: Session, *, clinic_id: int, step: str, since: datetime, limit: int
) -> list[ListedStep]:
    """Steps about which somebody spoke to the client since, the latest first."""
    question = _every(clinic_id).where(Reminder.step == step, Reminder.followed_up_at >= since)
    return _read(session, question.order_by(Reminder.followed_up_at.desc(), Reminder.id.desc()).limit(limit))


def count_held(session: Session, *, clinic_id: int) -> int:
    """How many steps are held."""
    question = select(func.count()).where(Reminder.clinic_id == clinic_id, Reminder.status == "held")
    return session.scalar(question) or 0


def find_step_of_clinic(session: Session, reminder_id: int, *, clinic_id: int) -> Reminder | None:
    """The clinic's step of this id, if there is one."""
    question = select(Reminder).where(Reminder.id == reminder_id, Reminder.clinic_id == clinic_id)
    return session.scalars(question).first()


def people_of(session: Session, client_ids: Sequence[int]) -> dict[int, tuple[Client, Conversation]]:
    """These clients and the threads they are reached in, by the client's id."""
    question = (
        select(Client, Conversation)
        .join(Conversation, Conversation.id == Client.conversation_id)
        .where(Client.id.in_(client_ids), Client.erased_at.is_(None))
    )
    return {client.id: (client, thread) for client, thread in session.execute(question)}


def visits_by_id(session: Session, visit_ids: Sequence[int]) -> dict[int, Visit]:
    """These visits by their id."""
    return {visit.id: visit for visit in session.scalars(select(Visit).where(Visit.id.in_(visit_ids)))}


def _listed(clinic_id: int, statuses: Sequence[str]) -> Select[Reminder, Client, Conversation, Visit]:
    return _every(clinic_id).where(Reminder.status.in_(statuses))


def _every(clinic_id: int) -> Select[Reminder, Client, Conversation, Visit]:
    return (
        select(Reminder, Client, Conversation, Visit)
        .join(Client, Client.id == Reminder.client_id)
        .join(Conversation, Conversation.id == Reminder.conversation_id)
        .join(Visit, Visit.id == Reminder.visit_id)
        .where(Reminder.clinic_id == clinic_id, Client.erased_at.is_(None))
    )


def _read(session: Session, question: Select[Reminder, Client, Conversation, Visit]) -> list[ListedStep]:
    return [ListedStep(*row) for row in session.execute(question)]
