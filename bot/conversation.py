"""A client's text arrives: record it, decide, answer or call a person. One transaction, opened by the edge.

It must never lose a text: whatever fails after it is written down puts it before a person.
"""

from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.answering import answer
from bot.arrival import Arrival, NotOurNumber, Thread, take_in, write_down, write_message
from bot.consent_changes import apply_start, apply_stop, is_overtaken, is_stop
from bot.decision import Action, Decision
from bot.notes import describe_decision, inbound_kind
from bot.red_flag_alarm import follow_on_call_phone, note_not_told, raise_alarm, raise_unread
from bot.replies import is_red_flag
from bot.reply import Reply
from bot.situation import Situation, make_context, read_situation
from bot.speaking import Spoken
from bot.staff_texts import obey_staff
from bot.voice import Voice
from bot.waiting import call_person
from carriers.base import InboundText
from models.clinic import find_clinic_number
from models.message import Message
from models.visit import Visit
from outbox.kinds import Kind
from outbox.suppression import carry_over_opt_out

__all__ = ["NotOurNumber", "handle_inbound"]

log = structlog.get_logger(__name__)

OVERTAKEN = "Found late; the client has texted STOP or START since, and that stands."
SETTLED = (Action.ACK, Action.OPTOUT, Action.OPTIN, Action.HELP)  # nobody has to look at these


def handle_inbound(session: Session, inbound: InboundText, now: datetime, *, voice: Voice) -> Message | None:
    """Take in one text in the caller's transaction and settle its answer; None = it was taken in before.

    `now` is clinic time. Raises NotOurNumber; database errors pass through, and then nothing is written.
    """
    arrival = take_in(session, inbound, now)
    if arrival is None:
        return None
    if find_clinic_number(session, arrival.sender) is not None:  # a loop between our own numbers
        return write_message(session, arrival, conversation_id=None, kind=Kind.COURTESY)
    message = _obey_staff(session, arrival, voice)
    if message is not None:
        return message
    thread = write_down(session, arrival)
    if voice.opt_out_key is not None:
        carry_over_opt_out(session, thread.conversation, key=voice.opt_out_key, now=now)
    _respond(session, thread, voice)
    session.flush()
    return thread.message


def _obey_staff(session: Session, arrival: Arrival, voice: Voice) -> Message | None:
    try:
        with session.begin_nested():
            return obey_staff(session, arrival, voice)
    except SQLAlchemyError:
        raise
    except Exception:  # it is then a client's text, and a person sees it
        log.exception("a command from our own people failed", clinic=arrival.clinic.id)
        return None


def _respond(session: Session, thread: Thread, voice: Voice) -> None:
    """The order of RULES 4 from the red flag on; the router has found which step it is."""
    situation = read_situation(session, thread)
    decision = _decide(situation, voice)
    if decision is None:
        raise_unread(session, thread, voice)
        return
    _note_decision(session, thread, decision, voice)
    alert = raise_alarm(session, thread, decision, voice)
    follow_on_call_phone(session, thread, decision, voice)
    reply, spoken = _settle(session, situation, decision, voice, alert_id=alert.id if alert else None)
    if alert is not None and is_red_flag(decision) and not spoken.has_said(Kind.RED_FLAG):
        note_not_told(alert)
    _call_person(situation, decision, reply, spoken)


def _decide(situation: Situation, voice: Voice) -> Decision | None:
    """The router's decision; None where it failed."""
    thread = situation.thread
    try:
        return voice.decide(
            thread.arrival.inbound.body, make_context(situation, voice.pack), voice.vocabulary
        )
    except Exception:
        log.exception("the router failed", message=thread.message.id)
        return None


def _note_decision(session: Session, thread: Thread, decision: Decision, voice: Voice) -> None:
    """What the text was taken for: the gate asks this row which answers it allows."""
    message, conversation = thread.message, thread.conversation
    message.kind = inbound_kind(decision)
    message.reason = describe_decision(decision, thread)
    if decision.question_reply is not None:
        message.client_id = _asked_client(session, thread) or message.client_id
    if conversation.language is None and decision.language != voice.pack.languages[0]:
        conversation.language = decision.language
    session.flush()


def _asked_client(session: Session, thread: Thread) -> int | None:
    visit_id = thread.conversation.open_question_visit_id
    visit = session.get(Visit, visit_id) if visit_id is not None else None
    return visit.client_id if visit else None


def _settle(
    session: Session, situation: Situation, decision: Decision, voice: Voice, *, alert_id: int | None
) -> tuple[Reply, Spoken]:
    """Consent first, then the words."""
    changes_consent = is_stop(decision) or decision.action is Action.OPTIN
    if changes_consent and is_overtaken(session, situation.thread, decision):
        if not is_red_flag(decision):
            return Reply(person=OVERTAKEN, urgency=decision.urgency), Spoken()
    elif is_stop(decision):
        apply_stop(session, situation, voice.pack.plan)
    elif decision.action is Action.OPTIN:
        apply_start(session, situation, voice.pack.plan)
    return answer(session, situation, decision, voice, alert_id=alert_id)


def _call_person(situation: Situation, decision: Decision, reply: Reply, spoken: Spoken) -> None:
    why = reply.person or spoken.missed or _why_unknown(situation, decision)
    if why:
        thread = situation.thread
        call_person(thread.conversation, why=why, urgency=reply.urgency, now=thread.arrival.now)


def _why_unknown(situation: Situation, decision: Decision) -> str:
    """A number that is nobody's is shown to staff until it is linked or dismissed."""
    is_dismissed = situation.thread.conversation.dismissed_at is not None
    if situation.is_client or is_dismissed or decision.action in SETTLED:
        return ""
    return "This number is not on file: link it to a client, or dismiss it."
