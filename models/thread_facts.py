"""What the gate asks about one conversation besides consent. Questions only."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from models.alert import Alert
from models.client import Client
from models.clinic import Clinic, ClinicNumber
from models.consent_event import CarrierBlock
from models.message import Message
from models.reminder import Reminder

NEVER_LEFT = ("refused", "cancelled")
CLIENT_ALARMS = ("red_flag", "self_harm", "urgent_today", "urgent_now")


def recent_reply_times(
    session: Session, *, conversation_id: int, kinds: Sequence[str], since: datetime, except_id: int
) -> list[datetime]:
    """When automatic replies of these kinds were written since, without the one being asked about."""
    question = select(Message.created_at).where(
        Message.conversation_id == conversation_id,
        Message.id != except_id,
        Message.direction == "outbound",
        Message.kind.in_(kinds),
        Message.state.not_in(NEVER_LEFT),
        Message.created_at > since,
    )
    return list(session.scalars(question.order_by(Message.created_at)))


def was_stop_confirmed(
    session: Session, *, conversation_id: int, since: datetime | None, except_id: int
) -> bool:
    """Whether a STOP confirmation was written since (None = ever), without the one being asked about."""
    question = select(Message.id).where(
        Message.conversation_id == conversation_id,
        Message.id != except_id,
        Message.direction == "outbound",
        Message.kind == "opt_out",
        Message.state.not_in(NEVER_LEFT),
    )
    if since is not None:
        question = question.where(Message.created_at >= since)
    return session.scalars(question.limit(1)).first() is not None


def was_instruction_refused(session: Session, inbound_id: int) -> bool:
    """Whether the emergency instruction that answers this text was refused before it could leave."""
    question = select(Message.id).where(
        Message.in_reply_to_id == inbound_id, Message.kind == "red_flag", Message.state == "refused"
    )
    return session.scalars(question.limit(1)).first() is not None


def has_open_alert(session: Session, conversation_id: int) -> bool:
    """Whether an alert about this conversation is not closed."""
    return session.scalars(_open_alerts(conversation_id)).first() is not None


def has_open_alarm(session: Session, conversation_id: int) -> bool:
    """Whether an alert about a text of this number is not closed."""
    alarms = _open_alerts(conversation_id).where(Alert.kind.in_(CLIENT_ALARMS))
    return session.scalars(alarms).first() is not None


def _open_alerts(conversation_id: int) -> Select[int]:
    question = select(Alert.id).where(Alert.conversation_id == conversation_id, Alert.closed_at.is_(None))
    return question.limit(1)


def latest_alarm_at(session: Session, conversation_id: int) -> datetime | None:
    """When this number last sent an alarming text."""
    question = select(Alert.opened_at).where(
        Alert.conversation_id == conversation_id, Alert.kind.in_(CLIENT_ALARMS)
    )
    return session.scalars(question.order_by(Alert.opened_at.desc()).limit(1)).first()


def find_clients(session: Session, *, conversation_id: int, client_id: int | None) -> list[Client]:
    """The client a text is for; everybody on the number where it is for nobody in particular."""
    question = select(Client).where(Client.conversation_id == conversation_id)
    if client_id is not None:
        question = question.where(Client.id == client_id)
    return list(session.scalars(question.order_by(Client.id)))


def add_carrier_block(session: Session, *, clinic_number_id: int, their_number: str, since: datetime) -> None:
    """Remember that the carrier refuses texts on this pair of numbers. A repeat changes nothing."""
    known = select(CarrierBlock.id).where(
        CarrierBlock.clinic_number_id == clinic_number_id, CarrierBlock.their_number == their_number
    )
    if session.scalars(known).first() is None:
        session.add(CarrierBlock(clinic_number_id=clinic_number_id, their_number=their_number, since=since))
        session.flush()


def is_number_of_ours(session: Session, number: str) -> bool:
    """Whether this is a number texts are sent from, of any clinic."""
    return session.scalars(select(ClinicNumber.id).where(ClinicNumber.number == number)).first() is not None


def due_automatic_texts(
    session: Session, *, clinic_id: int, kinds: Sequence[str], now: datetime, until: datetime
) -> int:
    """How many scheduled texts of a clinic are due before `until` and still of use: queued ones and planned steps."""
    queued = select(func.count()).where(
        Message.state == "queued",
        Message.clinic_id == clinic_id,
        Message.kind.in_(kinds),
        func.coalesce(Message.send_after, now) <= until,
        func.coalesce(Message.useful_until, until) > now,
    )
    planned = select(func.count()).where(
        Reminder.status == "planned",
        Reminder.due_at <= until,
        Reminder.clinic_id == clinic_id,
        Reminder.latest_at > now,
    )
    return (session.scalar(queued) or 0) + (session.scalar(planned) or 0)


def automatic_text_times(
    session: Session, *, clinic_id: int, kinds: Sequence[str], since: datetime
) -> list[datetime]:
    """When a clinic's scheduled texts left since, oldest first (ix_message_recent)."""
    question = select(Message.sent_at).where(
        Message.clinic_id == clinic_id,
        Message.created_at > since,
        Message.kind.in_(kinds),
        Message.sent_at.is_not(None),
    )
    return [moment for moment in session.scalars(question.order_by(Message.sent_at)) if moment is not None]


def lock_clinic(session: Session, clinic_id: int) -> Clinic:
    """The clinic's row, locked to the end of the transaction. Raises NoResultFound."""
    question = select(Clinic).where(Clinic.id == clinic_id).with_for_update()
    return session.execute(question.execution_options(populate_existing=True)).scalar_one()


def steps_that_could_have_left(session: Session, now: datetime) -> list[Reminder]:
    """Steps whose earliest moment is past and that have not left as far as we know, held ones too, by conversation."""
    question = select(Reminder).where(
        Reminder.status.in_(("planned", "enqueued", "held")), Reminder.earliest_at <= now
    )
    return list(session.scalars(question.order_by(Reminder.conversation_id, Reminder.id)))
