"""Visits and the treatments given in them. A visit is one client's local day in the chair."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Visit(Base):
    """One client, one local day. `injected_at` is the latest injection of the day: what the 16 hours count from."""

    __tablename__ = "visit"
    __table_args__ = (Index("ix_visit_client_day", "client_id", "local_day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    local_day: Mapped[date]
    injected_at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(12), default="treatment")  # treatment | refinement
    refines_visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"))
    enrolled_at: Mapped[datetime]
    told_exercise_ends_at: Mapped[datetime | None]  # the moment last told to the client by any text
    cancelled_at: Mapped[datetime | None]
    cancelled_reason: Mapped[str | None] = mapped_column(String(200))


class Treatment(Base):
    """One product given in a visit."""

    __tablename__ = "treatment"

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    product: Mapped[str] = mapped_column(String(60))
    areas: Mapped[str] = mapped_column(String(300), default="")
    pack: Mapped[str] = mapped_column(String(40), default="neuromodulator")
    injected_at: Mapped[datetime]
    entered_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
