"""Treatments as staff enter, correct and cancel them; each change plans the client's texts anew.

A treatment joins the client's visit of that local day or opens one; the 16 hours count from the day's last injection.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from clinic_time.local_time import local_day
from messages.plan_rules import PlanRules
from models.audit import record_audit
from models.client import Client, find_client
from models.clinic import find_clinic
from models.conversation import lock_conversation
from models.planning import find_treatment, find_visit_of_clinic, treatments_of, visit_on_day
from models.reminder import Reminder
from models.visit import Treatment, Visit
from scheduler.reminders import cancel_steps_of, replan, replan_number


class VisitError(ValueError):
    """A treatment that cannot be entered or changed so; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class NewTreatment:
    """What was given and when (aware). `refines` is the id of the visit that a refinement corrects."""

    injected_at: datetime
    product: str
    areas: str = ""
    pack: str = "neuromodulator"
    refines: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """A visit after a change, and its steps in the order they are due, skipped ones with their reason."""

    visit: Visit
    treatment: Treatment
    steps: tuple[Reminder, ...]


def add_treatment(
    session: Session,
    client: Client,
    new: NewTreatment,
    *,
    by: str,
    actor: str,
    rules: PlanRules,
    now: datetime,
) -> PlannedVisit:
    """Enter a treatment and plan its texts. `by` is shown to staff, `actor` is for the audit. Raises VisitError."""
    lock_conversation(session, client.conversation_id)
    day = local_day(new.injected_at, _zone(session, client.clinic_id))
    _check_refined(session, client, new)
    visit = visit_on_day(session, client_id=client.id, local_day=day)
    if visit is None:
        visit = Visit(
            clinic_id=client.clinic_id,
            client_id=client.id,
            local_day=day,
            injected_at=new.injected_at,
            kind="treatment" if new.refines is None else "refinement",
            refines_visit_id=new.refines,
            enrolled_at=now,
        )
        session.add(visit)
        session.flush()
    treatment = _enter(session, visit, new, by, now)
    _audit(session, treatment, visit, "treatment.add", actor, now)
    _close_older_question(session, client, visit)
    return _planned_anew(session, visit, treatment, rules, now)


def correct_treatment(
    session: Session,
    treatment_id: int,
    *,
    injected_at: datetime,
    actor: str,
    rules: PlanRules,
    now: datetime,
    product: str | None = None,
    areas: str | None = None,
) -> PlannedVisit:
    """Set right when a treatment was given (and what); a time already told is corrected by text. Raises VisitError."""
    treatment, visit = _standing(session, treatment_id)
    day = local_day(injected_at, _zone(session, visit.clinic_id))
    if day != visit.local_day:
        _move_day(session, visit, day)
    treatment.injected_at = injected_at
    treatment.product = treatment.product if product is None else product
    treatment.areas = treatment.areas if areas is None else areas
    _audit(session, treatment, visit, "treatment.correct", actor, now)
    return _planned_anew(session, visit, treatment, rules, now)


def cancel_treatment(
    session: Session, treatment_id: int, *, actor: str, reason: str, rules: PlanRules, now: datetime
) -> PlannedVisit:
    """Take a treatment back; the visit's last one takes the visit and its texts with it. Raises VisitError."""
    treatment, visit = _standing(session, treatment_id)
    treatment.cancelled_at = now
    session.flush()
    _audit(session, treatment, visit, "treatment.cancel", actor, now)
    if treatments_of(session, visit.id):
        return _planned_anew(session, visit, treatment, rules, now)
    visit.cancelled_at, visit.cancelled_reason = now, reason[:200]
    cancel_steps_of(session, visit, now)
    client = find_client(session, visit.client_id)
    steps = replan_number(session, client.conversation_id, rules=rules, now=now)
    return PlannedVisit(visit, treatment, tuple(step for step in steps if step.visit_id == visit.id))


def _planned_anew(
    session: Session, visit: Visit, treatment: Treatment, rules: PlanRules, now: datetime
) -> PlannedVisit:
    """The visit counts from its last standing injection; then all its number's steps are planned."""
    session.flush()
    visit.injected_at = max(each.injected_at for each in treatments_of(session, visit.id))
    session.flush()
    return PlannedVisit(visit, treatment, tuple(replan(session, visit, rules=rules, now=now)))


def _enter(session: Session, visit: Visit, new: NewTreatment, by: str, now: datetime) -> Treatment:
    treatment = Treatment(
        visit_id=visit.id,
        product=new.product,
        areas=new.areas,
        pack=new.pack,
        injected_at=new.injected_at,
        entered_by=by,
        created_at=now,
    )
    session.add(treatment)
    session.flush()
    return treatment


def _check_refined(session: Session, client: Client, new: NewTreatment) -> None:
    if new.refines is None:
        return
    refined = find_visit_of_clinic(session, new.refines, clinic_id=client.clinic_id)
    if refined is None or refined.client_id != client.id or refined.cancelled_at is not None:
        raise VisitError(f"visit {new.refines} is not one of this client's visits; list them and give its id")
    if refined.injected_at >= new.injected_at:
        raise VisitError(f"visit {new.refines} is not earlier than this refinement; check when it was")


def _standing(session: Session, treatment_id: int) -> tuple[Treatment, Visit]:
    found = find_treatment(session, treatment_id)
    if found is None:
        raise VisitError(
            f"there is no treatment {treatment_id}; list the client's treatments and give its id"
        )
    treatment, visit = found
    if treatment.cancelled_at is not None or visit.cancelled_at is not None:
        raise VisitError(f"treatment {treatment_id} was cancelled; add a new one instead")
    lock_conversation(session, find_client(session, visit.client_id).conversation_id)
    return treatment, visit


def _move_day(session: Session, visit: Visit, day: date) -> None:
    """A visit moves to another day as a whole."""
    if len(treatments_of(session, visit.id)) > 1:
        raise VisitError(
            "the visit has other treatments on its day; cancel this one and add it on the right day"
        )
    if visit_on_day(session, client_id=visit.client_id, local_day=day) is not None:
        raise VisitError(
            f"the client has another visit on {day}; cancel this treatment and add it to that visit"
        )
    visit.local_day = day


def _zone(session: Session, clinic_id: int) -> ZoneInfo:
    return ZoneInfo(find_clinic(session, clinic_id).timezone)


def _close_older_question(session: Session, client: Client, visit: Visit) -> None:
    """A newer visit closes the open question about an older one of the same client."""
    conversation = lock_conversation(session, client.conversation_id)
    asked = conversation.open_question_visit_id
    if asked is None or asked == visit.id:
        return
    older = find_visit_of_clinic(session, asked, clinic_id=client.clinic_id)
    if older is not None and older.client_id == client.id and older.injected_at < visit.injected_at:
        conversation.open_question = conversation.open_question_visit_id = None
        conversation.open_question_asked_at = None


def _audit(
    session: Session, treatment: Treatment, visit: Visit, action: str, actor: str, now: datetime
) -> None:
    record_audit(
        session,
        clinic_id=visit.clinic_id,
        at=now,
        actor=actor,
        action=action,
        object_kind="treatment",
        object_id=treatment.id,
    )
