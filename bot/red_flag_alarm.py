"""Opens the alert for an alarming text, for one that may be alarming, or a STOP from an on-call phone.

Must never wait for the answer's words.
"""

from collections.abc import Mapping

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from alerts.register import note_on_call_start, note_on_call_stop, open_alert
from bot.arrival import Thread
from bot.decision import Action, Decision, Urgency
from bot.replies import is_red_flag
from bot.voice import Voice
from bot.waiting import call_person
from models.alert import Alert
from models.thread_facts import has_open_alarm
from outbox.alarm import NOT_TOLD

log = structlog.get_logger(__name__)

ALERT_KINDS: Mapping[str | None, str] = {"self_harm": "self_harm", "urgent_today": "urgent_today"}
DOUBTED = "Perhaps an emergency: the client was NOT sent the emergency words. Read the text now."
UNREAD = "The bot could not read this text: nobody has checked it for an emergency."


def raise_alarm(session: Session, thread: Thread, decision: Decision, voice: Voice) -> Alert | None:
    """The alert this text calls for, opened in the text's own transaction; None where it calls for none."""
    if is_red_flag(decision):
        return _open(session, thread, voice, ALERT_KINDS.get(decision.emergency, "red_flag"))
    if decision.urgency is not Urgency.NOW or has_open_alarm(session, thread.conversation.id):
        return None
    return _open(session, thread, voice, "urgent_now", DOUBTED)


def raise_unread(session: Session, thread: Thread, voice: Voice) -> None:
    """The router failed: a person reads this text now, because nobody knows what it says."""
    call_person(thread.conversation, why=UNREAD, urgency=Urgency.NOW, now=thread.arrival.now)
    _open(session, thread, voice, "system", UNREAD)


def note_not_told(alert: Alert) -> None:
    """No emergency instruction went out: whoever takes the alert must call."""
    if NOT_TOLD not in (alert.note or ""):
        alert.note = f"{NOT_TOLD}\n{alert.note}" if alert.note else NOT_TOLD


def follow_on_call_phone(session: Session, thread: Thread, decision: Decision, voice: Voice) -> None:
    """STOP from an on-call phone may keep alerts from reaching it, so it raises one; START ends that."""
    clinic_id, number = thread.arrival.clinic.id, thread.arrival.sender
    if decision.action is Action.OPTIN:
        note_on_call_start(session, clinic_id=clinic_id, number=number)
    if decision.action is Action.OPTOUT or decision.also_stop:
        note_on_call_stop(
            session,
            clinic_id=clinic_id,
            number=number,
            now=thread.arrival.now,
            conversation_id=thread.conversation.id,
            message_id=thread.message.id,
            words=voice.pages,
        )


def _open(session: Session, thread: Thread, voice: Voice, kind: str, note: str | None = None) -> Alert | None:
    """The alert; where even that fails the conversation is put before a person, and the text is kept."""
    try:
        with session.begin_nested():
            return open_alert(
                session,
                clinic_id=thread.arrival.clinic.id,
                conversation_id=thread.conversation.id,
                message_id=thread.message.id,
                kind=kind,
                now=thread.arrival.now,
                note=note,
                words=voice.pages,
            )
    except SQLAlchemyError:
        raise
    except Exception:
        log.exception("no alert could be opened", message=thread.message.id)
        why = "Alarming text, and paging the on-call phones failed: call now."
        call_person(thread.conversation, why=why, urgency=Urgency.NOW, now=thread.arrival.now)
        return None
