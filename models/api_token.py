"""What another system shows to come in: a token of one clinic, stored as a hash. All moments are machine time."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base


class ApiToken(Base):
    """One token. `reads_texts`: it may also read what clients and the clinic wrote."""

    __tablename__ = "api_token"
    __table_args__ = (UniqueConstraint("token_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    scope: Mapped[str] = mapped_column(String(10))  # read | write
    reads_texts: Mapped[bool] = mapped_column(default=False)
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


def find_token_by_hash(session: Session, token_hash: str) -> ApiToken | None:
    """The token of this hash, revoked or not."""
    return session.scalars(select(ApiToken).where(ApiToken.token_hash == token_hash)).first()


def find_token(session: Session, token_id: int, *, clinic_id: int) -> ApiToken | None:
    """The clinic's token of this id."""
    question = select(ApiToken).where(ApiToken.id == token_id, ApiToken.clinic_id == clinic_id)
    return session.scalars(question).first()


def list_tokens(session: Session, *, clinic_id: int) -> list[ApiToken]:
    """A clinic's tokens, revoked ones included, oldest first."""
    question = select(ApiToken).where(ApiToken.clinic_id == clinic_id).order_by(ApiToken.id)
    return list(session.scalars(question))


def end_all_tokens(session: Session, machine: datetime) -> None:
    """Revoke every token of every clinic."""
    session.execute(update(ApiToken).where(ApiToken.revoked_at.is_(None)).values(revoked_at=machine))
