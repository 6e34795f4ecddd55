"""Staff enter who was treated, with what and when, and see the planned texts before anything is saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from clinic_time.holiday_calendar import parse_holidays
from clinic_time.local_time import local_day
from clinic_time.opening_hours import parse_opening_hours
from desk.client_numbers import Wording, thread_on
from desk.clients import ClientError, actor_of
from messages.plan_rules import PlanRules
from messages.values import clinic_values
from models.client import Client, clients_of
from models.client_file import visits_on_file
from models.clinic import Clinic, default_number
from models.consent_event import consent_state
from models.conversation import Conversation, find_conversation
from models.reminder import Reminder
from models.staff import Staff
from models.suppression import suppressed_since
from models.visit import Visit
from outbox.suppression import carry_over_opt_out
from scheduler.enrolment import CONFIRMATION, EnrolmentRefused, NewClient, agree, enrol
from scheduler.plan import plan_steps
from scheduler.steps import PlanSetting, VisitFacts
from scheduler.visits import NewTreatment, VisitError, add_treatment

PRODUCTS = ("Botox", "Jeuveau", "Xeomin", "Dysport", "Daxxify", "Other")
RECENT = timedelta(days=120)  # own choice: a refinement belongs to a visit of about the last effect's length
AHEAD = timedelta(minutes=5)  # clocks differ; more than this is a visit that has not been


@dataclass(frozen=True, slots=True)
class NewVisit:
    """What the form says. `client_id` None = somebody new on the number; `refines` = the visit a refinement is of."""

    name: str
    number: str  # E.164
    product: str
    areas: str
    injected_at: datetime
    language: str
    care: bool
    promo: bool
    how: str
    client_id: int | None = None
    refines: int | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is on file about the number: who is reached on it, and what can be refined, by client."""

    clients: tuple[Client, ...]
    recent_visits: dict[int, tuple[Visit, ...]]
    is_stopped: bool
    has_care: bool
    has_promo: bool


@dataclass(frozen=True, slots=True)
class PlannedText:
    """One line of the preview. `reason`: why it was moved or will not be sent; `is_sent` False = it will not."""

    step: str
    at: datetime
    is_sent: bool
    reason: str


NOBODY = Known((), {}, is_stopped=False, has_care=False, has_promo=False)


def known_on(session: Session, clinic: Clinic, number: str, *, key: bytes, now: datetime) -> Known:
    """Who and what is on file about a number. Reads only."""
    thread = find_conversation(session, clinic_id=clinic.id, number=number)
    if thread is None:
        was_stopped = suppressed_since(session, clinic_id=clinic.id, number=number, key=key) is not None
        return Known((), {}, is_stopped=was_stopped, has_care=False, has_promo=False)
    clients, state = tuple(clients_of(session, thread.id)), consent_state(session, thread.id)
    return Known(
        clients=clients,
        recent_visits={client.id: _recent_visits(session, client, now) for client in clients},
        is_stopped=state.is_stopped,
        has_care=bool(state.care),
        has_promo=bool(state.promo),
    )


def _recent_visits(session: Session, client: Client, now: datetime) -> tuple[Visit, ...]:
    visits = (entry.visit for entry in visits_on_file(session, client.id))
    return tuple(visit for visit in visits if visit.kind == "treatment" and now - visit.injected_at < RECENT)


def enter_visit(
    session: Session, clinic: Clinic, new: NewVisit, by: Staff, *, wording: Wording, now: datetime
) -> tuple[Client, tuple[Reminder, ...]]:
    """Enter the person, where new, their consents and the treatment. Raises ClientError with what to do."""
    if new.injected_at > now + AHEAD:
        raise ClientError(
            "That time lies ahead. Enter a visit when it has been; keep future ones as appointments."
        )
    try:
        client = _who(session, clinic, new, by, wording, now)
        planned = add_treatment(
            session,
            client,
            NewTreatment(new.injected_at, new.product, areas=new.areas, refines=new.refines),
            by=by.name,
            actor=actor_of(by),
            rules=wording.pack.plan,
            now=now,
        )
    except (EnrolmentRefused, VisitError) as error:
        raise ClientError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
    return client, planned.steps


def _who(
    session: Session, clinic: Clinic, new: NewVisit, by: Staff, wording: Wording, now: datetime
) -> Client:
    person = NewClient(
        name=new.name,
        number=new.number,
        care=new.care,
        promo=new.promo,
        how=new.how,
        by=str(by.id),
        timezone=new.timezone,
        language=new.language,
    )
    if new.client_id is None:
        key = wording.opt_out_key
        return enrol(
            session, clinic, person, pack=wording.pack, now=now, opt_out_key=key, edits=wording.edits
        )
    thread = _thread_of(session, clinic, new.number, wording.opt_out_key, now)
    client = next((one for one in clients_of(session, thread.id) if one.id == new.client_id), None)
    if client is None:
        raise ClientError("That client is not reached on this number any more. Choose again who was treated.")
    agree(session, clinic, client, person, pack=wording.pack, now=now, edits=wording.edits)
    return client


def _thread_of(session: Session, clinic: Clinic, number: str, key: bytes, now: datetime) -> Conversation:
    """The number's thread; where an erased person had opted out, it starts opted out."""
    thread = thread_on(session, clinic, number, now)
    carry_over_opt_out(session, thread, key=key, now=now)
    return thread


def preview_visit(
    session: Session, clinic: Clinic, new: NewVisit, by: Staff, *, wording: Wording, now: datetime
) -> tuple[PlannedText, ...]:
    """Exactly what saving would plan, found by doing it and taking it back. Raises ClientError."""
    trial = session.begin_nested()
    try:
        _, steps = enter_visit(session, clinic, new, by, wording=wording, now=now)
        return tuple(_as_planned(step) for step in steps)
    finally:
        trial.rollback()
        session.expire_all()


def _as_planned(step: Reminder) -> PlannedText:
    will_leave = step.status in ("planned", "enqueued", "sent")
    return PlannedText(step.step, step.due_at, is_sent=will_leave, reason=step.reason or "")


def rough_plan(
    clinic: Clinic, *, injected_at: datetime, promo: bool, rules: PlanRules, now: datetime
) -> tuple[PlannedText, ...]:
    """The plan of a visit before it is known whose it is: nobody else's texts are considered. Pure."""
    zone = ZoneInfo(clinic.timezone)
    setting = PlanSetting(
        zones=(zone,),
        hours=parse_opening_hours(clinic.hours),
        holidays=parse_holidays(clinic.holidays),
        promo_as_care=clinic.retreatment_purpose == "care",
    )
    visit = VisitFacts(injected_at, local_day(injected_at, zone), enrolled_at=now, promo_consent=promo)
    return tuple(
        PlannedText(
            step.step,
            step.due,
            is_sent=not step.is_skipped,
            reason=step.skipped_because or step.moved_because,
        )
        for step in plan_steps(visit, rules, setting, now)
    )


def confirmation_words(
    session: Session, clinic: Clinic, *, language: str, wording: Wording, now: datetime
) -> str:
    """The text that confirms a consent, as a client reads it: shown where staff tick that they agreed."""
    number = default_number(session, clinic.id).number
    spoken = wording.pack.language(language)
    values = clinic_values(clinic, number, now=now, language=spoken)
    return wording.pack.render(CONFIRMATION, spoken, "any", values, wording.edits).text


def first_to_leave(steps: Sequence[Reminder]) -> Reminder | None:
    """The step that leaves first, if any will."""
    return min(
        (step for step in steps if step.status == "planned"), key=lambda step: step.due_at, default=None
    )
