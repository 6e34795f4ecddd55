"""Staff change what is on file about a client: details, consent, pause. A STOP is never undone here."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import available_timezones

from sqlalchemy.orm import Session

from desk.records import record
from desk.threads import pause
from messages.catalogue import Pack
from messages.edits import Edits
from messages.plan_rules import PlanRules
from models.client import Client, clients_of
from models.clinic import Clinic
from models.consent_event import consent_state, record_consent
from models.conversation import Conversation, lock_conversation
from models.staff import Staff
from scheduler.enrolment import NewClient, agree
from scheduler.reminders import replan_number

LONGEST_NAME = 120
LANGUAGES = ("en", "es")
WAYS = ("in person", "on paper", "on the phone", "web form")
SCOPES = ("care", "promo")


class ClientError(ValueError):
    """The change cannot be made so. The message says what to do; the form keeps what was typed."""


@dataclass(frozen=True, slots=True)
class Details:
    """What a client's page lets staff edit. `timezone` None = the clinic's."""

    name: str
    language: str
    timezone: str | None
    do_not_promote: bool


@dataclass(frozen=True, slots=True)
class ConsentChange:
    """One consent given or taken back, and how the client said so."""

    scope: str
    is_given: bool
    how: str


def actor_of(by: Staff) -> str:
    """How the audit names a person."""
    return f"staff:{by.id}"


def change_details(
    session: Session, client: Client, details: Details, by: Staff, *, rules: PlanRules, now: datetime
) -> None:
    """Correct name, language, zone and "do not promote"; texts are planned anew. Raises ClientError."""
    name = check_name(details.name)
    _refuse_namesake(session, client, name)
    _check_choices(details)
    lock_conversation(session, client.conversation_id)
    client.name, client.language = name, details.language
    client.timezone, client.do_not_promote = details.timezone, details.do_not_promote
    session.flush()
    note_change(session, client, by, "client.details", now)
    replan_number(session, client.conversation_id, rules=rules, now=now)


def check_name(name: str) -> str:
    """A name as it is stored. Raises ClientError."""
    tidy = " ".join(name.split())
    if not tidy:
        raise ClientError("Write the client's name.")
    if len(tidy) > LONGEST_NAME:
        raise ClientError(f"A name holds at most {LONGEST_NAME} characters.")
    return tidy


def _refuse_namesake(session: Session, client: Client, name: str) -> None:
    others = [one for one in clients_of(session, client.conversation_id) if one.id != client.id]
    if any(one.name.casefold() == name.casefold() for one in others):
        raise ClientError(f"Another client on this number is called {name}. Merge the two, or add a surname.")


def _check_choices(details: Details) -> None:
    if details.language not in LANGUAGES:
        raise ClientError("Choose English or Spanish.")
    if details.timezone is not None and details.timezone not in available_timezones():
        raise ClientError("Choose a time zone from the list, or leave it at the clinic's.")


def change_consent(
    session: Session,
    clinic: Clinic,
    client: Client,
    change: ConsentChange,
    by: Staff,
    *,
    pack: Pack,
    edits: Edits,
    now: datetime,
) -> None:
    """Write down a consent given or taken back; it counts for everybody on the number. Raises ClientError."""
    if change.scope not in SCOPES or change.how not in WAYS:
        raise ClientError("Say which texts, and how the client told you.")
    conversation = lock_conversation(session, client.conversation_id)
    state = consent_state(session, conversation.id)
    if state.is_stopped:
        raise ClientError(
            "This number opted out by text. Only a START from it brings texts back; call them meanwhile."
        )
    if change.is_given:
        _give(session, clinic, client, change, by, pack=pack, edits=edits, now=now)
    else:
        _take_back(session, conversation, change, by, now)
    replan_number(session, conversation.id, rules=pack.plan, now=now)


def _give(
    session: Session,
    clinic: Clinic,
    client: Client,
    change: ConsentChange,
    by: Staff,
    *,
    pack: Pack,
    edits: Edits,
    now: datetime,
) -> None:
    number = lock_conversation(session, client.conversation_id).number
    scope = change.scope
    who = NewClient(
        client.name, number, care=scope == "care", promo=scope == "promo", how=change.how, by=str(by.id)
    )
    agree(session, clinic, client, who, pack=pack, now=now, edits=edits)


def _take_back(
    session: Session, conversation: Conversation, change: ConsentChange, by: Staff, now: datetime
) -> None:
    record_consent(
        session,
        clinic_id=conversation.clinic_id,
        conversation_id=conversation.id,
        scope=change.scope,
        change="revoked",
        how=change.how,
        by=str(by.id),
        at=now,
    )
    record(session, by, "consent_revoked", kind="conversation", id=conversation.id, now=now)


def pause_texts(
    session: Session, conversation: Conversation, by: Staff, *, paused: bool, now: datetime
) -> None:
    """Stop, or resume, every automatic text to this number, emergencies excepted."""
    pause(conversation, paused=paused, now=now)
    action = "thread.pause" if paused else "thread.resume"
    record(session, by, action, kind="conversation", id=conversation.id, now=now)


def note_change(
    session: Session, client: Client, by: Staff, action: str, now: datetime, *, note: str | None = None
) -> None:
    """Write an act on a client into the audit: ids, and a reason from a fixed list."""
    record(session, by, action, kind="client", id=client.id, now=now, note=note)
