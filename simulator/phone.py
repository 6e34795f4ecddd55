"""What the simulated phone's screen shows, and beside it why. Reads the carrier's log, as a phone would."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from messages.catalogue import Pack
from models.client import Client, clients_of
from models.clinic import Clinic
from models.conversation import find_conversation
from models.message import Message
from models.reminder import Reminder
from models.simulated_carrier import REFUSED, SimulatedMessage, files_of, simulated_thread
from models.simulator_view import messages_by_sid, steps_of_number

STEPS = {
    "aftercare_now": "What to avoid",
    "exercise_over": "16 hours are over",
    "check_in": "Day-14 check-in",
    "retreatment": "Time for the next treatment",
    "retreatment_again": "Second note on the next treatment",
    "correction": "Corrected time",
}


@dataclass(frozen=True, slots=True)
class Bubble:
    """One text on the phone. `why` explains it to the person who tries the product out."""

    is_clinic: bool
    body: str
    at: datetime
    why: str
    media_sids: tuple[str, ...]
    has_clinic_picture: bool


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone: whose it is, its texts, and what is planned for it."""

    number: str
    clients: tuple[Client, ...]
    bubbles: tuple[Bubble, ...]
    steps: tuple[Reminder, ...]

    @property
    def owner(self) -> str:
        return " & ".join(client.name for client in self.clients) or "A number the clinic does not know"


def look_at_phone(session: Session, clinic: Clinic, number: str, pack: Pack) -> Phone:
    """The phone with this number as its owner sees it."""
    rows = [row for row in simulated_thread(session, number) if row.direction != REFUSED]
    ours = messages_by_sid(session, [row.sid for row in rows])
    conversation = find_conversation(session, clinic_id=clinic.id, number=number)
    return Phone(
        number=number,
        clients=tuple(clients_of(session, conversation.id)) if conversation else (),
        bubbles=tuple(_bubble(session, row, ours.get(row.sid), pack) for row in rows),
        steps=tuple(steps_of_number(session, clinic_id=clinic.id, number=number)),
    )


def _bubble(session: Session, row: SimulatedMessage, ours: Message | None, pack: Pack) -> Bubble:
    is_clinic = row.direction != "inbound"
    files = () if is_clinic else tuple(file.media_sid for file in files_of(session, row.sid))
    return Bubble(
        is_clinic=is_clinic,
        body=row.body,
        at=row.shown_at,
        why=_why(row, ours, pack),
        media_sids=files,
        has_clinic_picture=bool(row.media_urls),
    )


def _why(row: SimulatedMessage, ours: Message | None, pack: Pack) -> str:
    if ours is None:
        return "the carrier's own answer" if row.direction == "outbound-reply" else "not taken in yet"
    note = pack.with_titles(str(ours.reason.get("note") or "").strip())
    label = pack.title(ours.topic) if ours.topic else ours.kind.replace("_", " ")
    spoken = f"read as: {label}" if row.direction == "inbound" else label
    return f"{spoken}. {note}" if note else spoken
