"""What staff could answer: the clinic's own words on the topics a text touches, for the day since the visit."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.decision import Context
from bot.router import decide
from bot.vocabulary import Vocabulary
from clinic_time.local_time import day_number
from messages.catalogue import MissingValue, Moment, Pack
from messages.clinic_edits import load_edits
from messages.values import clinic_values, name_values, visit_values
from models.client import Client, clients_of
from models.clinic import ClinicNumber, find_clinic
from models.conversation import Conversation, latest_visit_on
from models.thread import last_inbound
from models.visit import Visit

MOST = 4


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A ready answer. Inserted into the box, never sent by itself."""

    label: str
    text: str


def suggest_answers(
    session: Session, thread: Conversation, *, pack: Pack, vocabulary: Vocabulary, now: datetime
) -> tuple[Suggestion, ...]:
    """Answers to the client's latest text, the best match first. None where nobody wrote or nothing fits."""
    message = last_inbound(session, thread.id)
    if message is None or not message.body:
        return ()
    clients, visit = clients_of(session, thread.id), latest_visit_on(session, thread.id, until=now)
    zone = _zone(session, thread, clients, visit)
    moment = _moment(visit, now, zone)
    decision = decide(message.body, Context(elapsed=moment.elapsed, day=moment.day), vocabulary)
    language = pack.language(thread.language or decision.language)
    values = _values(session, thread, clients, visit, pack=pack, language=language, zone=zone, now=now)
    edits = load_edits(session, thread.clinic_id)
    found = []
    topics = [
        pair for pair in decision.reason.scores if pair[0] in vocabulary.topics
    ]  # not what no page answers
    for topic, _score in sorted(topics, key=lambda pair: -pair[1]):
        variant = pack.choose_variant(topic, language, moment) or pack.choose_variant(
            topic, language, Moment()
        )
        if variant is None:
            continue
        try:
            words = pack.render(topic, language, variant, values, edits)
        except MissingValue:
            continue
        found.append(Suggestion(pack.title(topic), words.text))
    return tuple(found[:MOST])


def _zone(session: Session, thread: Conversation, clients: list[Client], visit: Visit | None) -> ZoneInfo:
    treated = next((client for client in clients if visit and client.id == visit.client_id), None)
    stated = treated.timezone if treated else None
    return ZoneInfo(stated or find_clinic(session, thread.clinic_id).timezone)


def _moment(visit: Visit | None, now: datetime, zone: ZoneInfo) -> Moment:
    if visit is None:
        return Moment()
    day = day_number(visit.local_day, now, zone)
    return Moment(elapsed=now - visit.injected_at, day=day, refined=visit.kind == "refinement")


def _values(
    session: Session,
    thread: Conversation,
    clients: list[Client],
    visit: Visit | None,
    *,
    pack: Pack,
    language: str,
    zone: ZoneInfo,
    now: datetime,
) -> dict[str, str]:
    number = session.get_one(ClinicNumber, thread.clinic_number_id).number
    values = clinic_values(find_clinic(session, thread.clinic_id), number, now=now, language=language)
    values |= name_values([client.name for client in clients], language)
    if visit is not None:
        values |= visit_values(
            injected_at=visit.injected_at,
            local_day=visit.local_day,
            now=now,
            zone=zone,
            language=language,
            plan=pack.plan,
        )
    return values
