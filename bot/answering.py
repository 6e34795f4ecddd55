"""Writes the answer a decision calls for and remembers what was said. A failure here loses the words, not the text."""

from collections.abc import Mapping

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.consent_changes import close_question
from bot.decision import Decision, Urgency
from bot.notes import describe_words
from bot.replies import compose
from bot.reply import Reply
from bot.situation import Situation, make_reply_facts
from bot.speaking import Spoken, speak, told_exercise_end
from bot.voice import Voice
from messages.clinic_edits import load_edits
from messages.values import exercise_ends_at
from outbox.kinds import Kind

log = structlog.get_logger(__name__)

NO_WORDS = "The answer could not be written; see the log."


def answer(
    session: Session, situation: Situation, decision: Decision, voice: Voice, *, alert_id: int | None
) -> tuple[Reply, Spoken]:
    """The reply and what the gate made of it. Where it cannot be written, nothing is said and a person must look."""
    try:
        with session.begin_nested():
            return _write(session, situation, decision, voice, alert_id)
    except SQLAlchemyError:
        raise
    except Exception:
        log.exception("the answer could not be written", message=situation.thread.message.id)
        is_now = alert_id is not None or decision.urgency is Urgency.NOW
        urgency = Urgency.NOW if is_now else Urgency.TODAY
        return Reply(person=NO_WORDS, urgency=urgency), Spoken()


def _write(
    session: Session, situation: Situation, decision: Decision, voice: Voice, alert_id: int | None
) -> tuple[Reply, Spoken]:
    clinic_id = situation.thread.arrival.clinic.id
    facts = make_reply_facts(situation, voice, decision.language)
    edits = load_edits(session, clinic_id, all_approved=voice.all_approved)
    reply = compose(decision, facts, voice.pack, edits)
    spoken = speak(session, situation, decision, reply, alert_id=alert_id)
    _remember(situation, reply, spoken)
    _remember_told_time(situation, reply, spoken, voice, facts.values)
    return reply, spoken


def _remember(situation: Situation, reply: Reply, spoken: Spoken) -> None:
    conversation, now = situation.thread.conversation, situation.thread.arrival.now
    if spoken.has_said(Kind.GREETING):
        conversation.greeted_at = now
    if spoken.has_said(Kind.LATE):
        conversation.late_note_at = now
    if reply.closes_question:
        close_question(conversation)
    message = situation.thread.message
    message.reason = {**message.reason, **describe_words(reply)}


def _remember_told_time(
    situation: Situation, reply: Reply, spoken: Spoken, voice: Voice, values: Mapping[str, str]
) -> None:
    """A correction later compares with the time last told by any text."""
    visit = situation.visit
    if visit is not None and told_exercise_end(situation, reply, spoken, values.get("exercise_from")):
        visit.told_exercise_ends_at = exercise_ends_at(visit.injected_at, voice.pack.plan)
