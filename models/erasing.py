"""Blanks and deletes what is on file about a person. Carrier ids, states and times stay; no word or number does."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from models.alert import Alert
from models.appointment import Appointment
from models.clinic import ClinicNumber
from models.consent_event import CarrierBlock
from models.conversation import Conversation
from models.desk import Correction, Draft, Note, Presence
from models.message import Attempt, Message
from models.photo import Photo
from models.reminder import Reminder
from models.simulated_carrier import SimulatedBlock, SimulatedFile, SimulatedMessage
from models.visit import Treatment, Visit

GONE = "erased"
WAITING = ("queued", "claimed", "review")


def erase_texts(session: Session, which: ColumnElement[bool], *, note: str) -> list[str]:
    """Blank these texts and their photos; what has not left is cancelled. Returns the photo files to delete."""
    ids = list(session.scalars(select(Message.id).where(which)))
    theirs = Message.id.in_(ids)
    files = erase_photos(session, Photo.message_id.in_(ids))
    session.execute(update(Correction).where(Correction.message_id.in_(ids)).values(phrase=None))
    session.execute(
        update(Message).where(theirs, Message.state.in_(WAITING)).values(state="cancelled", claim_token=None)
    )
    reason = {"refused": GONE, "note": note}
    blank: dict[str, object] = {
        "body": "",
        "media_urls": [],
        "their_number": GONE,
        "reason": reason,
        "reminder_id": None,
    }
    session.execute(update(Message).where(theirs).values(blank))
    session.execute(update(Attempt).where(Attempt.message_id.in_(ids)).values(to_number=GONE, body_hash=GONE))
    session.execute(
        update(Attempt)
        .where(Attempt.message_id.in_(ids), Attempt.outcome == "unknown")
        .values(outcome="abandoned", next_lookup_at=None)
    )
    session.execute(update(Message).where(theirs, Message.state == "unknown").values(state="cancelled"))
    return files


def erase_photos(session: Session, which: ColumnElement[bool]) -> list[str]:
    """Forget these photos. Returns the files to delete; where the carrier has them stays known, to delete it there."""
    files = [name for name in session.scalars(select(Photo.stored_name).where(which)) if name]
    blank = {"state": "deleted", "stored_name": None, "caption": "", "view": "", "visit_id": None}
    session.execute(update(Photo).where(which).values(blank))
    return files


def photos_of_thread(conversation_id: int) -> ColumnElement[bool]:
    """Every photo of a thread, those that staff added included."""
    return Photo.conversation_id == conversation_id


def photos_of_client(client_id: int) -> ColumnElement[bool]:
    """The photos placed at a client's visits."""
    return Photo.visit_id.in_(select(Visit.id).where(Visit.client_id == client_id))


def erase_file_of(session: Session, client_id: int) -> None:
    """Delete a client's steps, treatments, visits and appointments."""
    visits = select(Visit.id).where(Visit.client_id == client_id)
    steps = select(Reminder.id).where(Reminder.client_id == client_id)
    session.execute(update(Message).where(Message.reminder_id.in_(steps)).values(reminder_id=None))
    session.execute(
        update(Conversation)
        .where(Conversation.open_question_visit_id.in_(visits))
        .values(open_question=None, open_question_visit_id=None, open_question_asked_at=None)
    )
    session.execute(delete(Reminder).where(Reminder.client_id == client_id))
    session.execute(delete(Appointment).where(Appointment.client_id == client_id))
    session.execute(delete(Treatment).where(Treatment.visit_id.in_(visits)))
    session.execute(update(Visit).where(Visit.client_id == client_id).values(refines_visit_id=None))
    session.execute(delete(Visit).where(Visit.client_id == client_id))


def erase_desk_notes(session: Session, conversation_id: int) -> None:
    """Delete notes, drafts and presence of a thread; blank what staff wrote about its alerts."""
    for table in (Note, Draft, Presence):
        session.execute(delete(table).where(table.conversation_id == conversation_id))
    about = update(Alert).where(Alert.conversation_id == conversation_id)
    session.execute(about.values(note=None, outcome=GONE))


def erase_number(session: Session, conversation: Conversation, *, now: datetime) -> None:
    """The number goes from the thread, from the carrier's blocks and from the simulated carrier's log."""
    number = conversation.number
    ours = list_numbers(session, conversation.clinic_id)
    blocks = delete(CarrierBlock).where(CarrierBlock.clinic_number_id.in_(ours))
    session.execute(blocks.where(CarrierBlock.their_number == number))
    _erase_simulated(session, number, list(ours.values()))
    conversation.number, conversation.erased_at = f"{GONE}:{conversation.id}", now
    conversation.status, conversation.snoozed_until = "closed", None
    conversation.waiting_since = conversation.waiting_reason = conversation.waiting_urgency = None
    conversation.open_question = conversation.open_question_visit_id = None


def list_numbers(session: Session, clinic_id: int) -> dict[int, str]:
    """A clinic's own numbers by id."""
    question = select(ClinicNumber.id, ClinicNumber.number).where(ClinicNumber.clinic_id == clinic_id)
    return {row[0]: row[1] for row in session.execute(question)}


def _erase_simulated(session: Session, number: str, ours: list[str]) -> None:
    came = and_(SimulatedMessage.from_number == number, SimulatedMessage.to_number.in_(ours))
    went = and_(SimulatedMessage.to_number == number, SimulatedMessage.from_number.in_(ours))
    _delete_simulated(session, or_(came, went))
    block = delete(SimulatedBlock).where(SimulatedBlock.their_number == number)
    session.execute(block.where(SimulatedBlock.our_number.in_(ours)))


def _delete_simulated(session: Session, which: ColumnElement[bool]) -> None:
    ids = select(SimulatedMessage.id).where(which)
    session.execute(delete(SimulatedFile).where(SimulatedFile.message_id.in_(ids)))
    session.execute(delete(SimulatedMessage).where(which))


def erase_staff_commands(session: Session, *, clinic_id: int, number: str) -> None:
    """Blank what staff texted to enrol this number, and our answer: both name the person."""
    commands = select(Message).where(
        Message.clinic_id == clinic_id,
        Message.conversation_id.is_(None),
        Message.direction == "inbound",
        Message.body != "",
    )
    own = [row for row in session.scalars(commands) if _digits(number)[-10:] in _digits(row.body)]
    answers = select(Message).where(Message.in_reply_to_id.in_([row.id for row in own]))
    for row in [*own, *session.scalars(answers)]:
        row.body, row.reason = "", {"note": GONE}
        _delete_simulated(session, SimulatedMessage.sid == (row.carrier_sid or ""))


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def texts_of_number(conversation_id: int) -> ColumnElement[bool]:
    """Every text of a thread."""
    return Message.conversation_id == conversation_id


def texts_that_name(client_id: int) -> ColumnElement[bool]:
    """The texts that are known to be this client's, on any number."""
    return Message.client_id == client_id
