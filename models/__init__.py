"""What we remember: one noun a file, its table and its queries. SQL lives here and nowhere else."""

from models import (
    alert,
    appointment,
    audit,
    client,
    clinic,
    consent_event,
    conversation,
    desk,
    installation,
    message,
    photo,
    reminder,
    simulated_carrier,
    staff,
    staff_session,
    template_version,
    visit,
)
from models.base import Base

__all__ = [
    "Base",
    "alert",
    "appointment",
    "audit",
    "client",
    "clinic",
    "consent_event",
    "conversation",
    "desk",
    "installation",
    "message",
    "photo",
    "reminder",
    "simulated_carrier",
    "staff",
    "staff_session",
    "template_version",
    "visit",
]
