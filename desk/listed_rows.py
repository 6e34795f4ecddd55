"""The rows that lists show, to the command line and to other systems: plain values, moments with their offset. Pure."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from clinic_time.written_moment import iso
from models.alert import Alert
from models.client import Client
from models.clinic import Clinic
from models.consent_event import ConsentState
from models.conversation import Conversation
from models.message import Message
from models.reminder import Reminder

Row = Mapping[str, object]
SCOPES = ("care", "promo")
# Before the carrier has said a word of its own, ours stands in for it.
WAITING = frozenset({"claimed", "in_flight"})


def client_row(client: Client, thread: Conversation, state: ConsentState, clinic: Clinic) -> Row:
    """One person, with number and consents."""
    return {
        "id": client.id,
        "name": client.name,
        "phone": thread.number,
        "consent": consent_word(state),
        "timezone": client.timezone or clinic.timezone,
        "language": client.language,
        "created_at": iso(client.created_at, ZoneInfo(clinic.timezone)),
    }


def consent_word(state: ConsentState) -> str:
    """stopped, none, or what was agreed to."""
    given = [scope for scope in SCOPES if getattr(state, scope)]
    return "stopped" if state.is_stopped else ",".join(given) or "none"


def reminder_row(step: Reminder, thread: Conversation, client: Client, zone: ZoneInfo) -> Row:
    """One planned text, with whom it is for."""
    return {
        "id": step.id,
        "phone": thread.number,
        "name": client.name,
        "step": step.step,
        "status": step.status,
        "due_at": iso(step.due_at, zone),
        "reason": step.reason,
        "purpose": step.purpose,
        "earliest_at": iso(step.earliest_at, zone),
        "latest_at": iso(step.latest_at, zone),
    }


def message_row(text: Message, zone: ZoneInfo) -> Row:
    """One text, in or out."""
    return {
        "id": text.id,
        "phone": text.their_number,
        "direction": text.direction,
        "body": text.body,
        "status": status_of(text),
        "kind": text.kind,
        "carrier_id": text.carrier_sid,
        "created_at": iso(text.created_at, zone),
        "state": text.state,
        "sent_at": iso(text.sent_at, zone),
        "template_version": text.template_version,
        "error_code": text.error_code,
        "reason": note_of(text),
    }


def status_of(text: Message) -> str:
    """The carrier's word for it; before there is one, queued; where it never got that far, our own word."""
    if text.status:
        return text.status
    return "queued" if text.state in WAITING else text.state


def note_of(text: Message) -> str | None:
    """The plain sentence of its reason."""
    note = text.reason.get("note")
    return str(note) if note else None


def waiting_row(thread: Conversation, name: str | None, zone: ZoneInfo) -> Row:
    """One conversation that waits for a person."""
    return {
        "phone": thread.number,
        "name": name,
        "urgency": thread.waiting_urgency or "normal",
        "reason": thread.waiting_reason,
        "since": iso(thread.waiting_since, zone),
    }


def alert_row(alert: Alert, thread: Conversation | None, name: str | None, zone: ZoneInfo) -> Row:
    """One alert, with whom it is about."""
    return {
        "id": alert.id,
        "code": alert.code,
        "kind": alert.kind,
        "phone": thread.number if thread else None,
        "name": name,
        "opened_at": iso(alert.opened_at, zone),
        "acknowledged_at": iso(alert.acknowledged_at, zone),
        "acknowledged_by": alert.acknowledged_by,
        "note": alert.note,
    }
