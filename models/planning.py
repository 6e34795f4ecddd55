"""What planning and the tick ask of visits, appointments and reminders. Questions only; each names its answer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.alert import Alert
from models.appointment import Appointment
from models.clinic import Clinic
from models.message import Message
from models.reminder import Reminder
from models.visit import Treatment, Visit

LEFT = ("enqueued", "sent")


@dataclass(frozen=True, slots=True)
class TextedStep:
    """A step that is on its way or has left: which visit's, for which local day, and when its text was written."""

    visit_id: int
    step: str
    local_day: date
    written_at: datetime


def find_visit(session: Session, visit_id: int) -> Visit:
    """The visit of this id. Raises NoResultFound."""
    return session.execute(select(Visit).where(Visit.id == visit_id)).scalar_one()


def find_visit_of_clinic(session: Session, visit_id: int, *, clinic_id: int) -> Visit | None:
    """The clinic's visit of this id, if there is one."""
    question = select(Visit).where(Visit.id == visit_id, Visit.clinic_id == clinic_id)
    return session.scalars(question).first()


def find_treatment(session: Session, treatment_id: int) -> tuple[Treatment, Visit] | None:
    """The treatment of this id and its visit, if there is one."""
    question = select(Treatment, Visit).join(Visit, Visit.id == Treatment.visit_id)
    row = session.execute(question.where(Treatment.id == treatment_id)).first()
    return (row[0], row[1]) if row else None


def visit_on_day(session: Session, *, client_id: int, local_day: date) -> Visit | None:
    """The client's visit of that local day that still stands."""
    question = select(Visit).where(
        Visit.client_id == client_id, Visit.local_day == local_day, Visit.cancelled_at.is_(None)
    )
    return session.scalars(question.order_by(Visit.id)).first()


def treatments_of(session: Session, visit_id: int) -> list[Treatment]:
    """The treatments of a visit that still stand, first injection first."""
    question = select(Treatment).where(Treatment.visit_id == visit_id, Treatment.cancelled_at.is_(None))
    return list(session.scalars(question.order_by(Treatment.injected_at, Treatment.id)))


def visits_of_clients(
    session: Session, client_ids: Sequence[int], *, since: datetime, and_these: Collection[int] = ()
) -> list[Visit]:
    """The clients' standing visits with an injection since, and these whatever their age, oldest first."""
    question = select(Visit).where(
        Visit.client_id.in_(client_ids),
        Visit.cancelled_at.is_(None),
        or_(Visit.injected_at >= since, Visit.id.in_(and_these)),
    )
    return list(session.scalars(question.order_by(Visit.injected_at, Visit.id)))


def next_appointment_at(session: Session, client_id: int, *, after: datetime) -> datetime | None:
    """The client's first known appointment still to come."""
    question = select(Appointment.at).where(
        Appointment.client_id == client_id, Appointment.cancelled_at.is_(None), Appointment.at > after
    )
    return session.scalars(question.order_by(Appointment.at).limit(1)).first()


def find_appointment(session: Session, appointment_id: int, *, clinic_id: int) -> Appointment | None:
    """The clinic's appointment of this id, if there is one."""
    question = select(Appointment).where(Appointment.id == appointment_id, Appointment.clinic_id == clinic_id)
    return session.scalars(question).first()


def find_reminder(session: Session, reminder_id: int) -> Reminder:
    """The planned step of this id. Raises NoResultFound."""
    return session.execute(select(Reminder).where(Reminder.id == reminder_id)).scalar_one()


def reminders_of_conversation(session: Session, conversation_id: int) -> list[Reminder]:
    """Every planned step of everybody on the number, in the order they are due."""
    question = select(Reminder).where(Reminder.conversation_id == conversation_id)
    return list(session.scalars(question.order_by(Reminder.due_at, Reminder.id)))


def conversation_of_reminder(session: Session, reminder_id: int) -> int:
    """Whose step it is. Loads no row: until the conversation is locked it may change. Raises NoResultFound."""
    question = select(Reminder.conversation_id).where(Reminder.id == reminder_id)
    return session.execute(question).scalar_one()


def due_reminders(session: Session, now: datetime, *, limit: int) -> list[int]:
    """Planned steps whose moment has come and that no alert or brake holds, longest due first (ix_reminder_due).

    Of those under the brake the ones past their use are due all the same, to be closed with a reason.
    """
    question = (
        select(Reminder.id)
        .join(Clinic, Clinic.id == Reminder.clinic_id)
        .where(
            Reminder.status == "planned",
            Reminder.due_at <= now,
            or_(Clinic.automatic_held_since.is_(None), Reminder.latest_at <= now),
            ~_open_alert_of(Reminder),
        )
    )
    return list(session.scalars(question.order_by(Reminder.due_at, Reminder.id).limit(limit)))


def planned_under_alert(session: Session, *, limit: int) -> list[Reminder]:
    """Planned steps of numbers with an open alert: they are to be held."""
    question = select(Reminder).where(Reminder.status == "planned", _open_alert_of(Reminder))
    return list(session.scalars(question.order_by(Reminder.id).limit(limit)))


def held_too_long(session: Session, now: datetime, *, limit: int) -> list[Reminder]:
    """Held steps whose last useful moment has passed."""
    question = select(Reminder).where(Reminder.status == "held", Reminder.latest_at <= now)
    return list(session.scalars(question.order_by(Reminder.id).limit(limit)))


def held_without_alert(session: Session, *, holder: str) -> list[int]:
    """Conversations for which this holder keeps steps back although no alert is open."""
    question = select(Reminder.conversation_id).where(
        Reminder.status == "held", Reminder.held_by == holder, ~_open_alert_of(Reminder)
    )
    return list(session.scalars(question.distinct().order_by(Reminder.conversation_id)))


def last_closed_alert(session: Session, conversation_id: int) -> Alert | None:
    """The alert about this number that was closed last."""
    question = select(Alert).where(Alert.conversation_id == conversation_id, Alert.closed_at.is_not(None))
    return session.scalars(question.order_by(Alert.closed_at.desc(), Alert.id.desc()).limit(1)).first()


def numbers_held_by(session: Session, *, clinic_id: int, holder: str) -> list[int]:
    """The clinic's conversations for which this holder keeps steps back. Loads no row: they are to be locked first."""
    question = select(Reminder.conversation_id).where(
        Reminder.clinic_id == clinic_id, Reminder.status == "held", Reminder.held_by == holder
    )
    return list(session.scalars(question.distinct().order_by(Reminder.conversation_id)))


def texted_steps(session: Session, conversation_id: int, *, since: datetime) -> list[TextedStep]:
    """Steps of the number that are on their way or have left since, oldest first."""
    question = (
        select(Reminder.visit_id, Reminder.step, Visit.local_day, Message.created_at)
        .join(Message, Message.id == Reminder.message_id)
        .join(Visit, Visit.id == Reminder.visit_id)
        .where(
            Reminder.conversation_id == conversation_id,
            Reminder.status.in_(LEFT),
            Message.created_at >= since,
        )
    )
    return [TextedStep(*row) for row in session.execute(question.order_by(Message.created_at, Reminder.id))]


def conversations_with_plans(session: Session, *, clinic_id: int) -> list[int]:
    """The clinic's conversations with a step that has not left, oldest first."""
    question = select(Reminder.conversation_id).where(
        Reminder.clinic_id == clinic_id, Reminder.status.in_(("planned", "held", "skipped"))
    )
    return list(session.scalars(question.distinct().order_by(Reminder.conversation_id)))


def unanswered_check_ins(
    session: Session, *, clinic_id: int, asked_since: datetime, asked_before: datetime
) -> list[Reminder]:
    """Check-ins that left between the moments, nothing from the number since and nobody spoke to them; newest visit."""
    question = _unanswered(clinic_id, asked_since, asked_before)
    return list(session.scalars(question.order_by(Reminder.due_at, Reminder.id)))


def count_unanswered_check_ins(
    session: Session, *, clinic_id: int, asked_since: datetime, asked_before: datetime
) -> int:
    """How many there are."""
    question = _unanswered(clinic_id, asked_since, asked_before)
    return session.scalar(select(func.count()).select_from(question.subquery())) or 0


def _unanswered(clinic_id: int, asked_since: datetime, asked_before: datetime) -> Select[Reminder]:
    replied = exists().where(
        Message.conversation_id == Reminder.conversation_id,
        Message.direction == "inbound",
        Message.created_at >= _written_at(),
    )
    return select(Reminder).where(
        Reminder.clinic_id == clinic_id,
        Reminder.step == "check_in",
        Reminder.status == "sent",
        Reminder.followed_up_at.is_(None),
        _written_at().between(asked_since, asked_before),
        ~replied,
        ~_newer_visit(),
    )


def skipped_for(
    session: Session, *, clinic_id: int, step: str, reason: str, since: datetime, now: datetime
) -> list[Reminder]:
    """Steps skipped for this very reason whose target lies between the two moments and that nothing has overtaken."""
    booked = exists().where(
        Appointment.client_id == Reminder.client_id,
        Appointment.cancelled_at.is_(None),
        Appointment.at > now,
    )
    question = select(Reminder).where(
        Reminder.clinic_id == clinic_id,
        Reminder.step == step,
        Reminder.status == "skipped",
        Reminder.reason == reason,
        Reminder.followed_up_at.is_(None),
        Reminder.target_at.between(since, now),
        ~booked,
        ~_newer_visit(),
    )
    return list(session.scalars(question.order_by(Reminder.target_at, Reminder.id)))


def _open_alert_of(reminder: type[Reminder]) -> ColumnElement[bool]:
    return exists().where(Alert.conversation_id == reminder.conversation_id, Alert.closed_at.is_(None))


def _written_at() -> ColumnElement[datetime]:
    """When the reminder's text was written (clinic time). Also for questions within the one about the reminder."""
    asked = aliased(Message)  # the enclosing question may be about messages itself
    written = select(asked.created_at).where(asked.id == Reminder.message_id)
    return written.correlate(Reminder).scalar_subquery()


def _newer_visit() -> ColumnElement[bool]:
    own = aliased(Visit)
    older = select(own.injected_at).where(own.id == Reminder.visit_id).correlate(Reminder).scalar_subquery()
    return exists().where(
        and_(Visit.client_id == Reminder.client_id, Visit.cancelled_at.is_(None), Visit.injected_at > older)
    )
