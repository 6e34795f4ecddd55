"""What the simulated carrier remembers, apart from our own messages: its own log, files and blocks.

Only carriers/simulated.py and the simulator's pages read it. Empty with a real carrier.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    delete,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base

REFUSED = "refused"  # a direction of our own: a try that the carrier turned down; never listed


class SimulatedMessage(Base):
    """One text in the simulated carrier's log. `created_at` is machine time, `shown_at` what a phone would show.

    direction: inbound | outbound-api | outbound-reply (the carrier's own STOP, START, HELP words) | refused
    reports_left: delivery states still to be told, in order.
    """

    __tablename__ = "simulated_message"
    __table_args__ = (
        UniqueConstraint("sid"),
        Index("ix_simulated_message_to", "to_number", "created_at"),
        Index("ix_simulated_message_from", "from_number", "id"),
        Index("ix_simulated_message_reports", "has_reports_left", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sid: Mapped[str] = mapped_column(String(34))
    direction: Mapped[str] = mapped_column(String(14))
    from_number: Mapped[str] = mapped_column(String(40))
    to_number: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20))
    error_code: Mapped[int | None]
    segments: Mapped[int] = mapped_column(default=1)
    media_urls: Mapped[list[str]] = mapped_column(
        JSON, default=list
    )  # outbound: where the picture is fetched
    messaging_service_sid: Mapped[str | None] = mapped_column(String(34))
    status_callback: Mapped[str] = mapped_column(Text, default="")
    reports_left: Mapped[list[str]] = mapped_column(JSON, default=list)
    has_reports_left: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    shown_at: Mapped[datetime]


class SimulatedFile(Base):
    """A picture sent from the simulated phone."""

    __tablename__ = "simulated_file"
    __table_args__ = (UniqueConstraint("media_sid"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("simulated_message.id"), index=True)
    media_sid: Mapped[str] = mapped_column(String(34))
    position: Mapped[int]
    content_type: Mapped[str] = mapped_column(String(80))
    content: Mapped[bytes] = mapped_column(LargeBinary)


class SimulatedBlock(Base):
    """A phone that texted STOP to one of our numbers: the carrier turns our texts down until START."""

    __tablename__ = "simulated_block"
    __table_args__ = (UniqueConstraint("our_number", "their_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    our_number: Mapped[str] = mapped_column(String(40))
    their_number: Mapped[str] = mapped_column(String(40))
    blocked_at: Mapped[datetime]


def find_simulated(session: Session, sid: str) -> SimulatedMessage | None:
    """The carrier's record of one message; refused tries have none."""
    question = select(SimulatedMessage).where(
        SimulatedMessage.sid == sid, SimulatedMessage.direction != REFUSED
    )
    return session.scalars(question).first()


def simulated_sent_to(
    session: Session, number: str, *, since: datetime, limit: int
) -> Sequence[SimulatedMessage]:
    """Texts to a phone, newest first."""
    question = (
        select(SimulatedMessage)
        .where(
            SimulatedMessage.to_number == number,
            SimulatedMessage.created_at >= since,
            SimulatedMessage.direction.in_(("outbound-api", "outbound-reply")),
        )
        .order_by(SimulatedMessage.id.desc())
        .limit(limit)
    )
    return session.scalars(question).all()


def simulated_received_by(
    session: Session, our_number: str, *, since: datetime
) -> Sequence[SimulatedMessage]:
    """All texts from phones to one of our numbers, oldest first."""
    question = (
        select(SimulatedMessage)
        .where(
            SimulatedMessage.to_number == our_number,
            SimulatedMessage.created_at >= since,
            SimulatedMessage.direction == "inbound",
        )
        .order_by(SimulatedMessage.id)
    )
    return session.scalars(question).all()


def simulated_thread(session: Session, phone: str, *, limit: int = 200) -> Sequence[SimulatedMessage]:
    """What a phone shows: its newest texts in and out, oldest first."""
    question = (
        select(SimulatedMessage)
        .where(
            or_(SimulatedMessage.from_number == phone, SimulatedMessage.to_number == phone),
            SimulatedMessage.direction != REFUSED,
        )
        .order_by(SimulatedMessage.id.desc())
        .limit(limit)
    )
    return session.scalars(question).all()[::-1]


def next_with_reports(session: Session, *, after_id: int) -> SimulatedMessage | None:
    """The next message of which a delivery state is still to be told."""
    question = (
        select(SimulatedMessage)
        .where(SimulatedMessage.has_reports_left.is_(True), SimulatedMessage.id > after_id)
        .order_by(SimulatedMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(question).first()


def was_refused_before(session: Session, number: str) -> bool:
    """Whether the carrier has turned down a text to this number already."""
    question = select(SimulatedMessage.id).where(
        SimulatedMessage.to_number == number, SimulatedMessage.direction == REFUSED
    )
    return session.scalars(question.limit(1)).first() is not None


def files_of(session: Session, sid: str) -> Sequence[SimulatedFile]:
    """The pictures of one message, in order, bytes included."""
    question = (
        select(SimulatedFile)
        .join(SimulatedMessage, SimulatedMessage.id == SimulatedFile.message_id)
        .where(SimulatedMessage.sid == sid)
        .order_by(SimulatedFile.position)
    )
    return session.scalars(question).all()


def count_files(session: Session, message_id: int) -> int:
    """How many pictures a message came with."""
    question = select(func.count()).where(SimulatedFile.message_id == message_id)
    return session.scalars(question).one()


def find_file(session: Session, media_sid: str) -> SimulatedFile | None:
    """One picture."""
    return session.scalars(select(SimulatedFile).where(SimulatedFile.media_sid == media_sid)).first()


def delete_file(session: Session, media_sid: str) -> None:
    """Forget one picture; nothing happens where it is gone."""
    session.execute(delete(SimulatedFile).where(SimulatedFile.media_sid == media_sid))


def is_simulated_block(session: Session, *, our_number: str, their_number: str) -> bool:
    """Whether this phone has stopped this number of ours."""
    question = select(SimulatedBlock.id).where(
        SimulatedBlock.our_number == our_number, SimulatedBlock.their_number == their_number
    )
    return session.scalars(question).first() is not None


def add_simulated_block(
    session: Session, *, our_number: str, their_number: str, blocked_at: datetime
) -> None:
    """This phone texted STOP. A repeat changes nothing."""
    if not is_simulated_block(session, our_number=our_number, their_number=their_number):
        session.add(SimulatedBlock(our_number=our_number, their_number=their_number, blocked_at=blocked_at))


def drop_simulated_block(session: Session, *, our_number: str, their_number: str) -> None:
    """This phone texted START."""
    session.execute(
        delete(SimulatedBlock).where(
            SimulatedBlock.our_number == our_number, SimulatedBlock.their_number == their_number
        )
    )
