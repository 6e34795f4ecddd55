"""Staff and the on-call order."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base


class Staff(Base):
    """A person who works at the clinic. role: owner | clinician | front_desk."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(12))
    phone: Mapped[str | None] = mapped_column(String(32))
    password_hash: Mapped[str] = mapped_column(String(200))
    totp_secret: Mapped[str | None] = mapped_column(String(64))  # plain, from before step 0007
    totp_sealed: Mapped[str | None] = mapped_column(String(240))  # see access/sealing.py
    totp_last_step: Mapped[int | None]
    recovery_hashes: Mapped[str | None] = mapped_column(String(2000))
    single_keys: Mapped[bool] = mapped_column(default=True)  # one-letter shortcuts; can be switched off
    enter_sends: Mapped[bool] = mapped_column(default=False)  # else Ctrl+Enter sends
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]

    @property
    def has_second_factor(self) -> bool:
        """Whether a code is asked for after the password."""
        return self.totp_sealed is not None or self.totp_secret is not None


class OnCall(Base):
    """A phone that alerts are texted to, in order of position."""

    __tablename__ = "on_call"
    __table_args__ = (
        UniqueConstraint("clinic_id", "number"),
        Index("ix_on_call_order", "clinic_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    name: Mapped[str] = mapped_column(String(120))
    number: Mapped[str] = mapped_column(String(32))
    position: Mapped[int]
    stopped_at: Mapped[datetime | None]  # this phone texted STOP: the carrier may block our alerts to it


def list_on_call(session: Session, clinic_id: int) -> list[OnCall]:
    """The clinic's on-call phones in order."""
    return list(
        session.scalars(
            select(OnCall).where(OnCall.clinic_id == clinic_id).order_by(OnCall.position, OnCall.id)
        )
    )


def find_on_call(session: Session, *, clinic_id: int, number: str) -> OnCall | None:
    """The on-call phone of this number, if it is one."""
    return session.scalars(
        select(OnCall).where(OnCall.clinic_id == clinic_id, OnCall.number == number)
    ).first()


def find_staff_by_phone(session: Session, *, clinic_id: int, number: str) -> Staff | None:
    """The active staff member with this phone, if any."""
    question = select(Staff).where(
        Staff.clinic_id == clinic_id, Staff.phone == number, Staff.disabled_at.is_(None)
    )
    return session.scalars(question.order_by(Staff.id)).first()


def find_staff_by_email(session: Session, email: str) -> Staff | None:
    """The staff member with this address, active or not."""
    return session.scalars(select(Staff).where(Staff.email == email.strip().lower())).first()


def list_staff(session: Session, clinic_id: int) -> list[Staff]:
    """Everybody entered at this clinic, active or not, oldest first."""
    return list(session.scalars(select(Staff).where(Staff.clinic_id == clinic_id).order_by(Staff.id)))


def find_staff(session: Session, *, clinic_id: int, staff_id: int) -> Staff | None:
    """The staff member of this id, if they are of this clinic."""
    return session.scalars(select(Staff).where(Staff.id == staff_id, Staff.clinic_id == clinic_id)).first()


def find_on_call_phone(session: Session, *, clinic_id: int, phone_id: int) -> OnCall | None:
    """The on-call phone of this id, if it is this clinic's."""
    return session.scalars(select(OnCall).where(OnCall.id == phone_id, OnCall.clinic_id == clinic_id)).first()
