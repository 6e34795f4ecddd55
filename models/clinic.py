"""Clinics and their numbers. A clinic is found by the number that was texted; nothing crosses clinics."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base


class Clinic(Base):
    """One clinic: its name, zone, hours and contact lines."""

    __tablename__ = "clinic"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    timezone: Mapped[str] = mapped_column(String(64))
    hours: Mapped[str] = mapped_column(String(300))
    holidays: Mapped[str] = mapped_column(Text, default="")  # ISO dates and "federal", comma-separated
    country: Mapped[str] = mapped_column(String(2), default="US")
    phone: Mapped[str | None] = mapped_column(String(32))
    urgent_line: Mapped[str | None] = mapped_column(String(32))
    portal_url: Mapped[str | None] = mapped_column(String(500))
    booking_url: Mapped[str | None] = mapped_column(String(500))
    opt_out_mode: Mapped[str] = mapped_column(String(10), default="twilio")  # twilio | self
    retreatment_purpose: Mapped[str] = mapped_column(String(10), default="promo")  # promo | care
    retreatment_purpose_by: Mapped[str | None] = mapped_column(String(120))
    retreatment_purpose_at: Mapped[datetime | None]
    blur_photos: Mapped[bool] = mapped_column(default=False)
    automatic_held_since: Mapped[datetime | None]  # the mass-send brake, or a restore waiting for reconcile
    automatic_held_reason: Mapped[str | None] = mapped_column(String(200))
    hold_released_until: Mapped[datetime | None]
    emergency_words_confirmed_by: Mapped[str | None] = mapped_column(String(120))
    emergency_words_confirmed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class ClinicNumber(Base):
    """A number of ours. `next_send_at` (machine time) is the pace: a claim moves it on."""

    __tablename__ = "clinic_number"
    __table_args__ = (UniqueConstraint("number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    number: Mapped[str] = mapped_column(String(32))
    is_default: Mapped[bool] = mapped_column(default=False)
    messaging_service_sid: Mapped[str | None] = mapped_column(String(34))
    next_send_at: Mapped[datetime | None]


def find_clinic(session: Session, clinic_id: int) -> Clinic:
    """The clinic of this id. Raises NoResultFound."""
    return session.execute(select(Clinic).where(Clinic.id == clinic_id)).scalar_one()


def list_clinics(session: Session) -> list[Clinic]:
    """Every clinic of this deployment, oldest first."""
    return list(session.scalars(select(Clinic).order_by(Clinic.id)))


def find_clinic_by_name(session: Session, name: str) -> Clinic | None:
    """The clinic of exactly this name, if any."""
    return session.scalars(select(Clinic).where(Clinic.name == name).order_by(Clinic.id)).first()


def find_clinic_number(session: Session, number: str) -> ClinicNumber | None:
    """Our number, if this is one."""
    return session.scalars(select(ClinicNumber).where(ClinicNumber.number == number)).first()


def list_clinic_numbers(session: Session, clinic_id: int | None = None) -> list[ClinicNumber]:
    """Our numbers, the default ones first; of one clinic where given."""
    question = select(ClinicNumber).order_by(ClinicNumber.is_default.desc(), ClinicNumber.id)
    if clinic_id is not None:
        question = question.where(ClinicNumber.clinic_id == clinic_id)
    return list(session.scalars(question))


def default_number(session: Session, clinic_id: int) -> ClinicNumber:
    """The number a clinic sends from where no conversation says otherwise. Raises NoResultFound."""
    question = select(ClinicNumber).where(ClinicNumber.clinic_id == clinic_id)
    return session.execute(
        question.order_by(ClinicNumber.is_default.desc(), ClinicNumber.id).limit(1)
    ).scalar_one()


def holiday_dates(clinic: Clinic) -> frozenset[date]:
    """The single days named in the clinic's holiday list ("federal" is expanded in opening_hours)."""
    names = (part.strip() for part in clinic.holidays.split(","))
    return frozenset(date.fromisoformat(name) for name in names if name and name != "federal")
