"""Visits with their texts on a real database: entered, corrected, and time let pass. Holds no asserts."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from messages.catalogue import Pack, shipped_pack
from models.client import Client
from models.message import Message
from models.planning import reminders_of_conversation
from models.reminder import Reminder
from models.visit import Visit
from scheduler.due import enqueue_due
from scheduler.visits import NewTreatment, PlannedVisit, add_treatment, correct_treatment
from tests.support.chicago import by_the_clock, local

RULES = shipped_pack().plan
STEPS = ("aftercare_now", "exercise_over", "check_in", "retreatment", "retreatment_again")


@dataclass(frozen=True, slots=True)
class Voice:
    """The words reminders are written with."""

    pack: Pack = field(default_factory=shipped_pack)
    all_approved: bool = True


def treat(
    session: Session, client: Client, at: str, *, entered: str | None = None, refines: int | None = None
) -> PlannedVisit:
    """A treatment at a clinic's clock time, entered at once or then."""
    new = NewTreatment(local(at), "neuromodulator", refines=refines)
    now = local(entered or at)
    return add_treatment(session, client, new, by="Dana", actor="staff:1", rules=RULES, now=now)


def correct(session: Session, planned: PlannedVisit, at: str, *, now: str) -> PlannedVisit:
    """Staff say it was at another time."""
    return correct_treatment(
        session, planned.treatment.id, injected_at=local(at), actor="staff:1", rules=RULES, now=local(now)
    )


def told_visit(session: Session, client: Client, at: str) -> PlannedVisit:
    """A visit whose aftercare text, with its clock time, has left."""
    planned = treat(session, client, at)
    deliver(session, tick(session, at), local(at))
    return planned


def tick(session: Session, at: str) -> list[Message]:
    """The texts that are due by then. Raises RuntimeError where a step could not be handed over."""
    done = enqueue_due(session, local(at), voice=Voice())
    if done.failed:
        raise RuntimeError(f"steps that failed: {done.failed}")
    return [session.get_one(Message, message_id) for message_id in done.enqueued]


def deliver(session: Session, messages: list[Message], at: datetime) -> None:
    """As the sender does: the carrier has them."""
    for message in messages:
        message.state, message.sent_at = "sent", at
        session.get_one(Reminder, message.reminder_id).status = "sent"
    session.flush()


def live(session: Session, start: datetime, days: int) -> list[tuple[str, str, str]]:
    """Step from due moment to due moment, as the simulator does; everything that leaves, in order."""
    now, left = start, []
    while now <= start + timedelta(days=days):
        messages = [
            session.get_one(Message, each) for each in enqueue_due(session, now, voice=Voice()).enqueued
        ]
        deliver(session, messages, now)
        for message in messages:
            step = session.get_one(Reminder, message.reminder_id).step
            left.append((step, by_the_clock(now), message.body))
        ahead = session.query(Reminder.due_at).filter(Reminder.status == "planned", Reminder.due_at > now)
        following = ahead.order_by(Reminder.due_at).first()
        if following is None:
            break
        now = following[0]
    return left


def steps_of(session: Session, visit: Visit) -> dict[str, Reminder]:
    """The rows of a visit's plan by their step."""
    rows = reminders_of_conversation(session, session.get_one(Client, visit.client_id).conversation_id)
    return {row.step: row for row in rows if row.visit_id == visit.id}


def due(row: Reminder) -> str:
    """When a planned step leaves, by the clinic's clock; of any other step its state and why."""
    return by_the_clock(row.due_at) if row.status == "planned" else f"{row.status}: {row.reason}"
