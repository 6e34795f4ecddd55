"""What our own tables say of a send, read right after it was begun: an erasure or a correction takes it away later."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from carriers.base import OutboundText
from models.alert import Alert
from models.message import Attempt, Message
from models.reminder import Reminder
from models.visit import Visit
from outbox.kinds import Kind
from tests.support.world import Taken

Owner = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """The planned step a send stands for, and its visit as it was on file at that moment."""

    name: str
    visit_id: int
    injected_at: datetime
    local_day: date
    has_newer: bool


@dataclass(frozen=True, slots=True)
class Begun:
    """One send. `owner`: the step or the client's text it stands for; two of one owner are a double.

    `is_under_alert`: an alert about the conversation was open.
    """

    text: OutboundText
    at: datetime
    message_id: int
    kind: Kind
    owner: Owner
    step: Step | None
    is_under_alert: bool


def callback_of(text: OutboundText) -> str:
    """Our own id of the try, as the carrier knows it."""
    return text.status_callback.rsplit("=", 1)[1]


def read_begun(session: Session, taken: Taken) -> Begun:
    """The send of this very try."""
    question = select(Message).join(Attempt, Attempt.message_id == Message.id)
    message = session.scalars(question.where(Attempt.callback_id == callback_of(taken.text))).one()
    step = _step_of(session, message)
    return Begun(
        text=taken.text,
        at=taken.at,
        message_id=message.id,
        kind=Kind(message.kind),
        owner=_owner_of(message, step),
        step=step,
        is_under_alert=_is_under_alert(session, message),
    )


def owner_of_row(message_id: int) -> Owner:
    """Whom a text stands for that is no step and no answer: itself."""
    return ("text", message_id)


def owner_of_step(visit_id: int, name: str) -> Owner:
    """Whom the texts of this step stand for, however many rows there are of it."""
    return ("step", visit_id, name)


def _owner_of(message: Message, step: Step | None) -> Owner:
    if step is not None:
        return owner_of_step(step.visit_id, step.name)
    if message.in_reply_to_id is not None:
        return ("answer", message.in_reply_to_id, message.topic)
    return owner_of_row(message.id)


def _step_of(session: Session, message: Message) -> Step | None:
    if message.reminder_id is None:
        return None
    reminder = session.get_one(Reminder, message.reminder_id)
    visit = session.get_one(Visit, reminder.visit_id)
    return Step(reminder.step, visit.id, visit.injected_at, visit.local_day, _has_newer(session, visit))


def _has_newer(session: Session, visit: Visit) -> bool:
    newer = select(Visit.id).where(
        Visit.client_id == visit.client_id,
        Visit.cancelled_at.is_(None),
        Visit.injected_at > visit.injected_at,
    )
    return session.scalar(newer.limit(1)) is not None


def _is_under_alert(session: Session, message: Message) -> bool:
    question = select(Alert.id).where(
        Alert.conversation_id == message.conversation_id, Alert.closed_at.is_(None)
    )
    return message.conversation_id is not None and session.scalar(question.limit(1)) is not None
