"""Reads what the gate decides on, in the caller's transaction. A fact that cannot be read raises: nothing is sent."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from clinic_time.holiday_calendar import HolidayCalendar, parse_holidays
from clinic_time.local_time import at_local, local_day
from models.client import Client
from models.clinic import Clinic, find_clinic
from models.consent_event import consent_events, derive_consent, is_blocked
from models.conversation import Conversation
from models.installation import installation
from models.message import Message
from models.reminder import Reminder
from models.staff import find_on_call, find_staff_by_phone
from models.thread_facts import (
    find_clients,
    has_open_alert,
    is_number_of_ours,
    latest_alarm_at,
    recent_reply_times,
    was_stop_confirmed,
)
from models.visit import Visit
from outbox.facts import (
    AnsweredText,
    Holds,
    PhoneFacts,
    Recipient,
    ReminderFacts,
    SendFacts,
    ThreadFacts,
)
from outbox.kinds import CAPPED_REPLIES, Kind
from outbox.send_window import CARE, candidate_zones
from phone import sender_kind

DAY = timedelta(days=1)
RESTORED = "a backup was restored: waiting until the carrier's list has been compared"
# The text right after a visit may leave until 21:00 where the visit was entered within 2 hours of it (RULES 3;
# plan.toml: immediate_until_hour, immediate_if_enrolled_within_hours; a test keeps the two equal).
AT_ONCE_STEP, AT_ONCE_UNTIL, AT_ONCE_WITHIN = "aftercare_now", time(21), timedelta(hours=2)


def load_facts(session: Session, message: Message, now: datetime) -> SendFacts:
    """Everything the gate wants to know of one text at `now` (clinic time)."""
    clinic = find_clinic(session, message.clinic_id)
    clients = _clients_of(session, message)
    zones = _zones(clinic, clients, message.their_number)
    return SendFacts(
        kind=Kind(message.kind),
        purpose=message.purpose,
        body=message.body,
        zones=zones,
        holidays=_holidays(clinic, message.purpose),
        recipient=_recipient(session, message.their_number),
        has_media=bool(message.media_urls),
        thread=_thread(session, message, clients, now),
        phone=_phone(session, message),
        answered=_answered(session, message),
        reminder=_reminder(session, message, zones[0], now),
        holds=_holds(session, clinic),
        send_after=message.send_after,
        useful_until=message.useful_until,
    )


def _clients_of(session: Session, message: Message) -> list[Client]:
    if message.conversation_id is None:
        return []
    return find_clients(session, conversation_id=message.conversation_id, client_id=message.client_id)


def _zones(clinic: Clinic, clients: list[Client], number: str) -> tuple[ZoneInfo, ...]:
    stated = next((client.timezone for client in clients if client.timezone), None)
    return candidate_zones(ZoneInfo(stated) if stated else None, ZoneInfo(clinic.timezone), number)


def _holidays(clinic: Clinic, purpose: str) -> HolidayCalendar:
    days = parse_holidays(clinic.holidays)
    return days.with_federal() if purpose == "promo" else days


def _recipient(session: Session, number: str) -> Recipient:
    if is_number_of_ours(session, number):
        return Recipient.OURS
    return Recipient(sender_kind(number))


def _thread(session: Session, message: Message, clients: list[Client], now: datetime) -> ThreadFacts | None:
    if message.conversation_id is None:
        return None
    conversation = session.get_one(Conversation, message.conversation_id)
    events = consent_events(session, conversation.id)
    restarts = [event.at for event in events if event.change == "restarted"]
    return ThreadFacts(
        consent=derive_consent(events),
        is_erased=conversation.erased_at is not None,
        is_paused=conversation.paused_at is not None,
        is_blocked=_is_blocked(session, message),
        client_has_written=conversation.last_inbound_at is not None,
        has_open_alert=has_open_alert(session, conversation.id),
        do_not_promote=any(client.do_not_promote for client in clients),
        red_flag_at=latest_alarm_at(session, conversation.id),
        person_wrote_at=conversation.last_staff_message_at,
        recent_replies=_recent_replies(session, message, conversation.id, now),
        stop_confirmed=was_stop_confirmed(
            session,
            conversation_id=conversation.id,
            since=max(restarts, default=None),
            except_id=message.id,
        ),
    )


def _is_blocked(session: Session, message: Message) -> bool:
    return is_blocked(session, clinic_number_id=message.clinic_number_id, their_number=message.their_number)


def _recent_replies(
    session: Session, message: Message, conversation_id: int, now: datetime
) -> tuple[datetime, ...]:
    times = recent_reply_times(
        session,
        conversation_id=conversation_id,
        kinds=CAPPED_REPLIES,
        since=now - DAY,
        except_id=message.id,
    )
    return tuple(times)


def _phone(session: Session, message: Message) -> PhoneFacts:
    """What is known of the other phone where it may be one of our own people's."""
    if message.conversation_id is not None:
        return PhoneFacts()
    clinic_id, number = message.clinic_id, message.their_number
    on_call = find_on_call(session, clinic_id=clinic_id, number=number)
    return PhoneFacts(
        is_on_call=on_call is not None,
        is_staff=find_staff_by_phone(session, clinic_id=clinic_id, number=number) is not None,
        has_stopped=on_call is not None and on_call.stopped_at is not None,
        is_blocked=_is_blocked(session, message),
    )


def _answered(session: Session, message: Message) -> AnsweredText | None:
    """The text this one answers, provided that very number sent it to this clinic."""
    if message.in_reply_to_id is None:
        return None
    text = session.get_one(Message, message.in_reply_to_id)
    is_theirs = text.direction == "inbound" and text.their_number == message.their_number
    if not is_theirs or text.clinic_id != message.clinic_id:
        return None
    return AnsweredText(kind=text.kind, at=text.created_at)


def _reminder(session: Session, message: Message, zone: ZoneInfo, now: datetime) -> ReminderFacts | None:
    if message.reminder_id is None:
        return None
    reminder = session.get_one(Reminder, message.reminder_id)
    visit = session.get_one(Visit, reminder.visit_id)
    is_this_text = reminder.message_id in (None, message.id)
    return ReminderFacts(
        is_live=reminder.status == "enqueued" and is_this_text,
        status=reminder.status,
        earliest=reminder.earliest_at,
        latest=reminder.latest_at,
        visit_cancelled=visit.cancelled_at is not None,
        leaves_until=_leaves_until(reminder, visit, zone, now),
    )


def _leaves_until(reminder: Reminder, visit: Visit, zone: ZoneInfo, now: datetime) -> datetime | None:
    was_entered_soon = visit.enrolled_at - visit.injected_at <= AT_ONCE_WITHIN
    if reminder.step != AT_ONCE_STEP or not was_entered_soon:
        return None
    day = local_day(now, zone)
    opens = CARE.week[day.weekday()]
    if opens is None or now < at_local(day, opens[0], zone):
        return None
    return at_local(day, AT_ONCE_UNTIL, zone)


def _holds(session: Session, clinic: Clinic) -> Holds:
    us = installation(session)
    return Holds(
        sending_stopped=_since(us.sending_stopped_since, us.sending_stopped_reason or "sending is stopped"),
        restore_wait=_since(us.reminders_wait_since, RESTORED),
        automatic=_since(
            clinic.automatic_held_since, clinic.automatic_held_reason or "automatic texts are held"
        ),
    )


def _since(held_since: datetime | None, why: str) -> str | None:
    return None if held_since is None else why
