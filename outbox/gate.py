"""The one gate every outgoing text passes: asked when it is written, and again in the transaction of its intent.

The rules stand in rules.py. If a fact cannot be read, nothing is sent: reading raises.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.conversation import Conversation
from models.message import Message
from models.message_queue import find_by_dedupe_key
from models.reminder import Reminder
from outbox.closing import close_refused, explain
from outbox.facts import SendFacts
from outbox.kinds import POLICIES, Kind
from outbox.load_facts import load_facts
from outbox.refusals import Allowed, Refusal, Refused
from outbox.rules import decide

__all__ = ["Allowed", "Draft", "Refusal", "Refused", "SendFacts", "decide", "enqueue", "load_facts"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A text somebody wants sent. Moments are clinic time; an existing `dedupe_key` means it was written already."""

    clinic_id: int
    conversation_id: int | None
    clinic_number_id: int
    their_number: str
    kind: Kind
    body: str
    purpose: str = "care"
    topic: str | None = None
    template_version: str | None = None
    reason: dict[str, object] = field(default_factory=dict)
    in_reply_to_id: int | None = None
    reminder_id: int | None = None
    alert_id: int | None = None
    client_id: int | None = None
    staff_id: int | None = None
    dedupe_key: str | None = None
    send_after: datetime | None = None
    useful_until: datetime | None = None
    media_urls: tuple[str, ...] = ()


def enqueue(session: Session, draft: Draft, *, now: datetime) -> Message:
    """Write a text into the outbox, queued or refused with its reason. Always a row, once per dedupe key.

    A text that is only early, or held, is queued and waits. Its reminder, if any, becomes `enqueued`, or is closed
    where the text is refused. `now` is clinic time. Raises where a fact cannot be read: then nothing is written.
    """
    message, is_new = _written_once(session, draft, now)
    if not is_new:
        return message
    _take_reminder(session, message)
    verdict = decide(load_facts(session, message, now), now)
    if isinstance(verdict, Refused) and verdict.is_final:
        close_refused(session, message, verdict, now=now, tell=False)
        message.state = "refused"
    else:
        _queue(session, message, verdict, now)
    session.flush()
    return message


def _queue(session: Session, message: Message, verdict: Allowed | Refused, now: datetime) -> None:
    if isinstance(verdict, Refused):
        explain(message, verdict.code, verdict.note)
        message.send_after = verdict.until or message.send_after
    if message.conversation_id is None:
        return
    conversation = session.get_one(Conversation, message.conversation_id)
    conversation.last_message_at = now
    if message.kind == Kind.STAFF:
        conversation.last_staff_message_at = now


def _written_once(session: Session, draft: Draft, now: datetime) -> tuple[Message, bool]:
    """The row of this draft and whether it is new. Two writers with one dedupe key get one row."""
    key = draft.dedupe_key
    if key is not None and (existing := find_by_dedupe_key(session, key)) is not None:
        return existing, False
    message = _row(draft, now)
    try:
        with session.begin_nested():
            session.add(message)
    except IntegrityError:
        existing = find_by_dedupe_key(session, key) if key is not None else None
        if existing is None:
            raise
        return existing, False
    return message, True


def _row(draft: Draft, now: datetime) -> Message:
    policy = POLICIES[draft.kind]
    useful_until = draft.useful_until
    if useful_until is None and policy.useful is not None:
        useful_until = (draft.send_after or now) + policy.useful
    return Message(
        clinic_id=draft.clinic_id,
        conversation_id=draft.conversation_id,
        client_id=draft.client_id,
        clinic_number_id=draft.clinic_number_id,
        their_number=draft.their_number,
        direction="outbound",
        kind=draft.kind.value,
        purpose=draft.purpose,
        body=draft.body,
        media_urls=list(draft.media_urls),
        topic=draft.topic,
        template_version=draft.template_version,
        reason=dict(draft.reason),
        in_reply_to_id=draft.in_reply_to_id,
        reminder_id=draft.reminder_id,
        alert_id=draft.alert_id,
        staff_id=draft.staff_id,
        dedupe_key=draft.dedupe_key,
        created_at=now,
        state="queued",
        priority=int(policy.priority),
        send_after=draft.send_after,
        useful_until=useful_until,
    )


def _take_reminder(session: Session, message: Message) -> None:
    if message.reminder_id is None:
        return
    reminder = session.get_one(Reminder, message.reminder_id)
    if message.useful_until is None:
        message.useful_until = reminder.latest_at
    if reminder.status == "planned":
        reminder.status, reminder.message_id = "enqueued", message.id
    session.flush()
