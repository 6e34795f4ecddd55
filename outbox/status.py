"""Delivery states: they move forward only (R8). What an undelivered text leads to is decided by the error table."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from carriers.error_codes import ErrorRule, next_try_at
from carriers.error_codes import explain as rule_of
from models.alert import find_alert
from models.attempts import count_attempts
from models.message import Message
from models.thread_facts import add_carrier_block
from outbox.alarm import ask_a_person, note_instruction
from outbox.closing import explain, reopen_reminder
from outbox.kinds import POLICIES, Kind, WhenUnknown
from outbox.stop import stop_sending

# https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks (read November 2026)
RANKS: Mapping[str, int] = {
    "accepted": 0,
    "scheduled": 0,
    "queued": 1,
    "sending": 2,
    "sent": 3,
    "delivered": 4,
    "undelivered": 4,
    "failed": 4,
    "canceled": 4,
    "partially_delivered": 4,
    "read": 5,
}
FINAL = ("delivered", "undelivered", "failed", "canceled", "partially_delivered", "read")
NOT_DELIVERED = ("undelivered", "failed", "canceled")


def moves_forward(before: str | None, after: str) -> bool:
    """Whether a report may replace the state on file. Unknown words never do; `read` follows delivery only."""
    if after not in RANKS or before in NOT_DELIVERED:
        return False
    return before is None or RANKS[after] > RANKS.get(before, -1)


def apply_status(
    session: Session,
    message: Message,
    *,
    status: str,
    error_code: int | None,
    now: datetime,
    machine: datetime,
) -> bool:
    """Apply one report to a locked message. False = it changes nothing."""
    if not moves_forward(message.status, status):
        return False
    message.status, message.status_at = status, now
    message.error_code = error_code or message.error_code
    if status in ("delivered", "read"):
        message.delivered_at = message.delivered_at or now
    if status in NOT_DELIVERED:
        _not_delivered(session, message, now, machine)
    return True


def _not_delivered(session: Session, message: Message, now: datetime, machine: datetime) -> None:
    rule = rule_of(message.error_code)
    learn_from_error(session, message, rule, now=now, machine=machine)
    note_instruction(session, message, was_sent=False)
    hurry_next_page(session, message, machine)
    retry_at = _retry_at(session, message, rule, machine)
    if retry_at is not None:
        message.state, message.retry_at = "queued", retry_at
        reopen_reminder(session, message)
        return
    explain(message, "not_delivered", rule.plain)
    ask_a_person(session, message, why=f"not delivered: {rule.plain}", now=now)


def _retry_at(session: Session, message: Message, rule: ErrorRule, machine: datetime) -> datetime | None:
    """The table's further tries: automatic texts only, and never a STOP confirmation."""
    policy = POLICIES[Kind(message.kind)]
    if not policy.automatic or policy.when_unknown is WhenUnknown.NEVER or message.state != "sent":
        return None
    further_tries = count_attempts(session, message.id, "accepted") - 1
    return next_try_at(rule, tries_after_error=further_tries, now=machine)


def learn_from_error(
    session: Session, message: Message, rule: ErrorRule, *, now: datetime, machine: datetime
) -> None:
    """What an error says beyond this one text: the pair of numbers is blocked, or all sending must stop."""
    if rule.opt_out:
        add_carrier_block(
            session,
            clinic_number_id=message.clinic_number_id,
            their_number=message.their_number,
            since=now,
        )
    if rule.stops_all:
        stop_sending(session, why=rule.plain, now=now, machine=machine)


def hurry_next_page(session: Session, message: Message, machine: datetime) -> None:
    """A page that does not arrive: the next on-call phone is texted by the next tick, not in five minutes."""
    if message.kind != Kind.ALERT or message.alert_id is None:
        return
    alert = find_alert(session, message.alert_id)
    if alert.next_page_at is not None:
        alert.next_page_at = machine
