"""Facts as the gate is told them: one good text of each sort, to be spoiled by a test."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from clinic_time.holiday_calendar import FEDERAL_HOLIDAYS
from models.consent_event import ConsentState
from outbox.facts import (
    AnsweredText,
    PhoneFacts,
    ReminderFacts,
    SendFacts,
    ThreadFacts,
)
from outbox.kinds import Kind

CHICAGO = ZoneInfo("America/Chicago")
NOON = datetime(2026, 3, 3, 18, 0, tzinfo=UTC)  # Tuesday 12:00 in Chicago
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CARE = ConsentState(care=True, promo=None, stopped_at=None)
BOTH = ConsentState(care=True, promo=True, stopped_at=None)
NOTHING = ConsentState(care=None, promo=None, stopped_at=None)
STOPPED = ConsentState(care=False, promo=False, stopped_at=NOON - MINUTE)

REMINDER = SendFacts(
    kind=Kind.REMINDER,
    purpose="care",
    body="How do you like it?",
    zones=(CHICAGO,),
    thread=ThreadFacts(consent=CARE),
    reminder=ReminderFacts(is_live=True, earliest=NOON - HOUR, latest=NOON + DAY),
)
ANSWER = SendFacts(
    kind=Kind.FAQ,
    purpose="care",
    body="Yes.",
    zones=(CHICAGO,),
    thread=ThreadFacts(consent=NOTHING, client_has_written=True),
    answered=AnsweredText("faq", NOON),
    useful_until=NOON + 2 * HOUR,
)
PROMO = replace(REMINDER, purpose="promo", thread=ThreadFacts(consent=BOTH), holidays=FEDERAL_HOLIDAYS)
ALERT = SendFacts(
    kind=Kind.ALERT, purpose="care", body="Urgent", zones=(CHICAGO,), phone=PhoneFacts(is_on_call=True)
)
STAFF_ACK = replace(ALERT, kind=Kind.STAFF_ACK, phone=PhoneFacts(is_staff=True))
STAFF = replace(ANSWER, kind=Kind.STAFF, answered=None)


def answer_to(kind: Kind, *, at: datetime = NOON, consent: ConsentState = STOPPED) -> SendFacts:
    """Our answer of this kind to the client's own text of the same kind."""
    return replace(
        ANSWER, kind=kind, thread=ThreadFacts(consent=consent), answered=AnsweredText(kind.value, at)
    )


def with_thread(facts: SendFacts, **values: object) -> SendFacts:
    assert facts.thread is not None
    return replace(facts, thread=replace(facts.thread, **values))  # type: ignore[arg-type]


def with_reminder(facts: SendFacts, **values: object) -> SendFacts:
    assert facts.reminder is not None
    return replace(facts, reminder=replace(facts.reminder, **values))  # type: ignore[arg-type]
