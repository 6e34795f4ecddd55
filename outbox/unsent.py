"""Texts the carrier does not take: after some minutes staff are told, so that none waits unseen (R2). Sends nothing."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.alert import has_open_system_alert
from models.attempts import clinics_with_unsent
from models.database import Database
from outbox.alarm import raise_system_alert
from outbox.timing import Clocks

SHOWN_AFTER = timedelta(minutes=4)  # R2 says five
NOTE = "texts do not leave: the carrier cannot be reached or puts us off. Call whom it cannot wait for"


def tell_of_unsent(database: Database, clocks: Clocks) -> bool:
    """An alert for each clinic with texts that the carrier has not taken for minutes; once while it is open."""
    with database.read() as session:
        clinic_ids = [
            clinic_id
            for clinic_id in find_unsent(session, clocks.machine(session))
            if not has_open_system_alert(session, clinic_id=clinic_id, note=NOTE)
        ]
    if not clinic_ids:
        return False
    with database.write() as session:
        now, machine = clocks.clinic(session), clocks.machine(session)
        for clinic_id in clinic_ids:
            raise_system_alert(session, clinic_id=clinic_id, note=NOTE, now=now, machine=machine)
    return True


def find_unsent(session: Session, machine: datetime) -> list[int]:
    """The clinics whose texts have been refused for some minutes and wait for another try."""
    return clinics_with_unsent(session, refused_before=machine - SHOWN_AFTER)
