"""Whose record a row of the audit is about, and who acted, by name. For the screen: the rows hold ids only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import null, select
from sqlalchemy.orm import Session

from models.alert import Alert
from models.api_token import ApiToken
from models.appointment import Appointment
from models.client import Client
from models.conversation import Conversation
from models.desk import Picture, SavedReply, TopicPhrase
from models.message import Message
from models.photo import Photo
from models.reminder import Reminder
from models.staff import OnCall, Staff
from models.template_version import TemplateVersion
from models.visit import Treatment, Visit

Record = tuple[str, int]  # ("photo", 4)

# Records of clients: their id, their conversation, and the one client where the record names one.
OF_CLIENTS: Mapping[str, tuple[Any, Any]] = {
    "conversation": (Conversation, select(Conversation.id, Conversation.id, null())),
    "client": (Client, select(Client.id, Client.conversation_id, Client.id)),
    "photo": (Photo, select(Photo.id, Photo.conversation_id, null())),
    "message": (Message, select(Message.id, Message.conversation_id, Message.client_id)),
    "alert": (Alert, select(Alert.id, Alert.conversation_id, null())),
    "reminder": (Reminder, select(Reminder.id, Reminder.conversation_id, Reminder.client_id)),
    "appointment": (
        Appointment,
        select(Appointment.id, Client.conversation_id, Client.id).join(
            Client, Client.id == Appointment.client_id
        ),
    ),
    "treatment": (
        Visit,
        select(Treatment.id, Client.conversation_id, Client.id)
        .join(Visit, Visit.id == Treatment.visit_id)
        .join(Client, Client.id == Visit.client_id),
    ),
}
NAMED = {
    "staff": Staff.name,
    "token": ApiToken.name,
    "on_call": OnCall.name,
    "saved_reply": SavedReply.name,
    "picture": Picture.name,
    "topic_phrase": TopicPhrase.topic,
    "template_version": TemplateVersion.topic,
}
ACTORS = ("staff", "token", "on_call")


@dataclass(frozen=True, slots=True)
class Whose:
    """Names as they are now, or the number where nobody has one; the conversation, where there is one."""

    names: tuple[str, ...]
    number: str | None = None
    conversation_id: int | None = None


def whose_records(session: Session, clinic_id: int, records: Iterable[Record]) -> dict[Record, Whose]:
    """Whose each of these records is. What is gone, or not this clinic's, is left out."""
    found: dict[Record, Whose] = {}
    for kind, ids in _by_kind(records).items():
        if kind in OF_CLIENTS:
            found |= _of_clients(session, clinic_id, kind, ids)
        elif kind in NAMED:
            found |= {(kind, id_): Whose((name,)) for id_, name in _named(session, clinic_id, kind, ids)}
    return found


def actor_names(session: Session, clinic_id: int) -> dict[str, str]:
    """Everybody of a clinic who can act, as the audit calls them: "staff:3", "token:1", "on_call:2"."""
    return {f"{kind}:{id_}": name for kind in ACTORS for id_, name in _named(session, clinic_id, kind, None)}


def _by_kind(records: Iterable[Record]) -> dict[str, set[int]]:
    kinds: dict[str, set[int]] = {}
    for kind, id_ in records:
        kinds.setdefault(kind, set()).add(id_)
    return kinds


def _named(session: Session, clinic_id: int, kind: str, ids: set[int] | None) -> list[tuple[int, str]]:
    table = NAMED[kind].class_
    question = select(table.id, NAMED[kind]).where(table.clinic_id == clinic_id)
    if ids is not None:
        question = question.where(table.id.in_(ids))
    return [(row[0], row[1]) for row in session.execute(question)]


def _of_clients(session: Session, clinic_id: int, kind: str, ids: set[int]) -> dict[Record, Whose]:
    scope, question = OF_CLIENTS[kind]
    key = question.selected_columns[0]
    rows = session.execute(question.where(scope.clinic_id == clinic_id, key.in_(ids))).all()
    threads = {row[1] for row in rows if row[1] is not None}
    asked = select(Conversation.id, Conversation.number).where(Conversation.id.in_(threads))
    numbers = {row.id: row.number for row in session.execute(asked)}
    people = session.execute(
        select(Client.conversation_id, Client.id, Client.name)
        .where(Client.conversation_id.in_(threads))
        .order_by(Client.id)
    ).all()
    return {
        (kind, row[0]): Whose(
            tuple(name for thread, id_, name in people if thread == row[1] and row[2] in (None, id_)),
            numbers.get(row[1]),
            row[1],
        )
        for row in rows
    }
