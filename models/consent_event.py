"""Consent as it was given and taken back. Append-only: the current state is derived, never edited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base


class ConsentEvent(Base):
    """Who changed which consent when, how, and under which wording.

    change: granted | revoked (one scope, by staff or form) · stopped | restarted (the client's own STOP and START)
    """

    __tablename__ = "consent_event"
    __table_args__ = (Index("ix_consent_event_state", "conversation_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    scope: Mapped[str] = mapped_column(String(6))  # care | promo | all
    change: Mapped[str] = mapped_column(String(10))
    how: Mapped[str] = mapped_column(String(60))  # text, carrier, in person, paper form, web form, ...
    by: Mapped[str] = mapped_column(String(120))  # "client", or the staff member's id as text
    wording_version: Mapped[str | None] = mapped_column(String(40))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    at: Mapped[datetime]


class SuppressedNumber(Base):
    """An opt-out that outlives erasure: the number only as HMAC under a key kept apart from the database."""

    __tablename__ = "suppressed_number"
    __table_args__ = (UniqueConstraint("clinic_id", "number_hmac"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    number_hmac: Mapped[str] = mapped_column(String(64))
    since: Mapped[datetime]


class CarrierBlock(Base):
    """The carrier refuses texts from our number to theirs (21610). Cleared by START to that number; never consent."""

    __tablename__ = "carrier_block"
    __table_args__ = (UniqueConstraint("clinic_number_id", "their_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_number_id: Mapped[int] = mapped_column(ForeignKey("clinic_number.id"))
    their_number: Mapped[str] = mapped_column(String(40))
    since: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class ConsentState:
    """What the events add up to. None = never asked."""

    care: bool | None
    promo: bool | None
    stopped_at: datetime | None

    @property
    def is_stopped(self) -> bool:
        return self.stopped_at is not None


def consent_events(session: Session, conversation_id: int) -> list[ConsentEvent]:
    """The whole history, oldest first."""
    question = select(ConsentEvent).where(ConsentEvent.conversation_id == conversation_id)
    return list(session.scalars(question.order_by(ConsentEvent.id)))


def consent_state(session: Session, conversation_id: int) -> ConsentState:
    """What is allowed now. Reads the events each time: there is no cached flag that could disagree."""
    return derive_consent(consent_events(session, conversation_id))


def consent_states(session: Session, conversation_ids: Sequence[int]) -> dict[int, ConsentState]:
    """The same for many conversations in one question; each of them is there."""
    histories: dict[int, list[ConsentEvent]] = {one: [] for one in conversation_ids}
    question = select(ConsentEvent).where(ConsentEvent.conversation_id.in_(conversation_ids))
    for event in session.scalars(question.order_by(ConsentEvent.id)):
        histories[event.conversation_id].append(event)
    return {one: derive_consent(events) for one, events in histories.items()}


def derive_consent(events: list[ConsentEvent]) -> ConsentState:
    """Fold the history. START restores care only; promo then needs a new grant."""
    care: bool | None = None
    promo: bool | None = None
    stopped_at: datetime | None = None
    for event in events:
        if event.change == "stopped":
            care, promo, stopped_at = False, False, event.at
        elif event.change == "restarted":
            care, stopped_at = True, None
        else:
            allowed = event.change == "granted"
            care = allowed if event.scope in ("care", "all") else care
            promo = allowed if event.scope in ("promo", "all") else promo
    return ConsentState(care=care, promo=promo, stopped_at=stopped_at)


def is_blocked(session: Session, *, clinic_number_id: int, their_number: str) -> bool:
    """Whether the carrier refuses texts on this pair of numbers."""
    question = select(CarrierBlock.id).where(
        CarrierBlock.clinic_number_id == clinic_number_id, CarrierBlock.their_number == their_number
    )
    return session.scalars(question).first() is not None


def record_consent(
    session: Session,
    *,
    clinic_id: int,
    conversation_id: int,
    scope: str,
    change: str,
    how: str,
    by: str,
    at: datetime,
    wording_version: str | None = None,
    message_id: int | None = None,
) -> ConsentEvent:
    """Append one event: who changed what, when, how, under which wording."""
    event = ConsentEvent(
        clinic_id=clinic_id,
        conversation_id=conversation_id,
        scope=scope,
        change=change,
        how=how,
        by=by,
        wording_version=wording_version,
        message_id=message_id,
        at=at,
    )
    session.add(event)
    session.flush()
    return event


def carried_over_at(session: Session, conversation_id: int) -> datetime | None:
    """When the client texted the STOP that an erasure left, if any: no text of it is on file."""
    question = select(ConsentEvent.at).where(
        ConsentEvent.conversation_id == conversation_id,
        ConsentEvent.change == "stopped",
        ConsentEvent.message_id.is_(None),
    )
    return session.scalars(question.order_by(ConsentEvent.id.desc()).limit(1)).first()


def clear_block(session: Session, *, clinic_number_id: int, their_number: str) -> None:
    """The client texted START to this number: the carrier lets texts through again."""
    session.execute(
        delete(CarrierBlock).where(
            CarrierBlock.clinic_number_id == clinic_number_id, CarrierBlock.their_number == their_number
        )
    )
