"""The last check and the durable intent, in one transaction under the conversation's lock: the fence with STOP."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from carriers.base import OutboundText
from messages.segments import count_segments
from models.clinic import ClinicNumber
from models.message import Attempt, Message
from models.message_queue import lock_message
from outbox.brake import apply_brake
from outbox.claim import Claimed
from outbox.closing import close_refused, explain, release_claim
from outbox.gate import Allowed, Refused, decide, load_facts
from outbox.kinds import POLICIES, Kind, WhenUnknown
from outbox.matching import body_hash
from outbox.media import MediaLink, media_urls
from outbox.timing import Clocks, Spans

STATUS_PATH = "/webhooks/sms/status"


@dataclass(frozen=True, slots=True)
class Ready:
    """A text whose intent is on disk. `checked_at` is the steady counter at the moment the lock was held."""

    message_id: int
    attempt_id: int
    token: str
    text: OutboundText
    checked_at: float


def write_intent(
    session: Session,
    claimed: Claimed,
    *,
    public_url: str,
    mass_send_limit: int | None,
    spans: Spans,
    clocks: Clocks,
    media_link: MediaLink | None = None,
) -> Ready | None:
    """Ask the gate once more and write the intent. None = not to be sent now; the row says why."""
    message = lock_message(session, claimed.message_id)
    if message.claim_token != claimed.token or message.state != "claimed":
        return None
    checked_at = clocks.steady()
    now, machine = clocks.clinic(session), clocks.machine(session)
    if POLICIES[Kind(message.kind)].scheduled:
        apply_brake(
            session, clinic_id=message.clinic_id, limit=mass_send_limit, now=now, machine=machine, claimed=1
        )
    verdict = decide(load_facts(session, message, now), now)
    if isinstance(verdict, Refused):
        _step_back(session, message, verdict, now)
        return None
    pictures = media_urls(message.media_urls, media_link)
    return _begin(session, message, verdict, pictures, public_url, machine, spans, checked_at)


def _step_back(session: Session, message: Message, refused: Refused, now: datetime) -> None:
    if refused.is_final:
        close_refused(session, message, refused, now=now)
        return
    release_claim(message, "queued")
    explain(message, refused.code, refused.note)
    message.send_after = refused.until or message.send_after


def _begin(
    session: Session,
    message: Message,
    allowed: Allowed,
    pictures: tuple[str, ...],
    public_url: str,
    machine: datetime,
    spans: Spans,
    checked_at: float,
) -> Ready:
    number = session.get_one(ClinicNumber, message.clinic_number_id)
    attempt = _new_attempt(message, number, machine)
    session.add(attempt)
    message.state, message.lease_until = "in_flight", machine + spans.lease
    session.flush()
    text = OutboundText(
        from_number=number.number,
        to_number=message.their_number,
        body=message.body,
        validity=allowed.validity,
        status_callback=f"{public_url}{STATUS_PATH}?m={attempt.callback_id}",
        media_urls=pictures,
        messaging_service_sid=number.messaging_service_sid,
        begin_before=_begin_before(Kind(message.kind), checked_at, spans),
    )
    return Ready(message.id, attempt.id, attempt.claim_token, text, checked_at)


def _begin_before(kind: Kind, checked_at: float, spans: Spans) -> float | None:
    """When the last check is too old for the first byte. What no STOP bars and what may go twice has no such moment."""
    if POLICIES[kind].when_unknown is WhenUnknown.RESEND:
        return None
    return checked_at + spans.intent_max_age.total_seconds()


def _new_attempt(message: Message, number: ClinicNumber, machine: datetime) -> Attempt:
    return Attempt(
        message_id=message.id,
        callback_id=secrets.token_hex(16),
        claim_token=message.claim_token or "",
        from_number=number.number,
        to_number=message.their_number,
        body_hash=body_hash(message.body),
        segments=count_segments(message.body).segments,
        intent_at=machine,
        lookups=0,
    )
