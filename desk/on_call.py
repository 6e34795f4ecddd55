"""The phones that alerts are texted to, in order. The only writer of that order."""

from datetime import datetime

from sqlalchemy.orm import Session

from desk.forms import FormError, one_line, raise_if_any
from models.clinic import Clinic, default_number, find_clinic_number
from models.message import Message
from models.staff import OnCall, find_on_call, list_on_call
from outbox.gate import Draft, enqueue
from outbox.kinds import Kind
from phone import PhoneError, parse_phone

TEST_PAGE = "Test from {clinic}: urgent alerts will reach this phone. Nothing to do."


def add_phone(
    session: Session, clinic: Clinic, *, name: str, phone: str, position: int | None = None
) -> OnCall:
    """Enter one phone, at the end or at a position; the others move down. Raises FormError."""
    number = _free_number(session, clinic, name, phone)
    phones = list_on_call(session, clinic.id)
    place = min(position or len(phones) + 1, len(phones) + 1)
    row = OnCall(clinic_id=clinic.id, name=one_line(name, longest=120), number=number, position=place)
    session.add(row)
    phones.insert(place - 1, row)
    _number_anew(phones)
    session.flush()
    return row


def remove_phone(session: Session, phone: OnCall) -> None:
    """Take one phone out of the order."""
    session.delete(phone)
    session.flush()
    _number_anew(list_on_call(session, phone.clinic_id))


def move_phone(session: Session, phone: OnCall, *, places: int) -> None:
    """Earlier (-1) or later (1) in the order; at an end it stays where it is."""
    phones = list_on_call(session, phone.clinic_id)
    at = phones.index(phone)
    phones.insert(max(0, min(len(phones) - 1, at + places)), phones.pop(at))
    _number_anew(phones)


def send_test_page(session: Session, clinic: Clinic, phone: OnCall, *, now: datetime) -> Message:
    """A text on the same path as an alert, that says it is a test. The row says whether it was refused."""
    draft = Draft(
        clinic_id=clinic.id,
        conversation_id=None,
        clinic_number_id=default_number(session, clinic.id).id,
        their_number=phone.number,
        kind=Kind.ALERT,
        body=TEST_PAGE.format(clinic=clinic.name),
        reason={"note": "a test page"},
    )
    return enqueue(session, draft, now=now)


def _free_number(session: Session, clinic: Clinic, name: str, phone: str) -> str:
    errors = {} if name.strip() else {"name": "Write whose phone it is."}
    number = ""
    try:
        number = parse_phone(phone, clinic.country)
    except PhoneError as error:
        errors["phone"] = str(error)
    raise_if_any(errors)
    if find_on_call(session, clinic_id=clinic.id, number=number):
        raise FormError({"phone": "This phone is on call already."})
    if find_clinic_number(session, number):
        raise FormError(
            {"phone": "This is the clinic's own texting number; alerts must go to another phone."}
        )
    return number


def _number_anew(phones: list[OnCall]) -> None:
    for position, row in enumerate(phones, start=1):
        row.position = position
