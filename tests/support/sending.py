"""Moves of the sending tests: write a text, let time pass, look at what the carrier got."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from carriers.base import Outcome, SendResult
from models.client import Client
from models.clinic import Clinic
from models.conversation import Conversation
from models.message import Attempt
from outbox.gate import Draft, enqueue
from outbox.kinds import Kind
from outbox.lookup import look_up_unknown
from tests.support.factories import (
    CLIENT_NUMBER,
    NOON,
    ON_CALL_NUMBER,
    make_consent,
    make_inbound,
    make_on_call,
    make_reminder,
    make_visit,
)
from tests.support.scripted_carrier import SHORT, ScriptedCarrier, make_sender
from tests.support.sending_desk import Desk

UNKNOWN = SendResult(Outcome.UNKNOWN)
REFUSED = SendResult(Outcome.REJECTED_FINAL, error_code=21211)


def queue(desk: Desk, kind: Kind = Kind.FAQ, **values: Any) -> int:
    """A text through the gate; answers answer a text of the client's of their own kind."""
    with desk.database.write() as session:
        conversation = session.get_one(Conversation, desk.conversation_id)
        given: dict[str, Any] = {"body": f"text {kind}", "their_number": CLIENT_NUMBER}
        if kind not in (Kind.REMINDER, Kind.CORRECTION, Kind.STAFF, Kind.ALERT, Kind.CONSENT):
            given["in_reply_to_id"] = make_inbound(session, conversation, kind=kind, at=desk.clock.at).id
        if kind is Kind.ALERT:
            given |= {"conversation_id": None, "their_number": ON_CALL_NUMBER}
        row = enqueue(session, draft(desk, kind, **(given | values)), now=desk.clock.at)
        return row.id


def draft(desk: Desk, kind: Kind, **values: Any) -> Draft:
    values.setdefault("conversation_id", desk.conversation_id)
    values.setdefault("clinic_id", desk.clinic_id)
    values.setdefault("clinic_number_id", desk.number_id)
    return Draft(kind=kind, **values)


def queue_reminder(desk: Desk, *, due_at: datetime = NOON, **values: Any) -> tuple[int, int]:
    """(message id, reminder id) of a planned step that is due."""
    with desk.database.write() as session:
        visit = make_visit(session, session.get_one(Client, desk.client_id))
        reminder = make_reminder(session, visit, due_at=due_at, **values)
        body = f"reminder {reminder.id}"
        row = enqueue(
            session,
            draft(
                desk,
                Kind.REMINDER,
                body=body,
                their_number=CLIENT_NUMBER,
                purpose=reminder.purpose,
                reminder_id=reminder.id,
                client_id=desk.client_id,
                dedupe_key=f"reminder:{reminder.id}",
            ),
            now=desk.clock.at,
        )
        return row.id, reminder.id


def get(desk: Desk, model: Any, row_id: int) -> Any:
    with desk.database.read() as session:
        return session.get_one(model, row_id)


def attempts(desk: Desk, message_id: int) -> list[Attempt]:
    with desk.database.read() as session:
        question = select(Attempt).where(Attempt.message_id == message_id)
        return list(session.scalars(question.order_by(Attempt.id)))


def drain(desk: Desk, **values: Any) -> int:
    """Deliver until nothing may leave at this moment."""
    sender = make_sender(desk.database, desk.carrier, **values)
    handled = 0
    while sender.deliver_next():
        handled += 1
    return handled


def look_up(desk: Desk) -> int:
    return look_up_unknown(desk.database, desk.carrier, spans=SHORT, clocks=desk.clock.clocks())


def live(desk: Desk, seconds: int = 80) -> None:
    """Let a worker and the reconcile job run for a while, every other second."""
    for _ in range(0, seconds, 2):
        drain(desk)
        look_up(desk)
        desk.clock.move(seconds=2)


def bodies(carrier: ScriptedCarrier) -> list[str]:
    return [sent.body for sent in carrier.sends]


def queue_kind(desk: Desk, kind: Kind) -> int:
    if kind is Kind.OPT_OUT:
        with desk.database.write() as session:
            make_consent(session, session.get_one(Conversation, desk.conversation_id), "stopped", at=NOON)
    if kind is Kind.ALERT:
        with desk.database.write() as session:
            make_on_call(session, session.get_one(Clinic, desk.clinic_id))
    return queue_reminder(desk)[0] if kind is Kind.REMINDER else queue(desk, kind)
