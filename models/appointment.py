"""Known future visits. One on file keeps the second retreatment text from going out."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Appointment(Base):
    """A future visit and where we know it from."""

    __tablename__ = "appointment"
    __table_args__ = (Index("ix_appointment_client_at", "client_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    at: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
