"""STOP and START as the client texted them: append-only events, in the transaction of the text itself.

It must never restore promotional consent, and never let an older text undo a newer one.
"""

from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.arrival import Thread
from bot.decision import Action, Decision
from bot.situation import Situation
from messages.plan_rules import PlanRules
from models.audit import record_audit
from models.consent_event import carried_over_at, clear_block, record_consent
from models.conversation import Conversation
from models.inbound_text import has_undated_word_after, last_consent_word_at
from models.stopped_texts import lock_queued
from outbox.closing import close_cancelled
from outbox.kinds import Kind
from outbox.refusals import Refusal
from scheduler.reminders import replan_number

log = structlog.get_logger(__name__)

# Twilio's default words, whole message, any case (support.twilio.com article 31560110671259; REVOKE and OPTOUT since
# 2025-05-14, www.twilio.com/en-us/blog/update-to-fcc-s-sms-opt-out-keywords). It answers these itself.
TWILIO_WORDS = {
    Action.OPTOUT: ("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"),
    Action.OPTIN: ("start", "yes", "unstop"),
    Action.HELP: ("help", "info"),
}
TWILIO_TYPES = {"STOP": Action.OPTOUT, "START": Action.OPTIN, "HELP": Action.HELP}
IN_DOUBT = timedelta(minutes=1)  # a pushed text counts from when it reached us: that close to it, STOP stands
KEPT_AFTER_STOP = (Kind.RED_FLAG, Kind.ALERT, Kind.OPT_OUT, Kind.STAFF)  # the gate shows staff its refusal


def is_stop(decision: Decision) -> bool:
    """Whether the text takes consent back, alone or beside a red flag."""
    return decision.action is Action.OPTOUT or decision.also_stop


def carrier_answers(thread: Thread, action: Action) -> bool:
    """Whether Twilio itself confirms this text, so that ours would be a second answer."""
    arrival = thread.arrival
    if arrival.clinic.opt_out_mode != "twilio" or action not in TWILIO_WORDS:
        return False
    said_type = TWILIO_TYPES.get(arrival.inbound.opt_out_type or "")
    return said_type is action or arrival.inbound.body.strip().lower() in TWILIO_WORDS[action]


def is_overtaken(session: Session, thread: Thread, decision: Decision) -> bool:
    """Whether this text was fetched from the carrier and the client has texted STOP or START since it was texted."""
    texted_at, conversation_id = thread.arrival.texted_at, thread.conversation.id
    if texted_at is None:
        return False
    if not is_stop(decision) and _came_in_since_listed(session, thread):
        return True
    words_at = (
        last_consent_word_at(session, conversation_id, except_id=thread.message.id),
        carried_over_at(session, conversation_id),
    )
    newest = max((moment for moment in words_at if moment is not None), default=texted_at)
    return newest > texted_at + (IN_DOUBT if is_stop(decision) else timedelta())


def _came_in_since_listed(session: Session, thread: Thread) -> bool:
    """Whether a word was pushed to us after the list with this text was asked for: it is newer, whatever our clock."""
    listed_after = thread.arrival.inbound.listed_after
    return listed_after is not None and has_undated_word_after(
        session, thread.conversation.id, row_id=listed_after, except_id=thread.message.id
    )


def apply_stop(session: Session, situation: Situation, rules: PlanRules) -> bool:
    """Opt the number out of everything and cancel what is queued. False where it already was."""
    thread = situation.thread
    conversation = thread.conversation
    for text in lock_queued(session, conversation_id=conversation.id, kinds_kept=KEPT_AFTER_STOP):
        note = "the client texted STOP"
        close_cancelled(session, text, code=Refusal.STOPPED, note=note, now=thread.arrival.now)
    if situation.consent.is_stopped:
        return False
    _record(session, thread, scope="all", change="stopped")
    close_question(conversation)
    _replan(session, thread, rules)
    return True


def apply_start(session: Session, situation: Situation, rules: PlanRules) -> bool:
    """Restore care texts and forget the carrier's block on this pair. False where care texts were on already."""
    thread = situation.thread
    clear_block(session, clinic_number_id=thread.arrival.number.id, their_number=thread.conversation.number)
    if situation.consent.care and not situation.consent.is_stopped:
        return False
    _record(session, thread, scope="care", change="restarted")
    _replan(session, thread, rules)
    return True


def close_question(conversation: Conversation) -> None:
    """No reply is awaited any more."""
    conversation.open_question = None
    conversation.open_question_visit_id = None
    conversation.open_question_asked_at = None


def _replan(session: Session, thread: Thread, rules: PlanRules) -> None:
    """Planned steps show what is allowed now. A view only: the gate asks consent itself, so a failure is no harm."""
    try:
        with session.begin_nested():
            replan_number(session, thread.conversation.id, rules=rules, now=thread.arrival.now)
    except SQLAlchemyError:
        raise
    except Exception:
        log.exception("planned steps were not brought up to date", conversation=thread.conversation.id)


def _record(session: Session, thread: Thread, *, scope: str, change: str) -> None:
    arrival = thread.arrival
    record_consent(
        session,
        clinic_id=arrival.clinic.id,
        conversation_id=thread.conversation.id,
        scope=scope,
        change=change,
        how="text",
        by="client",
        at=arrival.now,
        message_id=thread.message.id,
    )
    record_audit(
        session,
        clinic_id=arrival.clinic.id,
        at=arrival.now,
        actor="client",
        action=f"consent_{change}",
        object_kind="conversation",
        object_id=thread.conversation.id,
    )
