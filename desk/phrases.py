"""A clinic's own phrases for a topic. One is taken only where nothing that works today stops working."""

from datetime import datetime
from functools import cache

from sqlalchemy.orm import Session

from bot.decision import Action
from bot.phrase_safety import AT_LEAST_TWO, SHORTEST_WORDS, find_unsafe
from bot.regression_table import load_regression_table
from bot.regressions import Phrase, RegressionLine, check_phrases, correction, without_repeats
from bot.text import normalise
from bot.vocabulary import Vocabulary
from desk.forms import raise_if_any
from desk.records import record
from models.clinic import Clinic
from models.desk import TopicPhrase
from models.desk_words import list_corrections, list_topic_phrases
from models.staff import Staff

LONGEST = 300
Phrases = tuple[Phrase, ...]
# What a correction may ask for besides topics, as stored in its row.
PERSON, EMERGENCY, OPT_OUT, COURTESY = "person", "emergency", "optout", "ack"
ACTION_OF = {
    PERSON: Action.ESCALATE,
    EMERGENCY: Action.EMERGENCY,
    OPT_OUT: Action.OPTOUT,
    COURTESY: Action.ACK,
}


def add_phrase(
    session: Session,
    clinic: Clinic,
    *,
    topic: str,
    phrase: str,
    vocabulary: Vocabulary,
    by: Staff,
    now: datetime,
) -> TopicPhrase:
    """A text that is exactly this (case and punctuation aside) gets the topic's answer. Raises FormError."""
    wanted = normalise(phrase)
    standing = clinic_phrases(session, clinic.id)
    raise_if_any(_form_problems(wanted, standing))
    raise_if_any(_broken(session, clinic, ((wanted, topic),), standing, vocabulary))
    row = TopicPhrase(clinic_id=clinic.id, topic=topic, phrase=wanted, added_by=by.name, added_at=now)
    session.add(row)
    session.flush()
    record(session, by, "phrase_added", kind="topic_phrase", id=row.id, now=now, note=topic)
    return row


def remove_phrase(session: Session, row: TopicPhrase, *, by: Staff, now: datetime) -> None:
    """Forget a phrase."""
    record(session, by, "phrase_removed", kind="topic_phrase", id=row.id, now=now, note=row.topic)
    session.delete(row)


def clinic_phrases(session: Session, clinic_id: int) -> Phrases:
    """(phrase, topic id) pairs as the router takes them."""
    return tuple((row.phrase, row.topic) for row in list_topic_phrases(session, clinic_id))


def regression_lines(session: Session, clinic_id: int) -> tuple[RegressionLine, ...]:
    """Everything that must stay right for this clinic: the shipped table, and what its staff corrected."""
    corrected = (_line(body, row.wanted) for row, body in list_corrections(session, clinic_id))
    return (*_shipped_lines(), *without_repeats(corrected))


@cache
def _shipped_lines() -> tuple[RegressionLine, ...]:
    return load_regression_table()


def _line(body: str, wanted: str) -> RegressionLine:
    if wanted in ACTION_OF:
        return correction(body, ACTION_OF[wanted])
    return correction(body, Action.ANSWER, tuple(wanted.split("+")))


def _form_problems(wanted: str, standing: Phrases) -> dict[str, str]:
    if len(wanted.split()) < SHORTEST_WORDS:
        return {"phrase": AT_LEAST_TWO}
    if len(wanted) > LONGEST:
        return {"phrase": f"Use at most {LONGEST} characters."}
    holder = dict(standing).get(wanted)
    if holder is not None:
        return {"phrase": f"This phrase is entered already, under {holder.replace('_', ' ')}."}
    return {}


def _broken(
    session: Session, clinic: Clinic, added: Phrases, standing: Phrases, vocabulary: Vocabulary
) -> dict[str, str]:
    unsafe = find_unsafe(added, vocabulary, before=standing)
    if unsafe:
        return {"phrase": f"Not added: {unsafe[0].describe()}"}
    lines = regression_lines(session, clinic.id)
    broken = check_phrases(lines, vocabulary, before=standing, added=added)
    if not broken:
        return {}
    shown = "; ".join(one.describe() for one in broken[:3])
    return {"phrase": f"Not added, because of {len(broken)} line(s) that must hold: {shown}."}
