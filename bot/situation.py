"""What the records say around one text, as the router and the writer of answers want it. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.arrival import Thread
from bot.decision import Context
from bot.reply import ReplyFacts
from bot.voice import Voice
from clinic_time.local_time import day_number
from messages.catalogue import Moment, Pack
from messages.values import clinic_values, name_values, visit_values
from models.client import Client
from models.consent_event import ConsentState, consent_state
from models.conversation import latest_visit_on
from models.desk_words import list_topic_phrases
from models.inbound_text import text_just_before
from models.visit import Visit

TWO_TEXTS_IN_A_ROW = timedelta(minutes=2)
ANSWERABLE_FOR = timedelta(days=14)  # own choice: a digit texted later than this answers nothing
GREET_AGAIN_AFTER = timedelta(days=30)  # RULES: one greeting in 30 days
LATE_NOTE_ONCE_PER = timedelta(hours=24)  # RULES: one note per number; own choice: per down time


@dataclass(frozen=True, slots=True)
class Situation:
    """One text, its conversation and what is on file. `visit` is the latest injection over all its clients."""

    thread: Thread
    consent: ConsentState
    visit: Visit | None
    zone: ZoneInfo
    moment: Moment
    open_question: str | None
    previous_text: str | None
    own_phrases: tuple[tuple[str, str], ...] = ()  # (phrase, topic id) pairs the clinic added at the desk

    @property
    def is_client(self) -> bool:
        """Whether the number belongs to a client."""
        return bool(self.thread.clients)


def read_situation(session: Session, thread: Thread) -> Situation:
    """Everything a decision may depend on."""
    conversation, arrival = thread.conversation, thread.arrival
    visit = latest_visit_on(session, conversation.id, until=arrival.now)
    zone = ZoneInfo(_zone_name(thread, visit))
    return Situation(
        thread=thread,
        consent=consent_state(session, conversation.id),
        visit=visit,
        zone=zone,
        moment=_moment(thread, visit, zone),
        open_question=_open_question(thread),
        previous_text=text_just_before(session, thread.message, within=TWO_TEXTS_IN_A_ROW),
        own_phrases=tuple(
            (row.phrase, row.topic) for row in list_topic_phrases(session, conversation.clinic_id)
        ),
    )


def _zone_name(thread: Thread, visit: Visit | None) -> str:
    """The zone of the client whose visit counts; the clinic's where none was stated."""
    treated = _client_of(thread, visit)
    return (treated.timezone if treated else None) or thread.arrival.clinic.timezone


def _client_of(thread: Thread, visit: Visit | None) -> Client | None:
    return next((client for client in thread.clients if visit and client.id == visit.client_id), None)


def _moment(thread: Thread, visit: Visit | None, zone: ZoneInfo) -> Moment:
    if visit is None:
        return Moment()
    now = thread.arrival.now
    return Moment(
        elapsed=now - visit.injected_at,
        day=day_number(visit.local_day, now, zone),
        refined=visit.kind == "refinement",
    )


def _open_question(thread: Thread) -> str | None:
    conversation = thread.conversation
    asked_at = conversation.open_question_asked_at
    if conversation.open_question is None or asked_at is None:
        return None
    return conversation.open_question if thread.arrival.now - asked_at <= ANSWERABLE_FOR else None


def make_context(situation: Situation, pack: Pack) -> Context:
    """What the router is told besides the text."""
    language = known_language(situation)
    return Context(
        elapsed=situation.moment.elapsed,
        day=situation.moment.day,
        refined=situation.moment.refined,
        open_question=situation.open_question,
        has_photo=bool(situation.thread.arrival.inbound.media),
        opted_out=situation.consent.is_stopped,
        language=language,
        previous_text=situation.previous_text,
        clinic_phrases=(*situation.own_phrases, *pack.phrases(pack.language(language))),
    )


def known_language(situation: Situation) -> str | None:
    """The language on file: the conversation's, else the one all its clients share."""
    stored = situation.thread.conversation.language
    of_clients = {client.language for client in situation.thread.clients}
    return stored or (of_clients.pop() if len(of_clients) == 1 else None)


def make_reply_facts(situation: Situation, voice: Voice, language: str) -> ReplyFacts:
    """What the writer of answers is told besides the decision."""
    thread = situation.thread
    return ReplyFacts(
        values=_values(situation, voice.pack, voice.pack.language(language)),
        moment=situation.moment,
        is_client=situation.is_client,
        is_shared=len(thread.clients) > 1,
        was_greeted=_was_within(thread, thread.conversation.greeted_at, GREET_AGAIN_AFTER),
        open_question=situation.open_question,
        has_photo=bool(thread.arrival.inbound.media),
        is_late=thread.arrival.is_late,
        may_be_answered=thread.arrival.is_from_before_restore,
        was_noted_late=_was_within(thread, thread.conversation.late_note_at, LATE_NOTE_ONCE_PER),
    )


def _was_within(thread: Thread, moment: datetime | None, span: timedelta) -> bool:
    return moment is not None and thread.arrival.now - moment < span


def _values(situation: Situation, pack: Pack, language: str) -> Mapping[str, str]:
    thread, arrival = situation.thread, situation.thread.arrival
    values = clinic_values(arrival.clinic, arrival.number.number, now=arrival.now, language=language)
    values |= name_values([client.name for client in thread.clients], language)
    if situation.visit is None:
        return values
    return values | visit_values(
        injected_at=situation.visit.injected_at,
        local_day=situation.visit.local_day,
        now=arrival.now,
        zone=situation.zone,
        language=language,
        plan=pack.plan,
    )
