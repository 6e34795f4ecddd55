"""Reads everything planning needs about one number: its people, visits, planned steps. Reads only, decides nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from clinic_time.holiday_calendar import parse_holidays
from clinic_time.opening_hours import parse_opening_hours
from models.client import Client, clients_of
from models.clinic import Clinic, find_clinic
from models.consent_event import ConsentState, consent_state
from models.conversation import Conversation, lock_conversation
from models.planning import (
    TextedStep,
    next_appointment_at,
    reminders_of_conversation,
    texted_steps,
    visits_of_clients,
)
from models.reminder import Reminder
from models.thread_facts import latest_alarm_at
from models.visit import Visit
from outbox.send_window import candidate_zones
from scheduler.closing import NO_CARE_CONSENT
from scheduler.steps import PlanSetting, VisitFacts

PLANNED_AHEAD = timedelta(days=200)  # the last step of a visit ends some 130 days after it
WEEK = timedelta(days=7)
WAITING = ("planned", "held")


@dataclass(frozen=True, slots=True)
class NumberPlan:
    """One conversation, everybody on its number, their visits and what is planned or has left."""

    conversation: Conversation
    clinic: Clinic
    clients: Mapping[int, Client]
    visits: Sequence[Visit]
    reminders: Sequence[Reminder]
    texted: Sequence[TextedStep]
    appointments: Mapping[int, datetime]
    consent: ConsentState
    red_flag_at: datetime | None

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's zone."""
        return ZoneInfo(self.clinic.timezone)

    def facts_of(self, visit: Visit) -> VisitFacts:
        """What planning is told about one visit."""
        client = self.clients[visit.client_id]
        newer = [
            other.injected_at
            for other in self.visits
            if other.client_id == visit.client_id and other.injected_at > visit.injected_at
        ]
        return VisitFacts(
            injected_at=visit.injected_at,
            local_day=visit.local_day,
            enrolled_at=visit.enrolled_at,
            newer_visit_at=min(newer, default=None),
            appointment_at=self.appointments.get(client.id),
            no_care_because=self._no_care_because(),
            promo_consent=bool(self.consent.promo),
            do_not_promote=client.do_not_promote,
            red_flag_at=self.red_flag_at,
        )

    def _no_care_because(self) -> str:
        stopped_at = self.consent.stopped_at
        if stopped_at is not None:
            return f"opted out on {stopped_at.astimezone(self.zone).strftime('%d %b %Y')}"
        return "" if self.consent.care else NO_CARE_CONSENT

    def setting_of(self, client_id: int) -> PlanSetting:
        """Where and when the clinic may text this client."""
        return setting_of(self.clinic, self.clients[client_id], self.conversation.number)


def read_number_plan(
    session: Session, conversation_id: int, now: datetime, *, and_visit: int | None = None
) -> NumberPlan:
    """The number's plan at `now` (clinic time); its conversation's row stays locked to the transaction's end.

    Visits of long ago are left out, unless a step of theirs still waits or it is `and_visit`.
    """
    conversation = lock_conversation(session, conversation_id)
    clients = {client.id: client for client in clients_of(session, conversation_id)}
    appointments = {client_id: next_appointment_at(session, client_id, after=now) for client_id in clients}
    reminders = reminders_of_conversation(session, conversation_id)
    waiting = {row.visit_id for row in reminders if row.status in WAITING}
    wanted = waiting if and_visit is None else waiting | {and_visit}
    return NumberPlan(
        conversation=conversation,
        clinic=find_clinic(session, conversation.clinic_id),
        clients=clients,
        visits=visits_of_clients(session, list(clients), since=now - PLANNED_AHEAD, and_these=wanted),
        reminders=reminders,
        texted=texted_steps(session, conversation_id, since=now - 2 * WEEK),
        appointments={client_id: at for client_id, at in appointments.items() if at is not None},
        consent=consent_state(session, conversation_id),
        red_flag_at=latest_alarm_at(session, conversation_id),
    )


def setting_of(clinic: Clinic, client: Client, number: str) -> PlanSetting:
    """A clinic's hours and days and the zones a client may be in. `number` is E.164."""
    stated = ZoneInfo(client.timezone) if client.timezone else None
    return PlanSetting(
        zones=candidate_zones(stated, ZoneInfo(clinic.timezone), number),
        hours=parse_opening_hours(clinic.hours),
        holidays=parse_holidays(clinic.holidays),
        promo_as_care=clinic.retreatment_purpose == "care",
    )
