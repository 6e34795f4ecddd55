"""Texts the on-call phones in order, the next one after five minutes, round and round until somebody acknowledges.

Never decides whether an alert is over, and never sends past the gate.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from alerts.page_words import CODE_ONLY, PageWords
from models.alert import Alert, alerts_to_page
from models.clinic import default_number
from models.message import Message
from models.message_queue import queued_for_alert
from models.staff import OnCall, list_on_call
from outbox.gate import Draft, enqueue
from outbox.kinds import Kind

PAGE_EVERY = timedelta(minutes=5)  # machine time; RULES 8


def page_next(session: Session, now: datetime, machine: datetime, *, words: PageWords = CODE_ONLY) -> int:
    """Text the next phone of every unacknowledged alert whose turn it is. Returns how many pages were written."""
    alerts = alerts_to_page(session, machine=machine)
    return sum(page(session, alert, now=now, machine=machine, words=words) for alert in alerts)


def page(
    session: Session, alert: Alert, *, now: datetime, machine: datetime, words: PageWords = CODE_ONLY
) -> bool:
    """Text one alert's next phone; where the gate refuses that phone, the one after it. False = no phone left.

    The alert stays on screen either way, and is paged again in five minutes: a phone may have been added.
    """
    alert.next_page_at = machine + PAGE_EVERY
    phones = _in_order(list_on_call(session, alert.clinic_id))
    for _ in phones:
        phone = phones[alert.pages % len(phones)]
        alert.pages += 1
        if _write_page(session, alert, phone, now, words).state != "refused":
            return True
    return False


def _in_order(phones: list[OnCall]) -> list[OnCall]:
    """Phones that texted STOP are left out while there is another one: our alerts may not reach them."""
    return [phone for phone in phones if phone.stopped_at is None] or phones


def _write_page(session: Session, alert: Alert, phone: OnCall, now: datetime, words: PageWords) -> Message:
    """One page; where the last one to this phone has not left yet, that one: a carrier that is back brings no pile."""
    for waiting in queued_for_alert(session, alert.id):
        if waiting.their_number == phone.number:
            return waiting
    page_text = words.write(code=alert.code, alert_id=alert.id)
    draft = Draft(
        clinic_id=alert.clinic_id,
        conversation_id=None,
        clinic_number_id=default_number(session, alert.clinic_id).id,
        their_number=phone.number,
        kind=Kind.ALERT,
        body=page_text.text,
        topic=page_text.topic,
        template_version=page_text.version,
        alert_id=alert.id,
        dedupe_key=f"alert:{alert.id}:{alert.pages}",
    )
    return enqueue(session, draft, now=now)
