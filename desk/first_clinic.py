"""The clinic of CLINIC_*: entered once, when there is none; afterwards its row stands and settings only compare.

Never changes a clinic that exists.
"""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from config import Settings
from models.clinic import Clinic, ClinicNumber, find_clinic, list_clinic_numbers, list_clinics
from models.installation import Installation, find_installation
from models.staff import OnCall, list_on_call

# field of the clinic's row -> variable it was first read from (the settings field is the same in small letters)
FIRST_READ_FROM = {
    "name": "CLINIC_NAME",
    "timezone": "CLINIC_TIMEZONE",
    "hours": "CLINIC_HOURS",
    "holidays": "CLINIC_HOLIDAYS",
    "phone": "CLINIC_PHONE",
    "urgent_line": "CLINIC_URGENT_LINE",
    "portal_url": "CLINIC_PORTAL_URL",
    "booking_url": "CLINIC_BOOKING_URL",
    "opt_out_mode": "OPT_OUT_MODE",
}


def enter_installation(session: Session, settings: Settings, now: datetime) -> None:
    """Give this database its mark and its first clinic, where it has none. `now` is machine time."""
    if find_installation(session) is None:
        session.add(Installation(id=1, mark=str(uuid.uuid4()), created_at=now))
    if not list_clinics(session):
        _enter_first_clinic(session, settings, now)


def _enter_first_clinic(session: Session, settings: Settings, now: datetime) -> None:
    values = {column: _setting(settings, variable) for column, variable in FIRST_READ_FROM.items()}
    clinic = Clinic(**values, created_at=now)
    session.add(clinic)
    session.flush()
    session.add(
        ClinicNumber(
            clinic_id=clinic.id,
            number=settings.clinic_number,
            is_default=True,
            messaging_service_sid=settings.twilio_messaging_service_sid,
        )
    )
    for position, number in enumerate(settings.oncall_numbers, start=1):
        session.add(
            OnCall(clinic_id=clinic.id, name=f"On-call phone {position}", number=number, position=position)
        )
    session.flush()


def differences(session: Session, settings: Settings) -> list[str]:
    """The variables that no longer say what the first clinic's row says: names only, for `doctor`."""
    clinics = list_clinics(session)
    if not clinics:
        return []
    clinic = find_clinic(session, clinics[0].id)
    changed = [
        variable
        for column, variable in FIRST_READ_FROM.items()
        if (getattr(clinic, column) or None) != (_setting(settings, variable) or None)
    ]
    if settings.clinic_number not in {row.number for row in list_clinic_numbers(session, clinic.id)}:
        changed.append("CLINIC_NUMBER")
    on_call = {row.number for row in list_on_call(session, clinic.id)}
    if not set(settings.oncall_numbers) <= on_call:
        changed.append("ONCALL_NUMBERS")
    return changed


def _setting(settings: Settings, variable: str) -> str | None:
    value: str | None = getattr(settings, variable.lower())
    return value
