"""Queries about texts that came in: each is taken in once, for ever. Writes no outgoing row."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.attempts import in_parts
from models.message import InboundReceipt, Message

TEXTED_AT = "texted_at"  # in a text's reason: when the carrier got it, by its own clock, where that is known
CONSENT_WORDS = ("opt_out", "opt_in")
MAY_CHANGE_CONSENT = (*CONSENT_WORDS, "red_flag")


def take_receipt(session: Session, *, sid: str, signature: str | None, now: datetime) -> bool:
    """Note this text as taken in; False where it, or a differently cut copy of its request, already was.

    The signature is unique as well: every copy of one request with shifted fields carries the same one.
    """
    if _is_taken(session, sid, signature):
        return False
    try:
        with session.begin_nested():
            session.add(InboundReceipt(sid=sid, signature=signature, received_at=now))
    except IntegrityError:  # PostgreSQL: the other copy of the request was a moment faster
        return False
    return True


def _is_taken(session: Session, sid: str, signature: str | None) -> bool:
    same = InboundReceipt.sid == sid
    question = select(InboundReceipt.sid).where(
        same if signature is None else or_(same, InboundReceipt.signature == signature)
    )
    return session.scalars(question.limit(1)).first() is not None


def text_just_before(session: Session, message: Message, *, within: timedelta) -> str | None:
    """The same person's text right before this one, if it is that recent and had words."""
    question = select(Message.body).where(
        Message.conversation_id == message.conversation_id,
        Message.id < message.id,
        Message.direction == "inbound",
        Message.created_at >= message.created_at - within,
    )
    return session.scalars(question.order_by(Message.id.desc()).limit(1)).first() or None


def was_told_since(
    session: Session, *, conversation_id: int, kinds: Collection[str], since: datetime
) -> bool:
    """Whether one of our texts of these kinds was written for the conversation since; refused ones do not count."""
    question = select(Message.id).where(
        Message.conversation_id == conversation_id,
        Message.direction == "outbound",
        Message.kind.in_(kinds),
        Message.state.not_in(("refused", "cancelled")),
        Message.created_at >= since,
    )
    return session.scalars(question.limit(1)).first() is not None


def last_consent_word_at(session: Session, conversation_id: int, *, except_id: int) -> datetime | None:
    """When the client last texted STOP or START, this text apart; repeats that changed nothing count."""
    words = _consent_words(session, conversation_id)
    return max((_texted_at(text) for text in words if text.id != except_id), default=None)


def has_undated_word_after(session: Session, conversation_id: int, *, row_id: int, except_id: int) -> bool:
    """Whether a STOP or START came in after this row that no list of the carrier has dated, this text apart."""
    words = _consent_words(session, conversation_id)
    return any(row_id < text.id and text.id != except_id and not text.reason.get(TEXTED_AT) for text in words)


def newest_text(session: Session) -> int:
    """The newest row on file; 0 where there is none."""
    return session.scalar(select(func.max(Message.id))) or 0


def _consent_words(session: Session, conversation_id: int) -> list[Message]:
    question = select(Message).where(
        Message.conversation_id == conversation_id,
        Message.direction == "inbound",
        Message.kind.in_(MAY_CHANGE_CONSENT),
    )
    return [
        row for row in session.scalars(question) if row.kind in CONSENT_WORDS or row.reason.get("also_stop")
    ]


def note_texted_at(session: Session, listed: Mapping[str, datetime]) -> None:
    """A STOP or START that was pushed has our own date, and our clock may be wrong: the carrier's list knows better.

    `listed`: when the carrier got each text, by its id.
    """
    question = select(Message).where(Message.direction == "inbound", Message.kind.in_(MAY_CHANGE_CONSENT))
    for part in in_parts(list(listed)):
        for text in session.scalars(question.where(Message.carrier_sid.in_(part))):
            text.reason = {TEXTED_AT: listed[text.carrier_sid or ""].isoformat(), **text.reason}


def _texted_at(text: Message) -> datetime:
    at_carrier = text.reason.get(TEXTED_AT)
    return datetime.fromisoformat(at_carrier) if isinstance(at_carrier, str) else text.created_at
