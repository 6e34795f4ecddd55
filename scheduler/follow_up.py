"""Who needs a word from a person: no answer to the check-in, a retreatment we may not text about. Reads only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from messages.plan_rules import PlanRules
from models.planning import count_unanswered_check_ins, skipped_for, unanswered_check_ins
from models.reminder import Reminder
from scheduler.closing import NO_PROMO_CONSENT

SHOWN_FOR = timedelta(days=60)  # own choice: later than this the list would only grow


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One client to be spoken to, by ids. `since` = since when."""

    reminder_id: int
    client_id: int
    conversation_id: int
    visit_id: int
    since: datetime


def not_heard_from(session: Session, *, clinic_id: int, rules: PlanRules, now: datetime) -> list[FollowUp]:
    """Clients who sent nothing within four days of their check-in, longest silent first."""
    asked_before = now - timedelta(days=rules.no_reply_days)
    rows = unanswered_check_ins(
        session, clinic_id=clinic_id, asked_since=now - SHOWN_FOR, asked_before=asked_before
    )
    return [_follow_up(row) for row in rows]


def count_not_heard_from(session: Session, *, clinic_id: int, rules: PlanRules, now: datetime) -> int:
    """How many they are."""
    asked_before = now - timedelta(days=rules.no_reply_days)
    return count_unanswered_check_ins(
        session, clinic_id=clinic_id, asked_since=now - SHOWN_FOR, asked_before=asked_before
    )


def ask_in_person(session: Session, *, clinic_id: int, now: datetime) -> list[FollowUp]:
    """ "Retreatment due, ask in person": due within the last 60 days, no consent to promotion, nothing arranged."""
    rows = skipped_for(
        session,
        clinic_id=clinic_id,
        step="retreatment",
        reason=NO_PROMO_CONSENT,
        since=now - SHOWN_FOR,
        now=now,
    )
    return [_follow_up(row) for row in rows]


def _follow_up(row: Reminder) -> FollowUp:
    return FollowUp(row.id, row.client_id, row.conversation_id, row.visit_id, row.target_at)
