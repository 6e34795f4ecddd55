"""What the placeholders stand for in one conversation now. A value nobody gave is absent."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from messages.catalogue import Pack
from messages.values import clinic_values, name_values, visit_values
from models.client import clients_of
from models.clinic import ClinicNumber, find_clinic
from models.conversation import Conversation, latest_visit_on


def values_for(session: Session, thread: Conversation, *, pack: Pack, now: datetime) -> dict[str, str]:
    """The clinic's lines, the clients' names and, where there was a visit, its dates; in the client's language."""
    clinic = find_clinic(session, thread.clinic_id)
    clients = clients_of(session, thread.id)
    language = pack.language(thread.language or (clients[0].language if clients else None))
    number = session.get_one(ClinicNumber, thread.clinic_number_id).number
    values = clinic_values(clinic, number, now=now, language=language)
    values |= name_values([client.name for client in clients], language)
    visit = latest_visit_on(session, thread.id, until=now)
    if visit is None:
        return values
    stated = next((client.timezone for client in clients if client.id == visit.client_id), None)
    return values | visit_values(
        injected_at=visit.injected_at,
        local_day=visit.local_day,
        now=now,
        zone=ZoneInfo(stated or clinic.timezone),
        language=language,
        plan=pack.plan,
    )
