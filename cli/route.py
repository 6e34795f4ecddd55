"""`route`: what the bot would do with a text, and why. Records nothing and sends nothing."""

import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from zoneinfo import ZoneInfo

from bot import router
from bot.decision import Action, Context, Decision
from bot.notes import margin_of
from bot.replies import compose
from bot.reply import Reply, ReplyFacts
from bot.vocabulary import Vocabulary
from cli.arguments import Options, Parser, add_clinic
from cli.desk import Desk, zone_of
from cli.mistake import Mistake
from cli.moments import parse_moment
from clinic_time.local_time import at_local, day_number, local_day
from clock import now
from desk.phrases import Phrases, clinic_phrases
from messages.catalogue import Moment, Pack
from messages.clinic_edits import load_edits
from messages.edits import Edits
from messages.values import clinic_values, visit_values
from models.clinic import Clinic, default_number

NOON = clock_time(12)
LANGUAGES = ("en", "es")


@dataclass(frozen=True, slots=True)
class Asked:
    """One text and what is known around it. `treated_at` None = no treatment on file."""

    id: str | None
    text: str
    treated_at: datetime | None
    at: datetime
    asked: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class Room:
    """What answers are made from."""

    clinic: Clinic
    number: str
    pack: Pack
    vocabulary: Vocabulary
    edits: Edits
    own_phrases: Phrases  # added at the desk
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(self.clinic)


def describe(parser: Parser) -> None:
    """route TEXT | --jsonl FILE."""
    parser.add_argument("text", nargs="?", metavar="TEXT")
    parser.add_argument(
        "--jsonl", metavar="FILE", help='lines {"id": ..., "text": ...}; - for standard input'
    )
    add_clinic(parser)
    parser.add_argument("--day", type=int, metavar="N", help="N x 24 hours after a visit at noon")
    parser.add_argument("--treated-at", metavar="ISO8601", help="the latest treatment")
    parser.add_argument("--at", metavar="ISO8601", help="when the text comes (default: now)")
    parser.add_argument("--asked", metavar="STEP", help="the question still open, such as check_in")
    parser.add_argument("--language", choices=LANGUAGES, help="the language on file")
    parser.set_defaults(act=route)


def route(desk: Desk, options: Options) -> int:
    """Print one JSON line a text; exit code 1 where a line of the file could not be read."""
    if (options.text is None) == (options.jsonl is None):
        raise Mistake("write one TEXT, or --jsonl FILE")
    if options.day is not None and (options.treated_at or options.at):
        raise Mistake("--day already says both moments; leave out --treated-at and --at")
    _check_asked(desk, options.asked)
    room = _open_room(desk, options)
    failed = 0
    for line in _texts(options):
        try:
            print(json.dumps(_answer(room, _read(room, line, options)), ensure_ascii=False))
        except Mistake as error:
            print(f"app.py: {error}", file=sys.stderr)
            failed = 1
    return failed


def _check_asked(desk: Desk, asked: str | None) -> None:
    steps = [rule.id for rule in desk.pack.plan.steps]
    if asked is not None and asked not in steps:
        raise Mistake(f"--asked {asked!r} is not a step of the plan; write one of: {', '.join(steps)}")


def _open_room(desk: Desk, options: Options) -> Room:
    with desk.reading(options) as (session, clinic):
        return Room(
            clinic=clinic,
            number=default_number(session, clinic.id).number,
            pack=desk.pack,
            vocabulary=desk.deployment.vocabulary,
            edits=load_edits(session, clinic.id, all_approved=desk.is_simulated),
            own_phrases=clinic_phrases(session, clinic.id),
            now=now(session),
        )


def _texts(options: Options) -> Iterator[Mapping[str, object]]:
    if options.text is not None:
        yield {"id": None, "text": options.text}
        return
    for number, line in enumerate(_lines(options.jsonl), start=1):
        if line.strip():
            yield _parse(line, number)


def _lines(file: str) -> Iterable[str]:
    if file == "-":
        return sys.stdin
    return Path(file).read_text(encoding="utf-8").splitlines()


def _parse(line: str, number: int) -> Mapping[str, object]:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        return {"wrong": f'line {number} is not a JSON object with a "text"'}
    return row


def _read(room: Room, line: Mapping[str, object], options: Options) -> Asked:
    """A line's own day and question win over the options. Raises Mistake."""
    if "wrong" in line:
        raise Mistake(str(line["wrong"]))
    treated_at, at = _moments(room, line.get("day", options.day), options)
    return Asked(
        id=None if line.get("id") is None else str(line["id"]),
        text=str(line["text"]),
        treated_at=treated_at,
        at=at,
        asked=_optional(line.get("asked", options.asked)),
        language=options.language,
    )


def _optional(value: object) -> str | None:
    return str(value) if value else None


def _moments(room: Room, day: object, options: Options) -> tuple[datetime | None, datetime]:
    if day is not None:
        return _days_after_noon(room, day)
    at = parse_moment(options.at, room.zone) if options.at else room.now
    treated_at = parse_moment(options.treated_at, room.zone) if options.treated_at else None
    if treated_at is not None and at < treated_at:
        raise Mistake("--at is before --treated-at; check both")
    return treated_at, at


def _days_after_noon(room: Room, day: object) -> tuple[datetime, datetime]:
    if not isinstance(day, int) or isinstance(day, bool) or not 0 <= day <= 3650:
        raise Mistake(f"the day must be a whole number from 0 to 3650, not {day!r}")
    today = local_day(room.now, room.zone)
    treated_at = at_local(today - timedelta(days=day), NOON, room.zone)
    return treated_at, treated_at + timedelta(hours=24 * day)


def _answer(room: Room, asked: Asked) -> dict[str, object]:
    moment = _moment(room, asked)
    context = Context(
        elapsed=moment.elapsed,
        day=moment.day,
        open_question=asked.asked,
        language=asked.language,
        clinic_phrases=(*room.own_phrases, *room.pack.phrases(room.pack.language(asked.language))),
    )
    started = time.perf_counter()
    decision = router.decide(asked.text, context, room.vocabulary)
    spent = time.perf_counter() - started
    facts = ReplyFacts(_values(room, asked, decision.language), moment, open_question=asked.asked)
    reply = compose(decision, facts, room.pack, room.edits)
    return _line(asked, decision, reply, spent)


def _moment(room: Room, asked: Asked) -> Moment:
    if asked.treated_at is None:
        return Moment()
    visit_day = local_day(asked.treated_at, room.zone)
    return Moment(asked.at - asked.treated_at, day_number(visit_day, asked.at, room.zone))


def _values(room: Room, asked: Asked, language: str) -> dict[str, str]:
    known = room.pack.language(language)
    values = clinic_values(room.clinic, room.number, now=asked.at, language=known)
    if asked.treated_at is None:
        return values
    return values | visit_values(
        injected_at=asked.treated_at,
        local_day=local_day(asked.treated_at, room.zone),
        now=asked.at,
        zone=room.zone,
        language=known,
        plan=room.pack.plan,
    )


def _line(asked: Asked, decision: Decision, reply: Reply, spent: float) -> dict[str, object]:
    """What would really happen: a topic whose answer is missing for this moment, or not approved, goes to a person."""
    spoken = [topic for topic in decision.intents if topic in reply.topics]
    answers = decision.action is Action.ANSWER and not spoken
    return {
        "id": asked.id,
        "action": Action.ESCALATE.value if answers else decision.action.value,
        "intents": spoken,
        "handoff": bool(reply.person) or decision.handoff,
        "urgency": decision.urgency.value,
        "ms": round(spent * 1000, 3),
        "why": f"{decision.reason.rule.value}: {reply.person or decision.reason.note}",
        "reply": "\n".join(reply.texts),
        "approved": reply.approved,
        "words": list(decision.reason.words),
        "negated": list(decision.reason.negated),
        "margin": margin_of(decision.reason),
        "scores": [list(score) for score in decision.reason.scores],
        "variants": reply.variants,
    }
