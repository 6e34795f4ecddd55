"""What has not come to its end, when it goes on, and what ended without a word why. Questions only."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from carriers.base import CarrierMessage
from models.alert import Alert
from models.clinic import ClinicNumber
from models.conversation import Conversation
from models.message import Attempt, Message
from models.reminder import Reminder
from outbox.kinds import Kind
from tests.support.begun import Owner, owner_of_step

OPEN_TEXTS = ("queued", "claimed", "in_flight", "unknown")
OPEN_STEPS = ("planned", "held", "enqueued")
NEEDS_NOBODY = (Kind.COURTESY, Kind.OPT_OUT, Kind.OPT_IN, Kind.HELP)


def open_ends(session: Session) -> list[str]:
    """Texts and steps that neither left nor were given up nor are before a person."""
    texts = session.scalars(select(Message).where(Message.state.in_(OPEN_TEXTS)).order_by(Message.id))
    steps = session.scalars(select(Reminder).where(Reminder.status.in_(OPEN_STEPS)).order_by(Reminder.id))
    return [
        *(f"text {row.id} ({row.kind}) is {row.state}" for row in texts),
        *(f"step {row.id} ({row.step}) is {row.status}" for row in steps if not _is_in_review(session, row)),
    ]


def goes_on_at(session: Session, now: datetime) -> datetime | None:
    """The first moment after `now` at which something open may move by itself, if there is any."""
    moments = [
        *_column(session, Message.retry_at, Message.state == "queued"),
        *_column(session, Message.send_after, Message.state == "queued"),
        *_column(session, Message.useful_until, Message.state == "queued"),
        *_column(session, ClinicNumber.next_send_at, ClinicNumber.next_send_at.is_not(None)),
        *_column(session, Message.lease_until, Message.state.in_(OPEN_TEXTS)),
        *_column(session, Attempt.next_lookup_at, Attempt.outcome == "unknown"),
        *_column(session, Reminder.due_at, Reminder.status == "planned"),
        *_column(session, Reminder.latest_at, Reminder.status == "held"),
    ]
    return min((moment for moment in moments if moment is not None and moment > now), default=None)


def lost(
    session: Session,
    *,
    received: Iterable[CarrierMessage],
    accepted: Collection[str],
    left: Collection[Owner],
) -> list[str]:
    """What is not accounted for once nothing is open.

    The carrier's own log: `received` = every text to us, `accepted` = ids of ours; `left` = owners of what it took.
    """
    return [
        *_lost_texts_in(session, received),
        *_unexplained_texts(session, accepted),
        *_unexplained_steps(session, left),
    ]


def _lost_texts_in(session: Session, received: Iterable[CarrierMessage]) -> list[str]:
    """Each is on file once, and answered, before a person, or one that wants nobody."""
    rows = list(session.scalars(select(Message).where(Message.direction == "inbound")))
    on_file = Counter(row.carrier_sid for row in rows)
    missing = [text.body for text in received if on_file[text.sid] != 1]
    alone = [row.body for row in rows if not _is_looked_after(session, row)]
    return [*(f"not on file once: {body}" for body in missing), *(f"left alone: {body}" for body in alone)]


def _is_looked_after(session: Session, text: Message) -> bool:
    thread = session.get_one(Conversation, text.conversation_id)
    if thread.erased_at is not None or thread.waiting_since is not None or text.kind in NEEDS_NOBODY:
        return True
    answer = select(Message.id).where(Message.in_reply_to_id == text.id).limit(1)
    alert = select(Alert.id).where(Alert.message_id == text.id).limit(1)
    return session.scalar(answer) is not None or session.scalar(alert) is not None


def _unexplained_texts(session: Session, accepted: Collection[str]) -> list[str]:
    rows = list(session.scalars(select(Message).where(Message.direction == "outbound")))
    silent = [row for row in rows if row.state in ("refused", "cancelled") and not row.reason.get("note")]
    unsent = [row for row in rows if row.state == "sent" and row.carrier_sid not in accepted]
    return [
        *(f"text {row.id} ({row.kind}) is {row.state}, and nothing says why" for row in silent),
        *(f"text {row.id} ({row.kind}) counts as sent, and the carrier does not have it" for row in unsent),
    ]


def _unexplained_steps(session: Session, left: Collection[Owner]) -> list[str]:
    rows = list(session.scalars(select(Reminder)))
    silent = [row for row in rows if row.status in ("skipped", "cancelled") and not row.reason]
    unsent = [
        row for row in rows if row.status == "sent" and owner_of_step(row.visit_id, row.step) not in left
    ]
    return [
        *(f"step {row.id} ({row.step}) is {row.status}, and nothing says why" for row in silent),
        *(f"step {row.id} ({row.step}) counts as sent, and the carrier does not have it" for row in unsent),
    ]


def _is_in_review(session: Session, step: Reminder) -> bool:
    if step.status != "enqueued" or step.message_id is None:
        return False
    return session.get_one(Message, step.message_id).state == "review"


def _column(session: Session, column: object, which: object) -> list[datetime | None]:
    return list(session.scalars(select(column).where(which)))  # type: ignore[call-overload]
