"""Answers given to other systems, kept for a day by the caller's own key: a repeated call does nothing twice.

They hold names and numbers, so they are emptied when a client of the clinic is erased, and forgotten after a day.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.api_token import ApiToken
from models.base import Base


class ApiAnswer(Base):
    """One call that was carried out. `fingerprint`: what was asked; `body` None = emptied. Machine time."""

    __tablename__ = "api_answer"
    __table_args__ = (UniqueConstraint("token_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_id: Mapped[int] = mapped_column(ForeignKey("api_token.id"))
    key: Mapped[str] = mapped_column(String(200))
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(default=0)
    body: Mapped[str | None] = mapped_column(Text)
    given_at: Mapped[datetime] = mapped_column(index=True)


def take_key(
    session: Session, *, token_id: int, key: str, fingerprint: str, at: datetime
) -> tuple[ApiAnswer, bool]:
    """The row of this key, and whether it is new. It stands or falls with the caller's transaction.

    PostgreSQL lets a second caller wait here until the first one has ended; SQLite's writers come one by one.
    """
    made = ApiAnswer(token_id=token_id, key=key, fingerprint=fingerprint, given_at=at)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        question = select(ApiAnswer).where(ApiAnswer.token_id == token_id, ApiAnswer.key == key)
        return session.execute(question).scalar_one(), False
    return made, True


def empty_answers(session: Session, *, clinic_id: int) -> None:
    """No answer given to a clinic's systems is kept any more; that the calls were carried out stays known."""
    theirs = select(ApiToken.id).where(ApiToken.clinic_id == clinic_id)
    session.execute(update(ApiAnswer).where(ApiAnswer.token_id.in_(theirs)).values(body=None))


def forget_answers(session: Session, *, before: datetime) -> None:
    """Answers given before then are gone, and their keys with them."""
    session.execute(delete(ApiAnswer).where(ApiAnswer.given_at < before))
