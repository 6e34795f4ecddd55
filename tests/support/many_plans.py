"""Many clients with a plan each: one of them is planned by the product, the others are copies of its rows."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, inspect, select
from sqlalchemy.orm import Session

from messages.plan_rules import PlanRules
from models.base import Base
from models.client import Client
from models.clinic import ClinicNumber, find_clinic
from models.consent_event import ConsentEvent
from models.conversation import Conversation
from models.reminder import Reminder
from models.visit import Treatment, Visit
from scheduler.visits import NewTreatment, add_treatment
from tests.support.factories import make_client, make_consent, make_conversation

PARENTS = {
    Conversation: "conversation_id",
    Client: "client_id",
    Visit: "visit_id",
}
TABLES: tuple[type[Base], ...] = (Conversation, ConsentEvent, Client, Visit, Treatment, Reminder)


def plan_many(
    session: Session,
    ours: ClinicNumber,
    numbers: Sequence[str],
    *,
    treated_at: datetime,
    already_sent: Collection[str],
    rules: PlanRules,
) -> None:
    """Each of `numbers` agreed to care texts and was treated at that moment; these steps have left already."""
    first, *others = numbers
    rows = _plan_one(session, ours, first, treated_at, already_sent, rules)
    shift = {table: _highest_id(session, table) for table in TABLES}
    for table in TABLES:
        own = [row for row in rows if isinstance(row, table)]
        copies = [
            _copy(row, place, number, shift) | {"id": shift[table] + 1 + place * len(own) + index}
            for place, number in enumerate(others)
            for index, row in enumerate(own)
        ]
        session.execute(insert(table), copies)
        _count_on(session, table)


def _plan_one(
    session: Session,
    ours: ClinicNumber,
    number: str,
    treated_at: datetime,
    already_sent: Collection[str],
    rules: PlanRules,
) -> list[Base]:
    """The rows the product writes for one client, parents first."""
    clinic = find_clinic(session, ours.clinic_id)
    conversation = make_conversation(session, clinic, number=number, clinic_number_id=ours.id)
    consent = make_consent(session, conversation, at=treated_at)
    client = make_client(session, conversation)
    new = NewTreatment(treated_at, "neuromodulator")
    planned = add_treatment(session, client, new, by="Dana", actor="staff:1", rules=rules, now=treated_at)
    for step in planned.steps:
        if step.step in already_sent:
            step.status, step.closed_at = "sent", step.due_at
    session.flush()
    return [conversation, consent, client, planned.visit, planned.treatment, *planned.steps]


def _copy(row: Base, place: int, number: str, shift: dict[type[Base], int]) -> dict[str, Any]:
    """The row's values, hung on the copies of what it hangs on: one parent of each table a client."""
    values = {column.key: getattr(row, column.key) for column in inspect(row).mapper.column_attrs}
    parents = {column: shift[table] + 1 + place for table, column in PARENTS.items() if column in values}
    return values | parents | ({"number": number} if isinstance(row, Conversation) else {})


def _count_on(session: Session, table: type[Base]) -> None:
    """PostgreSQL does not count ids that were given."""
    if session.get_bind().dialect.name == "postgresql":
        name, highest = table.__tablename__, _highest_id(session, table)
        session.execute(select(func.setval(func.pg_get_serial_sequence(name, "id"), highest)))


def _highest_id(session: Session, table: type[Base]) -> int:
    return session.scalar(select(func.max(inspect(table).primary_key[0]))) or 0
