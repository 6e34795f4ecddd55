"""An open alert holds every planned step of its conversation until the person who closes it says what becomes of them.

Holding is the tick's work, so that the room that opens alerts need not know of plans; the gate refuses meanwhile.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from messages.plan_rules import PlanRules
from models.planning import (
    held_without_alert,
    last_closed_alert,
    planned_under_alert,
    reminders_of_conversation,
)
from models.reminder import Reminder
from models.thread_facts import has_open_alert
from scheduler.reminders import replan_number
from scheduler.row_changes import close

HELD_BY_ALERT = "alert"
ALERT_OPEN = "held: an alert about this number is open"
CHOICES = ("resume", "cancel")


def hold_under_alerts(session: Session, *, limit: int = 500) -> int:
    """Hold what is planned for numbers with an open alert; returns how many."""
    rows = planned_under_alert(session, limit=limit)
    for row in rows:
        row.status, row.held_by, row.reason = "held", HELD_BY_ALERT, ALERT_OPEN
    session.flush()
    return len(rows)


def settle_after_alert(
    session: Session, conversation_id: int, *, choice: str, by: str, rules: PlanRules, now: datetime
) -> list[Reminder]:
    """Do what the person who closed an alert chose; call it in the transaction that closes the alert.

    resume: plan the held steps anew (none comes late); nothing leaves while another alert is open.
    cancel: cancel every unsent step of the number. Raises ValueError for another word.
    """
    if choice not in CHOICES:
        raise ValueError(f"{choice!r} is not a choice; use resume or cancel")
    rows = [row for row in reminders_of_conversation(session, conversation_id) if _waits(row)]
    if choice == "cancel":
        for row in rows:
            close(row, "cancelled", f"cancelled by {by} when the alert was closed", now)
    elif not has_open_alert(session, conversation_id):
        for row in rows:
            if row.status == "held":
                row.status, row.held_by, row.reason = "planned", None, None
    session.flush()
    return replan_number(session, conversation_id, rules=rules, now=now)


def settle_closed_alerts(session: Session, *, rules: PlanRules, now: datetime) -> int:
    """Free or cancel what an alert still holds although it was closed; returns for how many numbers."""
    conversation_ids = held_without_alert(session, holder=HELD_BY_ALERT)
    for conversation_id in conversation_ids:
        closed = last_closed_alert(session, conversation_id)
        choice = (closed.reminders_choice if closed else None) or "resume"
        by = (closed.closed_by if closed else None) or "staff"
        settle_after_alert(session, conversation_id, choice=choice, by=by, rules=rules, now=now)
    return len(conversation_ids)


def _waits(row: Reminder) -> bool:
    """Whether the alert kept it back: held by the tick, not yet held, or already in the queue behind the gate."""
    if row.status == "held":
        return row.held_by == HELD_BY_ALERT
    return row.status in ("planned", "enqueued")
