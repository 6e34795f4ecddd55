"""Clients. A client belongs to a conversation; a family phone has several."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base


class Client(Base):
    """A person who was, or will be, treated. Texted through the conversation's number."""

    __tablename__ = "client"
    __table_args__ = (Index("ix_client_clinic_name", "clinic_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    timezone: Mapped[str | None] = mapped_column(
        String(64)
    )  # stated by client or staff; None = clinic's zone
    language: Mapped[str] = mapped_column(String(5), default="en")
    do_not_promote: Mapped[bool] = mapped_column(default=False)
    unencrypted_ok_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


def find_client(session: Session, client_id: int) -> Client:
    """The client of this id. Raises NoResultFound."""
    return session.execute(select(Client).where(Client.id == client_id)).scalar_one()


def clients_of(session: Session, conversation_id: int) -> list[Client]:
    """The clients reached on this conversation's number, oldest first."""
    question = select(Client).where(Client.conversation_id == conversation_id, Client.erased_at.is_(None))
    return list(session.scalars(question.order_by(Client.id)))


def list_clients(session: Session, *, clinic_id: int, limit: int = 100_000) -> list[Client]:
    """A clinic's clients by name."""
    question = select(Client).where(Client.clinic_id == clinic_id, Client.erased_at.is_(None))
    return list(session.scalars(question.order_by(Client.name, Client.id).limit(limit)))
