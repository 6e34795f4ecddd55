"""Rows that only the API shows: what a client's file and a treatment's answer are made of. Pure."""

from zoneinfo import ZoneInfo

from clinic_time.written_moment import iso
from desk.listed_rows import Row
from models.appointment import Appointment
from models.client_file import VisitOnFile
from models.visit import Treatment
from scheduler.visits import PlannedVisit


def visit_row(entry: VisitOnFile, zone: ZoneInfo) -> Row:
    """A visit with what was given in it."""
    visit = entry.visit
    return {
        "id": visit.id,
        "day": visit.local_day.isoformat(),
        "kind": visit.kind,
        "refines": visit.refines_visit_id,
        "treatments": [treatment_row(one, zone) for one in entry.treatments],
    }


def treatment_row(treatment: Treatment, zone: ZoneInfo) -> Row:
    """One thing that was given."""
    return {
        "id": treatment.id,
        "product": treatment.product,
        "areas": treatment.areas,
        "at": iso(treatment.injected_at, zone),
    }


def planned_row(planned: PlannedVisit, zone: ZoneInfo) -> Row:
    """A treatment and the texts of its visit, with the reason where one was moved or left out."""
    return {
        **treatment_row(planned.treatment, zone),
        "is_cancelled": planned.treatment.cancelled_at is not None,
        "client_id": planned.visit.client_id,
        "visit_id": planned.visit.id,
        "steps": [
            {
                "id": step.id,
                "step": step.step,
                "due_at": iso(step.due_at, zone),
                "status": step.status,
                "reason": step.reason,
            }
            for step in planned.steps
        ],
    }


def appointment_row(appointment: Appointment, zone: ZoneInfo) -> Row:
    """A future visit and where it is known from."""
    return {
        "id": appointment.id,
        "client_id": appointment.client_id,
        "at": iso(appointment.at, zone),
        "source": appointment.source,
    }
