"""An opt-out outlives erasure: the number's next thread starts opted out. Must never lift one."""

from datetime import datetime

from sqlalchemy.orm import Session

from models.consent_event import consent_events, record_consent
from models.conversation import Conversation
from models.suppression import suppressed_since

HOW = "opted out before the records were erased"


def carry_over_opt_out(session: Session, conversation: Conversation, *, key: bytes, now: datetime) -> bool:
    """Write the STOP of an erased person into the number's new thread; True where there was one.

    Call it wherever a thread may just have been made. `key` is the settings' opt_out_key. A thread with any
    consent event has its own history and is left alone.
    """
    if consent_events(session, conversation.id):
        return False
    number, clinic_id = conversation.number, conversation.clinic_id
    since = suppressed_since(session, clinic_id=clinic_id, number=number, key=key)
    if since is None:
        return False
    record_consent(
        session,
        clinic_id=clinic_id,
        conversation_id=conversation.id,
        scope="all",
        change="stopped",
        how=HOW,
        by="client",
        at=min(since, now),
    )
    return True
