"""That answer was wrong: staff say what it should have been. Kept as a line that no later phrase may break."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.vocabulary import Vocabulary
from desk.forms import raise_if_any
from desk.phrases import COURTESY, EMERGENCY, OPT_OUT, PERSON, add_phrase
from desk.records import record
from messages.catalogue import Pack
from messages.topics import Kind
from models.clinic import Clinic
from models.desk import Correction
from models.message import Message
from models.staff import Staff

MOST_TOPICS = 2
ACTIONS = {
    PERSON: "A person should have answered",
    EMERGENCY: "An emergency: the emergency words and an alert",
    OPT_OUT: "The client wanted no more texts",
    COURTESY: "Only a courtesy (thanks, ok): nothing to answer",
}
TOPICS = "topics"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What should have come of a text: an action of ACTIONS, or TOPICS with one or two topic ids."""

    action: str
    topics: tuple[str, ...] = ()
    phrase: str = ""


def correct(
    session: Session,
    clinic: Clinic,
    message: Message,
    wanted: Wanted,
    *,
    pack: Pack,
    vocabulary: Vocabulary,
    may_add_phrase: bool,
    by: Staff,
    now: datetime,
) -> Correction:
    """Keep the correction; with a phrase also teach it, where nothing breaks. Raises FormError, nothing kept."""
    raise_if_any(_problems(wanted, pack, may_add_phrase=may_add_phrase))
    row = Correction(
        clinic_id=clinic.id,
        message_id=message.id,
        staff_id=by.id,
        wanted="+".join(sorted(wanted.topics)) if wanted.action == TOPICS else wanted.action,
        phrase=wanted.phrase.strip()[:300] or None,
        created_at=now,
    )
    session.add(row)
    session.flush()
    if wanted.phrase.strip():
        phrase = add_phrase(
            session,
            clinic,
            topic=wanted.topics[0],
            phrase=wanted.phrase,
            vocabulary=vocabulary,
            by=by,
            now=now,
        )
        row.added_to_topic = phrase.topic
    record(session, by, "answer_corrected", kind="message", id=message.id, now=now, note=row.wanted[:60])
    return row


def answer_topics(pack: Pack) -> tuple[str, ...]:
    """The topics that answer a question."""
    return tuple(topic.id for topic in pack.topics.values() if topic.kind is Kind.FAQ)


def _problems(wanted: Wanted, pack: Pack, *, may_add_phrase: bool) -> dict[str, str]:
    if wanted.action not in {*ACTIONS, TOPICS}:
        return {"action": "Pick what should have happened."}
    if wanted.action == TOPICS and not 1 <= len(set(wanted.topics)) <= MOST_TOPICS:
        return {"topics": "Pick one topic, or two where the text asks two things."}
    if not set(wanted.topics) <= set(answer_topics(pack)):
        return {"topics": "Pick topics of the list."}
    if not wanted.phrase.strip():
        return {}
    if wanted.action != TOPICS or len(wanted.topics) != 1:
        return {"phrase": "A phrase is taught to one topic. Pick exactly one, or leave the phrase empty."}
    return {} if may_add_phrase else {"phrase": "Ask a clinician or an owner to teach a phrase."}
