"""Stops all sending where the carrier refuses us as a whole, and starts it again. Marks no text as failed."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from carriers.base import Carrier, ListingFailed
from carriers.error_codes import explain as rule_of
from models.clinic import default_number, list_clinics
from models.database import Database
from models.installation import installation, lock_installation
from outbox.alarm import raise_system_alert
from outbox.timing import Clocks

BAD_CREDENTIALS = 20003  # https://www.twilio.com/docs/api/errors/20003
LIST_BACK = timedelta(minutes=1)
STOPPED = "the carrier refuses us: no text leaves, no on-call phone is paged"

log = structlog.get_logger(__name__)


def stop_sending(session: Session, *, why: str, now: datetime, machine: datetime) -> None:
    """Nothing leaves any more; every clinic's staff are told once. `now` is clinic time."""
    us = lock_installation(session)  # several workers may be refused at once
    if us.sending_stopped_since is None:
        us.sending_stopped_since, us.sending_stopped_reason = machine, why[:200]
        log.critical(STOPPED, reason=why)
    for clinic in list_clinics(session):
        raise_system_alert(session, clinic_id=clinic.id, note=why, now=now, machine=machine)


def resume_sending(session: Session) -> None:
    """Somebody put it right: what waits leaves again."""
    us = installation(session)
    us.sending_stopped_since, us.sending_stopped_reason = None, None


def credentials_note() -> str:
    """What staff read when the carrier does not accept our credentials."""
    return rule_of(BAD_CREDENTIALS).plain


def probe(database: Database, carrier: Carrier, *, clocks: Clocks) -> bool:
    """Ask the carrier for a list where it refused our credentials; resume where it answers. True = resumed.

    Other reasons for a stop (an unregistered number, a suspended account) are not seen by asking: a person resumes.
    """
    with database.read() as session:
        us = installation(session)
        clinics = list_clinics(session)
        if us.sending_stopped_since is None or us.sending_stopped_reason != credentials_note()[:200]:
            return False
        number = default_number(session, clinics[0].id).number
        since = clocks.machine(session) - LIST_BACK
    try:
        carrier.list_sent_to(number, since=since, limit=1)
    except ListingFailed:
        return False
    with database.write() as session:
        resume_sending(session)
    return True
