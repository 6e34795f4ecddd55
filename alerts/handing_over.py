"""Hands an alert to a colleague: it is open to be taken again, and the phones follow if nobody takes it in time."""

from datetime import datetime

from sqlalchemy.orm import Session

from alerts.paging import PAGE_EVERY
from alerts.register import AlertClosed
from models.alert import Alert
from models.audit import record_audit


def hand_over(
    session: Session, alert: Alert, *, by: str, to: str, note: str, now: datetime, machine: datetime
) -> None:
    """`by` gives it to `to` with a note. Until somebody says "I am on it", on-call phones are texted in five minutes.

    What was done so far is kept in `outcome` until it is closed. Raises AlertClosed.
    """
    if alert.closed_at is not None:
        raise AlertClosed(f"Alert {alert.code} was closed already by {alert.closed_by}.")
    said = f"Handed by {by} to {to}: {note}"
    alert.outcome = f"{alert.outcome}\n{said}" if alert.outcome else said
    alert.acknowledged_at = alert.acknowledged_by = None
    alert.next_page_at = machine + PAGE_EVERY
    record_audit(
        session,
        clinic_id=alert.clinic_id,
        at=now,
        actor="staff",
        action="alert_handed_over",
        object_kind="alert",
        object_id=alert.id,
    )
