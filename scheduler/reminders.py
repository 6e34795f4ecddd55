"""The planned steps of a visit as rows: plan them anew, hold, cancel and release them.

The only writer of unsent rows. Of a step that has a text it changes only when that may leave, and whether at all.
"""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from clinic_time.local_time import local_day
from messages.plan_rules import PlanRules, Purpose
from models.audit import record_audit
from models.client import find_client
from models.message import Message
from models.planning import conversations_with_plans, find_reminder, reminders_of_conversation
from models.reminder import Reminder
from models.visit import Visit
from scheduler.caps import SHARED, Claim, is_spread_skip, settle
from scheduler.corrections import is_correction, plan_corrections
from scheduler.number_plan import NumberPlan, read_number_plan
from scheduler.plan import plan_steps
from scheduler.row_changes import LONGEST_REASON, close, is_final, set_moments
from scheduler.steps import NO_SLOT, NOT_SENT_IN_TIME, PlannedStep
from scheduler.telling_staff import tell_staff

OPEN = ("planned", "held", "skipped", "enqueued")
NOT_BEGUN = ("queued", "claimed")  # states of a text that may still be kept back
VISIT_CANCELLED = "the visit was cancelled"


class ReminderClosed(ValueError):
    """The step cannot be changed any more; the message says why."""


def replan(session: Session, visit: Visit, *, rules: PlanRules, now: datetime) -> list[Reminder]:
    """Plan the visit's steps anew, with all others of its number; returns the visit's rows as they are due.

    Call it, or replan_number, after any change of a visit, zone, consent or appointment: a step that was skipped for
    want of a consent comes back only so. For hours, holidays and the like: replan_clinic. Unsent rows only.
    """
    client = find_client(session, visit.client_id)
    rows = replan_number(session, client.conversation_id, rules=rules, now=now, and_visit=visit.id)
    return [row for row in rows if row.visit_id == visit.id]


def replan_number(
    session: Session,
    conversation_id: int,
    *,
    rules: PlanRules,
    now: datetime,
    and_visit: int | None = None,
) -> list[Reminder]:
    """Plan every unsent step of everybody on one number anew; of visits long past only those still waiting."""
    number = read_number_plan(session, conversation_id, now, and_visit=and_visit)
    rows = {(row.visit_id, row.step): row for row in number.reminders}
    for claim in settle(_claims(number, rows, rules, now), _texted_days(number, rules), now):
        key = claim.visit_id, claim.planned.step
        rows[key] = _write(session, number, claim, rows.get(key), now)
    _follow_visits(session, number, rules, now)
    for row in plan_corrections(session, number, rules, now):
        rows[row.visit_id, row.step] = row
    session.flush()
    return sorted(rows.values(), key=lambda row: (row.due_at, row.id))


def replan_clinic(session: Session, clinic_id: int, *, rules: PlanRules, now: datetime) -> None:
    """Plan every unsent step of a clinic anew: its zone, hours, holidays or the class of its texts changed."""
    for conversation_id in conversations_with_plans(session, clinic_id=clinic_id):
        replan_number(session, conversation_id, rules=rules, now=now)


def hold(session: Session, reminder_id: int, *, by: str, actor: str, now: datetime) -> Reminder:
    """Keep one step back until it is released. `by` is shown to staff, `actor` is for the audit ("staff:3").

    Raises ReminderClosed.
    """
    row = _changeable(session, reminder_id, ("planned",))
    row.status, row.held_by, row.reason = "held", by, f"held by {by}"[:LONGEST_REASON]
    _audit(session, row, "reminder.hold", actor, now)
    return row


def release(session: Session, reminder_id: int, *, actor: str, rules: PlanRules, now: datetime) -> Reminder:
    """Let a held step go; it is planned anew, and skipped where its last useful moment has passed.

    Raises ReminderClosed.
    """
    row = _changeable(session, reminder_id, ("held",))
    row.status, row.held_by, row.reason = "planned", None, None
    _audit(session, row, "reminder.release", actor, now)
    session.flush()
    replan_number(session, row.conversation_id, rules=rules, now=now)
    return row


def cancel(session: Session, reminder_id: int, *, by: str, actor: str, now: datetime) -> Reminder:
    """Cancel one step for good; one that is queued is stopped by the gate. Raises ReminderClosed."""
    row = _changeable(session, reminder_id, OPEN)
    close(row, "cancelled", f"cancelled by {by}", now)
    _audit(session, row, "reminder.cancel", actor, now)
    return row


def cancel_steps_of(session: Session, visit: Visit, now: datetime) -> None:
    """The visit was cancelled: none of its steps leaves any more, a queued text included (the gate stops it)."""
    conversation_id = find_client(session, visit.client_id).conversation_id
    for row in reminders_of_conversation(session, conversation_id):
        if row.visit_id == visit.id and row.status in OPEN:
            close(row, "cancelled", VISIT_CANCELLED, now)
    session.flush()


def _changeable(session: Session, reminder_id: int, statuses: tuple[str, ...]) -> Reminder:
    row = find_reminder(session, reminder_id)
    if row.status not in statuses:
        raise ReminderClosed(f"reminder {row.id} ({row.step}) is {row.status} and cannot be changed so")
    return row


def _audit(session: Session, row: Reminder, action: str, actor: str, now: datetime) -> None:
    record_audit(
        session,
        clinic_id=row.clinic_id,
        at=now,
        actor=actor,
        action=action,
        object_kind="reminder",
        object_id=row.id,
        note=row.step,
    )


def _claims(
    number: NumberPlan, rows: Mapping[tuple[int, str], Reminder], rules: PlanRules, now: datetime
) -> list[Claim]:
    """What every step that has no text yet asks for."""
    claims = []
    for visit in number.visits:
        setting = number.setting_of(visit.client_id)
        for step in plan_steps(number.facts_of(visit), rules, setting, now):
            row = rows.get((visit.id, step.step))
            if row is None or not (is_final(row) or _was_spoken_for(row, visit, number)):
                is_held = row is not None and row.status == "held"
                claims.append(
                    Claim(visit.id, visit.local_day, visit.injected_at, step, setting, is_held=is_held)
                )
    return claims


def _was_spoken_for(row: Reminder, visit: Visit, number: NumberPlan) -> bool:
    """Whether another visit's text of that day has already left for this one too."""
    if row.status != "skipped" or row.reason != SHARED:
        return False
    return any((text.step, text.local_day) == (row.step, visit.local_day) for text in number.texted)


def _texted_days(number: NumberPlan, rules: PlanRules) -> list[date]:
    """Local days on which a capped automatic text has left or is on its way; a correction takes its day too."""
    capped = {rule.id for rule in rules.steps if rule.capped}
    counted = [text for text in number.texted if text.step in capped or is_correction(text.step)]
    return [local_day(text.written_at, number.zone) for text in counted]


def _write(
    session: Session, number: NumberPlan, claim: Claim, row: Reminder | None, now: datetime
) -> Reminder:
    """The row of one step, made or changed."""
    step = claim.planned
    if row is None:
        row = _new_row(session, number, claim, now)
    elif row.status == "skipped" and step.is_skipped and step.latest <= now:
        return row  # it was over long ago; its first reason is the true one
    _set_times(row, step, now)
    if step.is_skipped:
        _skip(row, step, number, now)
    elif row.status != "held":
        row.status, row.closed_at = "planned", None
        row.reason = step.moved_because[:LONGEST_REASON] or None
    return row


def _new_row(session: Session, number: NumberPlan, claim: Claim, now: datetime) -> Reminder:
    visit = next(visit for visit in number.visits if visit.id == claim.visit_id)
    row = Reminder(
        clinic_id=number.clinic.id,
        conversation_id=number.conversation.id,
        client_id=visit.client_id,
        visit_id=visit.id,
        step=claim.planned.step,
        status="planned",
    )
    _set_times(row, claim.planned, now)
    session.add(row)
    return row


def _set_times(row: Reminder, step: PlannedStep, now: datetime) -> None:
    row.purpose = step.purpose.value
    set_moments(row, earliest=step.earliest, target=step.target, latest=step.latest, due=step.due, now=now)


def _follow_visits(session: Session, number: NumberPlan, rules: PlanRules, now: datetime) -> None:
    """A text that waits for its turn keeps its words; whether and when it may leave follows its visit."""
    for visit in number.visits:
        rows = [row for row in number.reminders if row.visit_id == visit.id and row.status == "enqueued"]
        waiting = {row.step: row for row in rows}
        steps = (
            plan_steps(number.facts_of(visit), rules, number.setting_of(visit.client_id), now) if rows else ()
        )
        for step in steps:
            if step.step in waiting:
                _follow(session, waiting[step.step], step, number, now)


def _follow(session: Session, row: Reminder, step: PlannedStep, number: NumberPlan, now: datetime) -> None:
    text = session.get_one(Message, row.message_id)
    if step.is_skipped:
        if text.state in NOT_BEGUN:
            _skip(row, step, number, now)
        else:
            text.useful_until = min(text.useful_until or now, now)  # begun: should it be lost, not again
    elif (row.earliest_at, row.latest_at) != (step.earliest, step.latest):
        _set_times(row, step, now)
        text.send_after, text.useful_until = None, step.latest


def _skip(row: Reminder, step: PlannedStep, number: NumberPlan, now: datetime) -> None:
    reason = step.skipped_because[:LONGEST_REASON]
    if (row.status, row.reason) == ("skipped", reason):
        return
    close(row, "skipped", reason, now)
    if _is_lost(step):
        client = number.clients[row.client_id]
        tell_staff(number.conversation, why=f"{step.step} not sent to {client.name}: {reason}", now=now)


def _is_lost(step: PlannedStep) -> bool:
    """Whether a text about care will be missing that nobody decided against: staff must know."""
    if step.purpose is not Purpose.CARE:
        return False
    return step.skipped_because in (NO_SLOT, NOT_SENT_IN_TIME) or is_spread_skip(step.skipped_because)
