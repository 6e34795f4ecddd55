"""Staff write to a client. Every reply passes the gate, and waits ten seconds before it leaves: time to undo."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from carriers.error_codes import explain
from messages.fields import placeholders
from models.conversation import Conversation, lock_conversation
from models.desk import Draft as SavedDraft
from models.message import Message
from models.message_queue import find_by_dedupe_key
from models.photo import Photo, photos_of_message
from models.staff import Staff
from models.thread import colleagues_reply_after, draft_of, staff_names
from models.thread_list import FAILED
from outbox.gate import Draft, enqueue
from outbox.kinds import Kind
from outbox.media import photo_reference
from outbox.rules import LONGEST_BODY

UNDO = timedelta(seconds=10)
USEFUL_FOR = timedelta(hours=24)


class ReplyError(ValueError):
    """The reply cannot be sent as it is. The message says what to do; the form keeps its words."""


class Settled(StrEnum):
    """What a person decided about a send that may or may not have left."""

    MARKED_SENT = "marked_sent"
    SENT_AGAIN = "sent_again"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person wants sent. `form_token` makes a double click one text. `send_at` is clinic time.

    `seen_id`: the newest text on the writer's screen when they began; None = not known.
    """

    body: str
    form_token: str
    send_at: datetime | None = None
    photos: tuple[Photo, ...] = ()
    seen_id: int | None = None


def send_reply(
    session: Session, conversation: Conversation, by: Staff, reply: Reply, now: datetime
) -> Message:
    """Write one reply into the outbox and take the thread. Raises ReplyError."""
    body = reply.body.strip()
    if (written := find_by_dedupe_key(session, _dedupe_key(by, reply))) is not None:
        return written  # a double click
    if not body and not reply.photos:
        raise ReplyError("Write a few words or attach a picture first.")
    if len(body) > LONGEST_BODY:
        raise ReplyError(
            f"This is {len(body)} characters long; a text holds at most {LONGEST_BODY}. Shorten it or split it."
        )
    if gaps := unfilled(body):
        raise ReplyError(f"Fill in {', '.join(gaps)} first: a saved reply left it open.")
    if reply.send_at is not None and reply.send_at <= now:
        raise ReplyError("That time has passed. Pick a later one, or send now.")
    conversation = lock_conversation(session, conversation.id)
    _refuse_second_answer(session, conversation, by, reply.seen_id)
    leaves_at = reply.send_at or now + UNDO
    message = enqueue(session, _draft(conversation, by, body, reply, leaves_at), now=now)
    if message.state != "refused":
        _attach(session, message, reply.photos)
        _take_thread(session, conversation, by, now)
    return message


def unfilled(body: str) -> list[str]:
    """Placeholders of a saved reply that nobody filled, as they stand in the text: {exercise_from}."""
    return [f"{{{name}}}" for name in placeholders(body) if name.isidentifier()]


def _refuse_second_answer(
    session: Session, conversation: Conversation, by: Staff, seen_id: int | None
) -> None:
    """Once: a colleague answered while this was being written. With their answer on the screen it goes."""
    if seen_id is None:
        return
    theirs = colleagues_reply_after(session, conversation.id, after_id=seen_id, staff_id=by.id)
    if theirs is not None:
        name = staff_names(session, conversation.clinic_id).get(theirs.staff_id or 0, "A colleague")
        raise ReplyError(
            f"{name} answered while you were writing: see above. If yours is still needed, send it again."
        )


def undo_reply(session: Session, message: Message, by: Staff, now: datetime) -> bool:
    """Take back a reply that has not left yet; its words return to the draft. False where it is too late."""
    if message.kind != Kind.STAFF or message.state != "queued" or message.conversation_id is None:
        return False
    message.state, message.reason = "cancelled", {"note": "taken back before it left"}
    for photo in photos_of_message(session, message.id):  # they wait for the next reply again
        photo.message_id, photo.state, photo.position = None, "pending", 0
    save_draft(session, conversation_id=message.conversation_id, staff_id=by.id, body=message.body, now=now)
    return True


def settle_review(
    session: Session, message: Message, by: Staff, choice: Settled, now: datetime
) -> Message | None:
    """A person decides on a held send: it left, or send it once more as a new text."""
    if message.state != "review" or message.conversation_id is None:
        return None
    message.reason = {**message.reason, "settled": choice.value, "settled_by": by.id}
    message.state = "sent" if choice is Settled.MARKED_SENT else "cancelled"
    if choice is Settled.MARKED_SENT:
        return None
    return _send_copy(session, message, by, form_token=f"again:{message.id}", now=now)


def send_failed_again(session: Session, message: Message, by: Staff, now: datetime) -> Message:
    """A text of staff that did not arrive, once more as a new text. Raises ReplyError where that cannot help."""
    if message.kind != Kind.STAFF or not may_send_again(message):
        raise ReplyError("Sending this again would not help: the reason stands beside it.")
    settle_failure(message, now)
    token = f"failed:{message.id}"
    made = find_by_dedupe_key(session, _dedupe_key(by, Reply(body="", form_token=token)))
    return made or _send_copy(session, message, by, form_token=token, now=now)


def may_send_again(message: Message) -> bool:
    """Whether the same text may arrive another time: it failed, nobody settled it, and the reason can pass."""
    is_failed = message.status in FAILED and message.failure_settled_at is None
    return is_failed and (message.error_code is None or explain(message.error_code).is_worth_retrying)


def settle_failure(message: Message, now: datetime) -> None:
    """Somebody dealt with a text that did not arrive: it leaves the list of those not delivered."""
    if message.status in FAILED and message.failure_settled_at is None:
        message.failure_settled_at = now


def _send_copy(session: Session, message: Message, by: Staff, *, form_token: str, now: datetime) -> Message:
    if message.conversation_id is None:
        raise ReplyError("This text belongs to no conversation.")
    conversation = lock_conversation(session, message.conversation_id)
    photos = tuple(photos_of_message(session, message.id))
    again = Reply(body=message.body, form_token=form_token, photos=photos)
    copy = enqueue(session, _draft(conversation, by, message.body, again, now), now=now)
    _attach(session, copy, photos)
    return copy


def save_draft(
    session: Session, *, conversation_id: int, staff_id: int, body: str, now: datetime, is_note: bool = False
) -> None:
    """Keep a half-written reply, or a note, which must not come back as a reply; an empty one is forgotten."""
    draft = draft_of(session, conversation_id=conversation_id, staff_id=staff_id)
    if not body.strip():
        if draft is not None:
            session.delete(draft)
        return
    if draft is None:
        draft = SavedDraft(conversation_id=conversation_id, staff_id=staff_id, body=body, updated_at=now)
        session.add(draft)
    draft.body, draft.is_note, draft.updated_at = body[: LONGEST_BODY * 2], is_note, now


def _draft(conversation: Conversation, by: Staff, body: str, reply: Reply, leaves_at: datetime) -> Draft:
    return Draft(
        clinic_id=conversation.clinic_id,
        conversation_id=conversation.id,
        clinic_number_id=conversation.clinic_number_id,
        their_number=conversation.number,
        kind=Kind.STAFF,
        body=body,
        staff_id=by.id,
        dedupe_key=_dedupe_key(by, reply),
        send_after=leaves_at,
        useful_until=leaves_at + USEFUL_FOR,
        media_urls=tuple(photo_reference(photo.id) for photo in reply.photos),
    )


def _dedupe_key(by: Staff, reply: Reply) -> str:
    return f"staff:{by.id}:{reply.form_token}"


def _attach(session: Session, message: Message, photos: tuple[Photo, ...]) -> None:
    session.flush()
    for position, photo in enumerate(photos):
        photo.message_id, photo.position, photo.state = message.id, position, "stored"


def _take_thread(session: Session, conversation: Conversation, by: Staff, now: datetime) -> None:
    """Replying answers who waited, and an unassigned thread becomes the writer's."""
    conversation.waiting_since = conversation.waiting_reason = conversation.waiting_urgency = None
    conversation.assigned_staff_id = conversation.assigned_staff_id or by.id
    conversation.unread_since, conversation.status, conversation.snoozed_until = None, "open", None
    save_draft(session, conversation_id=conversation.id, staff_id=by.id, body="", now=now)
