"""One conversation = one clinic and one number. Its row is the fence between STOP and a send."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.client import Client
from models.visit import Visit


class Conversation(Base):
    """Owns messages, consent events, the open question, assignment and caps; exists for unknown numbers too."""

    __tablename__ = "conversation"
    __table_args__ = (
        UniqueConstraint("clinic_id", "number"),
        Index("ix_conversation_waiting", "clinic_id", "waiting_since"),
        Index("ix_conversation_recent", "clinic_id", "last_message_at"),
        Index("ix_conversation_snoozed", "clinic_id", "snoozed_until"),
        Index("ix_conversation_assigned", "clinic_id", "assigned_staff_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    number: Mapped[str] = mapped_column(String(40))
    sender_kind: Mapped[str] = mapped_column(String(16), default="phone")  # phone | short_code | alphanumeric
    clinic_number_id: Mapped[int] = mapped_column(ForeignKey("clinic_number.id"))  # the one last texted
    language: Mapped[str | None] = mapped_column(String(5))
    created_at: Mapped[datetime]

    open_question: Mapped[str | None] = mapped_column(String(32))  # step id, or "which_client"
    open_question_visit_id: Mapped[int | None]
    open_question_asked_at: Mapped[datetime | None]

    waiting_since: Mapped[datetime | None]  # set = a person must look
    waiting_reason: Mapped[str | None] = mapped_column(String(200))
    waiting_urgency: Mapped[str | None] = mapped_column(String(10))  # now | today | normal

    status: Mapped[str] = mapped_column(String(10), default="open")  # open | closed
    snoozed_until: Mapped[datetime | None]
    assigned_staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", use_alter=True))
    unread_since: Mapped[datetime | None]
    last_message_at: Mapped[datetime | None]
    last_inbound_at: Mapped[datetime | None]
    last_staff_message_at: Mapped[datetime | None]  # the bot keeps quiet for 30 minutes after it

    greeted_at: Mapped[datetime | None]
    late_note_at: Mapped[datetime | None]
    dismissed_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]  # staff paused all automatic texts
    erased_at: Mapped[datetime | None]


def find_conversation(session: Session, *, clinic_id: int, number: str) -> Conversation | None:
    """The clinic's conversation with this number, if any."""
    question = select(Conversation).where(Conversation.clinic_id == clinic_id, Conversation.number == number)
    return session.scalars(question).first()


def find_or_make_conversation(
    session: Session, *, clinic_id: int, number: str, sender_kind: str, clinic_number_id: int, now: datetime
) -> Conversation:
    """The clinic's conversation with this number, made where there is none; locked to the transaction's end."""
    found = find_conversation(session, clinic_id=clinic_id, number=number)
    if found is not None:
        return lock_conversation(session, found.id)
    made = Conversation(
        clinic_id=clinic_id,
        number=number,
        sender_kind=sender_kind,
        clinic_number_id=clinic_number_id,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:  # PostgreSQL: two first texts at once, and the other one was faster
        question = select(Conversation.id).where(
            Conversation.clinic_id == clinic_id, Conversation.number == number
        )
        return lock_conversation(session, session.execute(question).scalar_one())
    return made


def lock_conversation(session: Session, conversation_id: int) -> Conversation:
    """The row, locked to the end of the transaction: STOP and every send take it first. Raises NoResultFound."""
    question = select(Conversation).where(Conversation.id == conversation_id).with_for_update()
    return session.execute(question.execution_options(populate_existing=True)).scalar_one()


def try_lock_conversation(session: Session, conversation_id: int) -> bool:
    """The same without waiting. False = another transaction holds it (SQLite has one writer: never)."""
    question = select(Conversation.id).where(Conversation.id == conversation_id)
    return session.scalar(question.with_for_update(skip_locked=True)) is not None


def list_waiting(session: Session, *, clinic_id: int, limit: int = 500) -> list[Conversation]:
    """What waits for a person: most urgent first, then the longest waiting."""
    rank = {"now": 0, "today": 1, "normal": 2}
    question = select(Conversation).where(
        Conversation.clinic_id == clinic_id,
        Conversation.waiting_since.is_not(None),
        Conversation.erased_at.is_(None),
    )
    rows = session.scalars(question.order_by(Conversation.waiting_since).limit(limit))
    return sorted(rows, key=lambda row: rank.get(row.waiting_urgency or "normal", 2))


def list_unknown(session: Session, *, clinic_id: int, limit: int = 500) -> list[Conversation]:
    """Numbers that texted and belong to no client: shown until linked or dismissed, the newest first."""
    has_client = select(Client.id).where(
        Client.conversation_id == Conversation.id, Client.erased_at.is_(None)
    )
    question = select(Conversation).where(
        Conversation.clinic_id == clinic_id,
        Conversation.last_inbound_at.is_not(None),
        Conversation.dismissed_at.is_(None),
        Conversation.erased_at.is_(None),
        ~has_client.exists(),
    )
    return list(session.scalars(question.order_by(Conversation.last_inbound_at.desc()).limit(limit)))


def latest_visit_on(session: Session, conversation_id: int, *, until: datetime) -> Visit | None:
    """The visit with the latest injection over all clients on the number; visits that lie ahead do not count."""
    question = (
        select(Visit)
        .join(Client, Client.id == Visit.client_id)
        .where(
            Client.conversation_id == conversation_id,
            Client.erased_at.is_(None),
            Visit.cancelled_at.is_(None),
            Visit.injected_at <= until,
        )
    )
    return session.scalars(question.order_by(Visit.injected_at.desc(), Visit.id.desc()).limit(1)).first()
