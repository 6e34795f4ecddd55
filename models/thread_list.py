"""The inbox: which conversations a tab shows, and what each row needs. One clinic at a time, always."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_, select
from sqlalchemy.orm import Session

from models.alert import Alert
from models.client import Client
from models.consent_event import consent_states
from models.conversation import Conversation
from models.desk import Draft
from models.message import Message
from models.thread import staff_names

FAILED = ("failed", "undelivered")
NOT_DELIVERED_FOR = timedelta(days=14)


class Tab(StrEnum):
    """The tabs of the inbox, in the order they are shown."""

    URGENT = "urgent"
    NEEDS_REPLY = "needs_reply"
    MINE = "mine"
    ALL = "all"
    SNOOZED = "snoozed"
    CLOSED = "closed"
    NOT_DELIVERED = "not_delivered"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """One line of the inbox. `unread`: how many texts came since somebody opened it; `assigned`: whose it is."""

    conversation: Conversation
    names: tuple[str, ...]
    last: Message | None
    is_urgent: bool
    has_draft: bool
    unread: int
    is_stopped: bool
    assigned: str | None


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, from which clinic, and when (clinic time)."""

    clinic_id: int
    staff_id: int
    now: datetime


def list_threads(
    session: Session, viewer: Viewer, tab: Tab, *, search: str = "", limit: int = 60, offset: int = 0
) -> list[ThreadRow]:
    """The rows of a tab: urgent ones first, whosever they are, then the latest text first."""
    question = _threads(
        viewer, tab, search, or_(_in_tab(viewer, tab), _is_urgent()) if tab is Tab.MINE else None
    )
    urgent_first = (_is_urgent().desc(), Conversation.last_message_at.desc(), Conversation.id.desc())
    return _rows(
        session, list(session.scalars(question.order_by(*urgent_first).limit(limit).offset(offset))), viewer
    )


def count_threads(session: Session, viewer: Viewer, tab: Tab) -> int:
    """How many conversations a tab holds."""
    return session.scalar(select(func.count()).select_from(_threads(viewer, tab, "").subquery())) or 0


def _threads(
    viewer: Viewer, tab: Tab, search: str, rule: ColumnElement[bool] | None = None
) -> Select[Conversation]:
    ours = (Conversation.clinic_id == viewer.clinic_id, Conversation.erased_at.is_(None))
    question = select(Conversation).where(*ours, _in_tab(viewer, tab) if rule is None else rule)
    return question.where(_matches(search)) if search.strip() else question


def _in_tab(viewer: Viewer, tab: Tab) -> ColumnElement[bool]:
    awake = or_(Conversation.snoozed_until.is_(None), Conversation.snoozed_until <= viewer.now)
    is_open = Conversation.status == "open"
    rules: dict[Tab, Callable[[], ColumnElement[bool]]] = {
        Tab.URGENT: lambda: _is_urgent(),
        Tab.NEEDS_REPLY: lambda: or_(_is_urgent(), and_(Conversation.waiting_since.is_not(None), awake)),
        Tab.MINE: lambda: and_(Conversation.assigned_staff_id == viewer.staff_id, is_open, awake),
        Tab.ALL: lambda: or_(_is_urgent(), and_(is_open, awake)),
        Tab.SNOOZED: lambda: and_(Conversation.snoozed_until > viewer.now, is_open),
        Tab.CLOSED: lambda: Conversation.status == "closed",
        Tab.NOT_DELIVERED: lambda: _has_failed_text(viewer),
        Tab.REVIEW: lambda: _has_text_in_review(),
    }
    return rules[tab]()


def _is_urgent() -> ColumnElement[bool]:
    """An alert nobody has closed; reading a thread does not clear it."""
    return Conversation.id.in_(select(Alert.conversation_id).where(Alert.closed_at.is_(None)))


def _has_failed_text(viewer: Viewer) -> ColumnElement[bool]:
    """By delivery state and time (ix_message_delivery), not text by text of every conversation."""
    since = viewer.now - NOT_DELIVERED_FOR
    recent = (Message.clinic_id == viewer.clinic_id, Message.created_at > since)
    unsettled = (Message.status.in_(FAILED), Message.failure_settled_at.is_(None))
    failed = select(Message.conversation_id).where(*recent, *unsettled)
    return Conversation.id.in_(failed)


def _has_text_in_review() -> ColumnElement[bool]:
    """By the few texts in this state (ix_message_queue)."""
    return Conversation.id.in_(select(Message.conversation_id).where(Message.state == "review"))


def _matches(search: str) -> ColumnElement[bool]:
    """A name, any spelling of a number, or words of a text."""
    wanted = search.strip()
    digits = "".join(character for character in wanted if character.isdigit())
    named = exists().where(
        Client.conversation_id == Conversation.id, Client.name.icontains(wanted, autoescape=True)
    )
    said = exists().where(
        Message.conversation_id == Conversation.id, Message.body.icontains(wanted, autoescape=True)
    )
    if len(digits) < 4:
        return or_(named, said)
    return or_(named, said, Conversation.number.contains(digits.removeprefix("1"), autoescape=True))


def _rows(session: Session, conversations: list[Conversation], viewer: Viewer) -> list[ThreadRow]:
    ids = [conversation.id for conversation in conversations]
    names = _names(session, ids)
    last = _last_messages(session, ids)
    urgent = set(
        session.scalars(
            select(Alert.conversation_id).where(Alert.conversation_id.in_(ids), Alert.closed_at.is_(None))
        )
    )
    mine = and_(Draft.conversation_id.in_(ids), Draft.staff_id == viewer.staff_id, not_(Draft.body == ""))
    drafts = set(session.scalars(select(Draft.conversation_id).where(mine)))
    unread, consent = _unread(session, ids), consent_states(session, ids)
    staff = staff_names(session, viewer.clinic_id)
    return [
        ThreadRow(
            conversation=conversation,
            names=tuple(names.get(conversation.id, ())),
            last=last.get(conversation.id),
            is_urgent=conversation.id in urgent,
            has_draft=conversation.id in drafts,
            unread=unread.get(conversation.id, 0),
            is_stopped=consent[conversation.id].is_stopped,
            assigned=staff.get(conversation.assigned_staff_id or 0),
        )
        for conversation in conversations
    ]


def _names(session: Session, ids: list[int]) -> dict[int, list[str]]:
    question = (
        select(Client).where(Client.conversation_id.in_(ids), Client.erased_at.is_(None)).order_by(Client.id)
    )
    names: dict[int, list[str]] = {}
    for client in session.scalars(question):
        names.setdefault(client.conversation_id, []).append(client.name)
    return names


def _unread(session: Session, ids: list[int]) -> dict[int, int]:
    """How many texts came in since the thread became unread."""
    question = (
        select(Message.conversation_id, func.count())
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Message.conversation_id.in_(ids),
            Message.direction == "inbound",
            Message.created_at >= Conversation.unread_since,
        )
        .group_by(Message.conversation_id)
    )
    return {conversation_id: count for conversation_id, count in session.execute(question) if conversation_id}


def _last_messages(session: Session, ids: list[int]) -> dict[int, Message]:
    """The text a row shows: what a waiting client said last, else the latest in either direction."""
    waiting = exists().where(
        Conversation.id == Message.conversation_id, Conversation.waiting_since.is_not(None)
    )
    shown = or_(Message.direction == "inbound", not_(waiting))
    newest = select(func.max(Message.id)).where(Message.conversation_id.in_(ids), shown)
    found = session.scalars(select(Message).where(Message.id.in_(newest.group_by(Message.conversation_id))))
    return {message.conversation_id: message for message in found if message.conversation_id is not None}
