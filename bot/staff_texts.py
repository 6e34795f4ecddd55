"""Texts from our own people's phones: take an alert, enrol a client. Anything else is a client's text.

It must never act on a command it did not read whole.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from alerts.register import acknowledge, find_open_by_code
from bot.arrival import Arrival, write_message
from bot.voice import Voice
from clinic_time.spoken_time import spoken_time
from messages.catalogue import Moment
from messages.clinic_edits import load_edits
from messages.values import clinic_values
from models.client import Client, clients_of
from models.conversation import find_conversation
from models.message import Message
from models.staff import find_on_call, find_staff_by_phone
from outbox.gate import Draft, enqueue
from outbox.kinds import Kind
from phone import PhoneError, parse_phone
from scheduler.enrolment import EnrolmentRefused, NewClient, enrol
from scheduler.visits import NewTreatment, PlannedVisit, VisitError, add_treatment

TAKE_ALERT = re.compile(r"ok(?:ay)?[\s,.:!-]*(?P<code>[a-z]\s?[0-9]{1,4})[\s.!]*", re.IGNORECASE)
ENROL = re.compile(
    r"new[\s,:]+(?P<name>[^\d+(]{1,120}?)[\s,]+(?P<phone>\+?\(?\d[\d\s().-]{6,18}\d)[\s,]+(?P<product>[^\d\s].{0,59})",
    re.IGNORECASE,
)
ENROLLED_HOW = "in person, entered by staff text"
LANGUAGE = "en"  # the acknowledgements are for staff


@dataclass(frozen=True, slots=True)
class OwnPerson:
    """Whose phone it is. `by` is what consent events and the audit remember."""

    name: str
    by: str


def find_own_person(session: Session, arrival: Arrival) -> OwnPerson | None:
    """The staff member or on-call phone with the sender's number, if any."""
    clinic_id, number = arrival.clinic.id, arrival.sender
    staff = find_staff_by_phone(session, clinic_id=clinic_id, number=number)
    if staff is not None:
        return OwnPerson(staff.name, str(staff.id))
    on_call = find_on_call(session, clinic_id=clinic_id, number=number)
    return OwnPerson(on_call.name, f"on_call:{on_call.id}") if on_call else None


def obey_staff(session: Session, arrival: Arrival, voice: Voice) -> Message | None:
    """Do what one of our people asked for; None where the text is no command of theirs."""
    person = find_own_person(session, arrival)
    if person is None:
        return None
    for pattern, act in COMMANDS:
        match = pattern.fullmatch(arrival.inbound.body.strip())
        if match is not None:
            return act(session, arrival, voice, person, match)
    return None


def _take_alert(
    session: Session, arrival: Arrival, voice: Voice, person: OwnPerson, match: re.Match[str]
) -> Message:
    """ "OK K7": the alert has a name on it from now on, unless somebody was faster."""
    code = match["code"].replace(" ", "").upper()
    message = write_message(session, arrival, conversation_id=None, kind=Kind.STAFF_ACK)
    alert = find_open_by_code(session, arrival.clinic.id, code)
    if alert is None:
        message.reason = {"rule": "staff", "note": f"No open alert has the code {code}."}
        _reply(session, arrival, voice, message, "staff_unclear", {})
        return message
    message.alert_id = alert.id
    message.reason = {"rule": "staff", "note": f"Takes alert {code}."}
    acknowledge(session, alert, by=person.name, now=arrival.now)
    _reply(session, arrival, voice, message, "staff_ack", {"alert_code": code})
    return message


def _enrol(
    session: Session, arrival: Arrival, voice: Voice, person: OwnPerson, match: re.Match[str]
) -> Message | None:
    """ "new NAME PHONE product": treated just now, consent to care given in person. None where it cannot be read."""
    try:
        number = parse_phone(match["phone"], arrival.clinic.country)
        with session.begin_nested():
            visit = _enter(session, arrival, voice, person, match, number)
    except (PhoneError, EnrolmentRefused, VisitError):
        return None
    message = write_message(session, arrival, conversation_id=None, kind=Kind.STAFF_ACK)
    message.reason = {"rule": "staff", "note": "Enrols a client."}
    values = {"client_name": match["name"].split()[0], **_first_text(arrival, visit)}
    _reply(session, arrival, voice, message, "enrolled_ack", values)
    return message


COMMANDS: tuple[
    tuple[
        re.Pattern[str],
        Callable[[Session, Arrival, Voice, OwnPerson, re.Match[str]], Message | None],
    ],
    ...,
] = ((TAKE_ALERT, _take_alert), (ENROL, _enrol))


def _enter(
    session: Session,
    arrival: Arrival,
    voice: Voice,
    person: OwnPerson,
    match: re.Match[str],
    number: str,
) -> PlannedVisit:
    name = " ".join(match["name"].split())
    client = _find_client(session, arrival, name, number)
    if client is None:
        who = NewClient(name, number, care=True, promo=False, how=ENROLLED_HOW, by=person.by)
        edits = load_edits(session, arrival.clinic.id, all_approved=voice.all_approved)
        client = enrol(
            session,
            arrival.clinic,
            who,
            pack=voice.pack,
            now=arrival.now,
            opt_out_key=voice.opt_out_key,
            edits=edits,
        )
    new = NewTreatment(injected_at=arrival.now, product=match["product"].strip())
    return add_treatment(
        session, client, new, by=person.name, actor=person.by, rules=voice.pack.plan, now=arrival.now
    )


def _find_client(session: Session, arrival: Arrival, name: str, number: str) -> Client | None:
    """Somebody on file who was treated again."""
    known = find_conversation(session, clinic_id=arrival.clinic.id, number=number)
    clients = clients_of(session, known.id) if known else []
    return next((client for client in clients if client.name.casefold() == name.casefold()), None)


def _first_text(arrival: Arrival, planned: PlannedVisit) -> dict[str, str]:
    due = [step.due_at for step in planned.steps if step.status == "planned"]
    if not due:
        return {}
    zone = ZoneInfo(arrival.clinic.timezone)
    return {"first_text_at": spoken_time(min(due), arrival.now, zone, LANGUAGE)}


def _reply(
    session: Session, arrival: Arrival, voice: Voice, message: Message, topic: str, values: dict[str, str]
) -> None:
    known = clinic_values(arrival.clinic, arrival.number.number, now=arrival.now, language=LANGUAGE)
    variant = voice.pack.choose_variant(topic, LANGUAGE, Moment()) or "any"
    edits = load_edits(session, arrival.clinic.id)
    words = voice.pack.render(topic, LANGUAGE, variant, known | values, edits)
    draft = Draft(
        clinic_id=arrival.clinic.id,
        conversation_id=None,
        clinic_number_id=arrival.number.id,
        their_number=arrival.sender,
        kind=Kind.STAFF_ACK,
        body=words.text,
        topic=words.topic,
        template_version=words.version,
        reason={"rule": "staff", "note": str(message.reason.get("note", ""))},
        in_reply_to_id=message.id,
        alert_id=message.alert_id,
        dedupe_key=f"reply:{message.id}:0",
    )
    enqueue(session, draft, now=arrival.now)
