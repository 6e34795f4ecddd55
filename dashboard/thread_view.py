"""What the thread page shows, gathered from one conversation. Reads only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

import clock
from clinic_time.holiday_calendar import parse_holidays
from clinic_time.local_time import at_local
from clinic_time.opening_hours import parse_opening_hours
from dashboard.guard import staff
from dashboard.shell import local_day, zone_of
from dashboard.wording import Delivery, delivery_of, sender_label, waiting_note
from desk.replies import may_send_again
from desk.threads import PRESENT_FOR, check_in_morning
from models.alert import Alert
from models.client import Client, clients_of
from models.clinic import Clinic
from models.consent_event import ConsentState, consent_state, is_blocked
from models.conversation import Conversation
from models.desk import Note
from models.installation import machine_now
from models.message import Message
from models.photo import Photo
from models.photo_list import pending_photos
from models.thread import (
    draft_of,
    open_alerts_of,
    others_present,
    photos_by_message,
    staff_names,
    thread_messages,
    thread_notes,
)
from models.thread_list import FAILED
from outbox.send_window import WINDOWS, is_open, next_allowed
from phone import written_number
from web.edge import deployment

PER_PAGE = 100
JUST_WROTE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Entry:
    """One bubble, note or day divider, in order. `new_day` is set on the first entry of a day."""

    at: datetime
    label: str
    message: Message | None = None
    note: Note | None = None
    photos: tuple[Photo, ...] = ()
    delivery: Delivery | None = None
    new_day: str | None = None
    can_undo: bool = False
    can_send_again: bool = False
    is_unsettled: bool = False  # it did not arrive, and nobody said that this is dealt with


@dataclass(frozen=True, slots=True)
class ThreadView:
    """Everything the page needs. `shut` = why the composer is closed, in words; None = open."""

    thread: Conversation
    clients: tuple[Client, ...]
    entries: tuple[Entry, ...]
    alerts: tuple[Alert, ...]
    consent: ConsentState
    draft: str
    draft_is_note: bool
    attached: tuple[Photo, ...]
    others: tuple[tuple[str, bool], ...]
    staff_names: dict[int, str]
    waits_for: str
    shut: str | None
    opens_at: datetime | None
    clinic_opens_at: datetime | None
    check_in_at: datetime | None
    has_earlier: bool

    @property
    def last_id(self) -> int:
        """The newest text on the screen: what a reply takes into account."""
        return max((entry.message.id for entry in self.entries if entry.message), default=0)

    @property
    def title(self) -> str:
        return _title(self.thread, self.clients)


def gather_thread(
    session: Session, clinic: Clinic, thread: Conversation, *, before_id: int | None = None
) -> ThreadView:
    """Read one thread for the signed-in person."""
    now, machine, plan = clock.now(session), machine_now(session), deployment().pack.plan
    messages = thread_messages(session, thread.id, before_id=before_id, limit=PER_PAGE)
    clients = tuple(clients_of(session, thread.id))
    names = staff_names(session, thread.clinic_id)
    consent = consent_state(session, thread.id)
    draft = draft_of(session, conversation_id=thread.id, staff_id=staff().id)
    others = others_present(
        session, conversation_id=thread.id, staff_id=staff().id, since=machine - PRESENT_FOR
    )
    notes = [] if before_id else thread_notes(session, thread.id)
    photos = photos_by_message(session, [message.id for message in messages])
    return ThreadView(
        thread=thread,
        clients=clients,
        entries=tuple(_entries(messages, notes, photos, names, clients, thread, clinic, now)),
        alerts=tuple(open_alerts_of(session, thread.id)),
        consent=consent,
        draft=draft.body if draft else "",
        draft_is_note=draft is not None and draft.is_note,
        attached=tuple(pending_photos(session, conversation_id=thread.id, staff_id=staff().id)),
        others=tuple(others),
        staff_names=names,
        waits_for=waiting_note(thread, messages),
        shut=_why_shut(session, thread, consent),
        opens_at=_opens_at(thread, clinic, now),
        clinic_opens_at=_clinic_opens_at(clinic, now),
        check_in_at=check_in_morning(
            session, thread, day=plan.refinement_from_day, zone=zone_of(clinic), now=now
        ),
        has_earlier=len(messages) == PER_PAGE,
    )


def _title(thread: Conversation, clients: tuple[Client, ...]) -> str:
    """Who it is: names, or the number as people write it."""
    return " & ".join(client.name for client in clients) or written_number(thread.number)


def _entries(
    messages: list[Message],
    notes: list[Note],
    photos: dict[int, list[Photo]],
    names: dict[int, str],
    clients: tuple[Client, ...],
    thread: Conversation,
    clinic: Clinic,
    now: datetime,
) -> Iterator[Entry]:
    day, everybody = None, _title(thread, clients)
    who = {client.id: client.name for client in clients}
    first_shown = messages[0].created_at if messages else None
    shown = [note for note in notes if first_shown is None or note.created_at >= first_shown]
    items: list[Message | Note] = [*messages, *shown]
    for item in sorted(items, key=lambda one: one.created_at):
        today = local_day(item.created_at, clinic, now)
        new_day, day = (today if today != day else None), today
        if isinstance(item, Note):
            yield Entry(
                at=item.created_at, label=names.get(item.staff_id, "Staff"), note=item, new_day=new_day
            )
            continue
        outgoing = item.direction == "outbound"
        name = names.get(item.staff_id) if item.staff_id else None
        yield Entry(
            at=item.created_at,
            label=sender_label(item, client_name=who.get(item.client_id or 0, everybody), staff_name=name),
            message=item,
            photos=tuple(photos.get(item.id, ())),
            delivery=delivery_of(item) if outgoing else None,
            new_day=new_day,
            can_undo=item.kind == "staff" and item.state == "queued",
            can_send_again=item.kind == "staff" and may_send_again(item),
            is_unsettled=outgoing and item.status in FAILED and item.failure_settled_at is None,
        )


def _why_shut(session: Session, thread: Conversation, consent: ConsentState) -> str | None:
    if thread.erased_at is not None:
        return "This person's records were erased."
    if consent.is_stopped:
        return (
            "This number opted out. The law lets only the client undo that: they text START to this number. "
            "Until then, call them."
        )
    if thread.sender_kind != "phone":
        return "This sender cannot receive texts."
    if is_blocked(session, clinic_number_id=thread.clinic_number_id, their_number=thread.number):
        return "The carrier blocks texts to this number. The client can text START to lift that; until then, call them."
    return None


def _opens_at(thread: Conversation, clinic: Clinic, now: datetime) -> datetime | None:
    """When the send window opens, where a reply now would reach a client at night who did not just write."""
    just_wrote = thread.last_inbound_at is not None and now - thread.last_inbound_at < JUST_WROTE
    window, zones = WINDOWS["care"], (ZoneInfo(clinic.timezone),)
    if just_wrote or is_open(now, window=window, zones=zones, holidays=()):
        return None
    return next_allowed(now, window=window, zones=zones, holidays=())


def _clinic_opens_at(clinic: Clinic, now: datetime) -> datetime | None:
    """When the clinic opens next; where it is open now, on its next open day."""
    zone, hours, closed = zone_of(clinic), parse_opening_hours(clinic.hours), parse_holidays(clinic.holidays)
    if hours.is_open(now, zone, closed):
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
        return hours.next_open(at_local(tomorrow, time(), zone), zone, closed)
    return hours.next_open(now, zone, closed)
