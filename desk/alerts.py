"""Staff end an alert: take it, hand it to a colleague, say how it ended. Nothing falls silent because nobody looked."""

from datetime import datetime

from sqlalchemy.orm import Session

from alerts.handing_over import hand_over
from alerts.register import AlertClosed, acknowledge, close_alert
from desk.threads import ThreadError, assign
from messages.plan_rules import PlanRules
from models.alert import Alert
from models.conversation import Conversation, lock_conversation
from models.staff import Staff
from models.thread import open_alerts_of
from scheduler.alert_holds import CHOICES, settle_after_alert

LONGEST_NOTE, LONGEST_OUTCOME = 400, 4000


class AlertError(ValueError):
    """It cannot be done like this. The message says what to do instead."""


def take(session: Session, alert: Alert, by: Staff, now: datetime) -> bool:
    """This person looks after it. False where somebody else does already, or it is closed."""
    if alert.closed_at is not None or alert.acknowledged_at is not None:
        return alert.acknowledged_by == by.name and alert.closed_at is None
    acknowledge(session, alert, by=by.name, now=now)
    _take_thread(session, alert, by)
    return True


def give(
    session: Session,
    alert: Alert,
    to: Staff | None,
    by: Staff,
    *,
    note: str,
    now: datetime,
    machine: datetime,
) -> None:
    """Hand an alert and its thread to a colleague with a note. Raises AlertError."""
    note = " ".join(note.split())[:LONGEST_NOTE]
    if to is None or to.clinic_id != alert.clinic_id or to.disabled_at is not None:
        raise AlertError("Choose the colleague who takes over.")
    if to.id == by.id:
        raise AlertError("To take it yourself, press “I am on it”.")
    if not note:
        raise AlertError("Say in a few words what your colleague should know, then hand it over.")
    try:
        hand_over(session, alert, by=by.name, to=to.name, note=note, now=now, machine=machine)
        if (conversation := _thread(session, alert)) is not None:
            assign(session, conversation, to, by, note=note, now=now)
    except (AlertClosed, ThreadError) as error:
        raise AlertError(str(error)) from None


def end(
    session: Session,
    alert: Alert,
    by: Staff,
    *,
    outcome: str,
    choice: str,
    rules: PlanRules,
    now: datetime,
) -> None:
    """It is handled: how it ended, and what becomes of the reminders it held. Raises AlertError."""
    outcome = outcome.strip()
    if not outcome:
        raise AlertError("Write how it ended: what you told the client, and what was agreed.")
    if len(outcome) > LONGEST_OUTCOME:
        raise AlertError(f"Use at most {LONGEST_OUTCOME} characters.")
    if alert.conversation_id is not None and choice not in CHOICES:
        raise AlertError("Say what becomes of the planned texts: resume or cancel them.")
    conversation = _thread(session, alert)
    _close(session, alert, by, outcome, choice if choice in CHOICES else "resume", now)
    if conversation is None:
        return
    settle_after_alert(session, conversation.id, choice=choice, by=by.name, rules=rules, now=now)
    _settle_waiting(session, conversation, alert)


def _close(session: Session, alert: Alert, by: Staff, outcome: str, choice: str, now: datetime) -> None:
    so_far = f"{alert.outcome}\n" if alert.outcome and alert.closed_at is None else ""
    try:
        close_alert(session, alert, by=by.name, outcome=so_far + outcome, reminders_choice=choice, now=now)
    except AlertClosed as error:
        raise AlertError(str(error)) from None
    session.flush()


def _settle_waiting(session: Session, conversation: Conversation, alert: Alert) -> None:
    """The client no longer waits, unless they wrote again after somebody took the alert, or another one is open."""
    wrote_since = (
        conversation.last_inbound_at is not None
        and alert.acknowledged_at is not None
        and conversation.last_inbound_at > alert.acknowledged_at
    )
    if not wrote_since and not open_alerts_of(session, conversation.id):
        conversation.waiting_since = conversation.waiting_reason = conversation.waiting_urgency = None


def _take_thread(session: Session, alert: Alert, by: Staff) -> None:
    conversation = _thread(session, alert)
    if conversation is not None and conversation.assigned_staff_id is None:
        conversation.assigned_staff_id = by.id


def _thread(session: Session, alert: Alert) -> Conversation | None:
    return lock_conversation(session, alert.conversation_id) if alert.conversation_id else None
