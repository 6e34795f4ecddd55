"""Opens, acknowledges and closes alerts. An alert ends only by a named person."""

from datetime import datetime

from sqlalchemy.orm import Session

from alerts.page_words import CODE_ONLY, PageWords
from alerts.paging import page
from models.alert import Alert, find_open_alert
from models.audit import record_audit
from models.installation import machine_now
from models.message_queue import queued_for_alert
from models.staff import find_on_call
from models.thread_facts import lock_clinic, was_instruction_refused
from outbox.alarm import NOT_TOLD, new_alert
from outbox.closing import close_cancelled

REMINDERS_CHOICES = ("resume", "cancel")


class AlertClosed(ValueError):
    """The alert is closed already, or closing it lacks a choice; the message says what to do."""


def open_alert(
    session: Session,
    *,
    clinic_id: int,
    conversation_id: int | None,
    message_id: int | None,
    kind: str,
    now: datetime,
    note: str | None = None,
    machine: datetime | None = None,
    words: PageWords = CODE_ONLY,
) -> Alert:
    """Open an alert and text the first on-call phone, in the caller's transaction. `now` is clinic time.

    Where the emergency instruction to this very text was refused already, the note says so.
    """
    lock_clinic(session, clinic_id)  # so that two alerts at once do not take one code
    machine = machine or machine_now(session)
    alert = new_alert(
        session,
        clinic_id=clinic_id,
        conversation_id=conversation_id,
        message_id=message_id,
        kind=kind,
        note=_full_note(session, message_id, note),
        now=now,
        page_at=machine,
    )
    page(session, alert, now=now, machine=machine, words=words)
    _audit(session, alert, actor="system", action="alert_opened", now=now)
    return alert


def acknowledge(session: Session, alert: Alert, *, by: str, now: datetime, actor: str = "staff") -> None:
    """Somebody looks after it: no further phone is texted. The first name stands. `actor` is for the audit."""
    if alert.acknowledged_at is not None:
        return
    alert.acknowledged_at, alert.acknowledged_by = now, by
    _stop_paging(session, alert, now)
    _audit(session, alert, actor=actor, action="alert_acknowledged", now=now)


def take_by_name(session: Session, alert: Alert, *, by: str, actor: str, now: datetime) -> None:
    """The same for a caller that must know whether it has it. Raises AlertClosed where it is over or another's."""
    if alert.closed_at is not None:
        raise AlertClosed(f"Alert {alert.code} was closed already by {alert.closed_by}.")
    if alert.acknowledged_at is not None and alert.acknowledged_by != by:
        raise AlertClosed(
            f"{alert.acknowledged_by} looks after alert {alert.code} already; the first name stands."
        )
    acknowledge(session, alert, by=by, now=now, actor=actor)


def close_alert(
    session: Session, alert: Alert, *, by: str, outcome: str, reminders_choice: str, now: datetime
) -> None:
    """It is over. `reminders_choice` (resume | cancel) says what becomes of the conversation's held reminders.

    Raises AlertClosed where it was closed before or the choice is none. The caller settles the reminders.
    """
    if alert.closed_at is not None:
        raise AlertClosed(f"Alert {alert.code} was closed already by {alert.closed_by}.")
    if reminders_choice not in REMINDERS_CHOICES:
        raise AlertClosed("Say what becomes of the reminders: resume or cancel.")
    acknowledge(session, alert, by=by, now=now)
    alert.closed_at, alert.closed_by = now, by
    alert.outcome, alert.reminders_choice = outcome, reminders_choice
    _audit(session, alert, actor="staff", action="alert_closed", now=now)


def find_open_by_code(session: Session, clinic_id: int, code: str) -> Alert | None:
    """The open alert staff mean by "K7", "k 7" or "k7"."""
    return find_open_alert(session, clinic_id=clinic_id, code="".join(code.split()).upper())


def note_on_call_stop(
    session: Session,
    *,
    clinic_id: int,
    number: str,
    now: datetime,
    conversation_id: int | None = None,
    message_id: int | None = None,
    words: PageWords = CODE_ONLY,
) -> Alert | None:
    """An on-call phone texted STOP: remember it and open an alert. None where it is no such phone, or known."""
    phone = find_on_call(session, clinic_id=clinic_id, number=number)
    if phone is None or phone.stopped_at is not None:
        return None
    phone.stopped_at = now
    session.flush()
    return open_alert(
        session,
        clinic_id=clinic_id,
        conversation_id=conversation_id,
        message_id=message_id,
        kind="oncall_stop",
        note=f"{phone.name} texted STOP: alerts may not reach this phone until it texts START.",
        now=now,
        words=words,
    )


def note_on_call_start(session: Session, *, clinic_id: int, number: str) -> None:
    """An on-call phone texted START: it is texted in its turn again."""
    phone = find_on_call(session, clinic_id=clinic_id, number=number)
    if phone is not None:
        phone.stopped_at = None


def _full_note(session: Session, message_id: int | None, note: str | None) -> str | None:
    if message_id is None or not was_instruction_refused(session, message_id):
        return note
    return "\n".join([NOT_TOLD, note] if note else [NOT_TOLD])


def _stop_paging(session: Session, alert: Alert, now: datetime) -> None:
    alert.next_page_at = None
    for waiting in queued_for_alert(session, alert.id):
        close_cancelled(
            session, waiting, code="acknowledged", note="the alert was acknowledged before", now=now
        )


def _audit(session: Session, alert: Alert, *, actor: str, action: str, now: datetime) -> None:
    record_audit(
        session,
        clinic_id=alert.clinic_id,
        at=now,
        actor=actor,
        action=action,
        object_kind="alert",
        object_id=alert.id,
    )
