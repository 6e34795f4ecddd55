"""Hands the parts of a reply to the gate, less those that manners forbid. Must never put a text past the gate."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from bot.consent_changes import carrier_answers
from bot.decision import Decision, Urgency
from bot.reply import Part, Reply
from bot.situation import Situation
from bot.waiting import is_raised, waiting_urgency
from models.inbound_text import was_told_since
from models.message import Message
from outbox.gate import Draft, enqueue
from outbox.kinds import Kind

SAID_ONCE_PER = timedelta(
    hours=4
)  # own choice: while a person is awaited, "a person will answer" is said once
SAID_ONCE = (Kind.HANDOVER, Kind.PHOTO)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What became of a reply: the rows the gate wrote."""

    messages: tuple[Message, ...] = ()

    @property
    def missed(self) -> str:
        """Why an answer the client waits for was refused; empty where none was. A STOP waits for none."""
        refused = (row for row in self.messages if row.state == "refused" and row.kind != Kind.OPT_OUT)
        return next((f"Not answered: {row.reason.get('note', '')}" for row in refused), "")

    def has_said(self, kind: Kind) -> bool:
        """Whether a text of this kind is on its way."""
        return any(row.kind == kind and row.state != "refused" for row in self.messages)


def speak(
    session: Session,
    situation: Situation,
    decision: Decision,
    reply: Reply,
    *,
    alert_id: int | None = None,
) -> Spoken:
    """Write the texts that may be said now, each through the gate."""
    parts = [part for part in reply.parts if _is_said(session, situation, decision, reply, part)]
    rows = [
        enqueue(session, _draft(situation, decision, part, place, alert_id), now=situation.thread.arrival.now)
        for place, part in enumerate(parts)
    ]
    return Spoken(tuple(rows))


def _is_said(session: Session, situation: Situation, decision: Decision, reply: Reply, part: Part) -> bool:
    """Manners only; consent, caps and silence are the gate's."""
    if situation.thread.arrival.sender_kind != "phone":
        return False
    if part.kind in (Kind.OPT_OUT, Kind.OPT_IN, Kind.HELP):
        return not carrier_answers(situation.thread, decision.action) and not _repeats_stop(situation, part)
    if part.kind in SAID_ONCE:
        return not _was_said(session, situation, part.kind, reply.urgency)
    return True


def _repeats_stop(situation: Situation, part: Part) -> bool:
    """The number was opted out before this text: it had its confirmation then."""
    return part.kind is Kind.OPT_OUT and situation.consent.is_stopped


def _was_said(session: Session, situation: Situation, kind: Kind, urgency: Urgency) -> bool:
    conversation, now = situation.thread.conversation, situation.thread.arrival.now
    if waiting_urgency(conversation) is None or is_raised(conversation, urgency):
        return False
    since = max(conversation.waiting_since or now, now - SAID_ONCE_PER)
    return was_told_since(session, conversation_id=conversation.id, kinds=(kind,), since=since)


def _draft(situation: Situation, decision: Decision, part: Part, place: int, alert_id: int | None) -> Draft:
    thread = situation.thread
    return Draft(
        clinic_id=thread.arrival.clinic.id,
        conversation_id=thread.conversation.id,
        clinic_number_id=thread.arrival.number.id,
        their_number=thread.conversation.number,
        kind=part.kind,
        body=part.text,
        topic=part.topic,
        template_version=part.version,
        reason={"rule": decision.reason.rule.value, "note": decision.reason.note},
        in_reply_to_id=thread.message.id,
        alert_id=alert_id,
        client_id=thread.message.client_id,
        dedupe_key=f"reply:{thread.message.id}:{place}",
    )


def told_exercise_end(situation: Situation, reply: Reply, spoken: Spoken, exercise_from: str | None) -> bool:
    """Whether the client was just told the clock time at which the pause for exercise ends."""
    if situation.visit is None or exercise_from is None or not spoken.has_said(Kind.FAQ):
        return False
    return any(
        exercise_from in words.text
        for part in reply.parts
        for words in part.words
        if words.topic == "exercise"
    )
