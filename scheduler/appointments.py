"""Known future visits: one on file closes the second retreatment text. Each change plans the client's texts anew."""

from datetime import datetime

from sqlalchemy.orm import Session

from messages.plan_rules import PlanRules
from models.appointment import Appointment
from models.audit import record_audit
from models.client import Client, find_client
from models.planning import find_appointment
from scheduler.reminders import replan_number


class AppointmentError(ValueError):
    """An appointment that cannot be entered or cancelled; the message says what to do instead."""


def add_appointment(
    session: Session,
    client: Client,
    *,
    at: datetime,
    source: str,
    actor: str,
    rules: PlanRules,
    now: datetime,
) -> Appointment:
    """Remember a future visit and where we know it from. Raises AppointmentError for one that is over."""
    if at <= now:
        raise AppointmentError("an appointment lies ahead; a visit that has been is entered as a treatment")
    row = Appointment(
        clinic_id=client.clinic_id, client_id=client.id, at=at, source=source[:60], created_at=now
    )
    session.add(row)
    session.flush()
    _audit(session, row, "appointment.add", actor, now)
    replan_number(session, client.conversation_id, rules=rules, now=now)
    return row


def cancel_appointment(
    session: Session, appointment_id: int, *, clinic_id: int, actor: str, rules: PlanRules, now: datetime
) -> Appointment:
    """Take an appointment back; what it had closed is planned again where it is not too late."""
    row = find_appointment(session, appointment_id, clinic_id=clinic_id)
    if row is None or row.cancelled_at is not None:
        raise AppointmentError(f"there is no appointment {appointment_id} on file that could be cancelled")
    row.cancelled_at = now
    session.flush()
    _audit(session, row, "appointment.cancel", actor, now)
    client = find_client(session, row.client_id)
    replan_number(session, client.conversation_id, rules=rules, now=now)
    return row


def _audit(session: Session, row: Appointment, action: str, actor: str, now: datetime) -> None:
    record_audit(
        session,
        clinic_id=row.clinic_id,
        at=now,
        actor=actor,
        action=action,
        object_kind="appointment",
        object_id=row.id,
    )
