"""`words`: what the bot says. Shows what nobody has approved yet, and records who approves it."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from cli.arguments import NAME, Options, Parser, add_act, add_acts, add_clinic, add_list_options
from cli.desk import Desk
from cli.mistake import Mistake
from cli.printing import print_rows
from cli.records import record
from clock import now
from messages.catalogue import Pack
from messages.clinic_edits import load_edits
from messages.edits import Edits, effective
from messages.versions import version_of
from models.template_version import approve_text
from scheduler.due import release_held_words


@dataclass(frozen=True, slots=True)
class Unapproved:
    """One text that goes to a person instead of a client until somebody signs it."""

    topic: str
    language: str
    variant: str
    version: str
    text: str


def describe(parser: Parser) -> None:
    """words list | approve | confirm-emergency."""
    acts = add_acts(parser)
    add_list_options(add_act(acts, "list", "texts that nobody has approved yet", list_unapproved))
    approve = add_act(acts, "approve", "sign texts as they are", approve_words)
    add_clinic(approve)
    which = approve.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help="everything that waits for it")
    which.add_argument("--topic", help="one topic, such as exercise")
    approve.add_argument("--language", help="only this language, such as es")
    approve.add_argument("--by", required=True, type=NAME, help="who approves")
    confirm = add_act(
        acts, "confirm-emergency", "a clinician's name on the emergency words", confirm_emergency
    )
    add_clinic(confirm)
    confirm.add_argument("--by", required=True, type=NAME, help="the clinician")


def unapproved(pack: Pack, edits: Edits) -> Iterator[Unapproved]:
    """Every text that may not go out by itself with a real carrier."""
    for topic in pack.topics.values():
        for language, words in topic.words.items():
            for variant in words.variants.values():
                wording = effective(topic.id, topic.kind, words, variant, edits)
                if not wording.approved:
                    version = version_of(variant.unrendered)
                    yield Unapproved(topic.id, language, variant.when.value, version, wording.text)


def list_unapproved(desk: Desk, options: Options) -> None:
    """Print what waits for a signature."""
    with desk.reading(options) as (session, clinic):
        waiting = list(unapproved(desk.pack, load_edits(session, clinic.id)))
    rows = [
        {"topic": row.topic, "language": row.language, "variant": row.variant, "text": row.text}
        for row in waiting
    ]
    print_rows(rows, as_json=options.json, nothing="every text is approved")


def approve_words(desk: Desk, options: Options) -> None:
    """Record the approval of each text asked for."""
    pack = desk.pack
    if not options.all and options.topic is None:
        raise Mistake("say which: --all, or --topic TOPIC; what waits is shown by: app.py words list")
    if options.topic and options.topic not in pack.topics:
        raise Mistake(f"there is no topic {options.topic!r}; see: app.py words list")
    with desk.writing(options) as (session, clinic):
        waiting = [
            row
            for row in unapproved(pack, load_edits(session, clinic.id))
            if options.topic in (None, row.topic) and options.language in (None, row.language)
        ]
        for row in waiting:
            _sign(session, clinic.id, row, options.by)
        freed = release_held_words(session, clinic.id, desk, now=now(session))
    print(f"{len(waiting)} texts approved by {options.by}." if waiting else "Nothing waited for approval.")
    if freed:
        print(f"Planned texts that were held for their words and are planned again: {freed}.")


def _sign(session: Session, clinic_id: int, row: Unapproved, by: str) -> None:
    signed = approve_text(
        session,
        clinic_id=clinic_id,
        topic=row.topic,
        language=row.language,
        variant=row.variant,
        version=row.version,
        by=by,
        now=now(session),
    )
    record(session, "words_approved", clinic_id=clinic_id, kind="template_version", id=signed.id)


def confirm_emergency(desk: Desk, options: Options) -> None:
    """Record which clinician stands for the emergency words."""
    with desk.writing(options) as (session, clinic):
        clinic.emergency_words_confirmed_by = options.by
        clinic.emergency_words_confirmed_at = now(session)
        record(session, "emergency_words_confirmed", clinic_id=clinic.id, kind="clinic", id=clinic.id)
    print(f"{options.by} stands for the emergency words.")
