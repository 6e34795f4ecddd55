"""What the bot says, as staff read, change, approve and take back. Never changes the pack itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from desk.forms import FormError
from desk.records import record
from messages.catalogue import Pack
from messages.clinic_edits import load_edits
from messages.edits import ALWAYS_SENT, Edits, effective
from messages.fields import sample_values
from messages.filling import fill
from messages.segments import SegmentCount, count_segments, fold
from messages.topics import Topic, TopicWords, Variant, When
from messages.versions import version_of
from models.clinic import Clinic
from models.staff import Staff
from models.template_version import TemplateVersion, approve_text, template_versions, text_history
from scheduler.due import release_held_words

CHANGED_MEANWHILE = "These words were changed meanwhile. Read them again, then decide."
BY_PAGE = "as on the clinic's page"
ALWAYS = "sent as it stands"


@dataclass(frozen=True, slots=True)
class TextKey:
    """Which text: topic, language and variant."""

    topic: str
    language: str
    variant: str


@dataclass(frozen=True, slots=True)
class TextView:
    """One text as staff see it. `shown` = as a client reads it, with sample values; `approval` = who stands for it."""

    key: TextKey
    unrendered: str  # a sentence a line
    shown: str
    count: SegmentCount
    most_segments: int
    version: str
    is_own: bool
    is_approved: bool
    approval: str
    approved_at: datetime | None
    is_overtaken: bool  # the pack's words changed after the clinic wrote its own


@dataclass(frozen=True, slots=True)
class TopicView:
    """One topic with its texts: a row for each variant, a column for each language."""

    topic: Topic
    rows: tuple[tuple[str, tuple[TextView, ...]], ...]

    @property
    def unapproved(self) -> int:
        return sum(not text.is_approved for _, texts in self.rows for text in texts)

    @property
    def own(self) -> int:
        return sum(text.is_own for _, texts in self.rows for text in texts)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A clinic's words as they stand: the pack, its own rows, and the values that texts are shown with.

    `all_approved`: in simulation no planned text waits for an approval; what would is shown all the same.
    """

    pack: Pack
    edits: Edits
    rows: Mapping[tuple[str, str, str], TemplateVersion]
    values: Mapping[str, Mapping[str, str]]  # by language
    all_approved: bool = False


def open_shelf(
    session: Session,
    clinic: Clinic,
    pack: Pack,
    values: Mapping[str, Mapping[str, str]],
    *,
    all_approved: bool = False,
) -> Shelf:
    """Read a clinic's words. `values` are the clinic's own; samples stand in for a client's."""
    standing = {(row.topic, row.language, row.variant): row for row in template_versions(session, clinic.id)}
    filled = {
        language: {**sample_values(language), **values.get(language, {})} for language in pack.languages
    }
    return Shelf(pack, load_edits(session, clinic.id), standing, filled, all_approved)


def read_topic(shelf: Shelf, topic: Topic) -> TopicView:
    """A topic and all its texts."""
    first = topic.words[shelf.pack.languages[0]]
    rows = tuple(
        (
            when.value,
            tuple(_read_text(shelf, topic, words, words.variants[when]) for words in topic.words.values()),
        )
        for when in first.variants
    )
    return TopicView(topic, rows)


def read_text(shelf: Shelf, key: TextKey) -> TextView:
    """One text. Raises KeyError where there is none."""
    topic = shelf.pack.topics[key.topic]
    words = topic.words[key.language]
    return _read_text(shelf, topic, words, words.variants[_when(key)])


def has_text(pack: Pack, key: TextKey) -> bool:
    """Whether the pack has such a text."""
    topic = pack.topics.get(key.topic)
    words = topic.words.get(key.language) if topic else None
    return words is not None and key.variant in set(words.variants)


def save_edit(
    session: Session,
    clinic: Clinic,
    shelf: Shelf,
    key: TextKey,
    text: str,
    *,
    approve: bool,
    by: Staff,
    now: datetime,
) -> None:
    """The clinic's own wording of one text, from now on. The pack's own words again = taken back. Raises FormError.

    As with approve and revert, planned texts that were held for their words leave where they can now.
    """
    written = clean_text(text)
    problems = shelf.pack.check_edit(key.topic, key.language, key.variant, written)
    if problems:
        raise FormError({"text": "\n".join(f"{_sentence(one.what)} {one.cure}" for one in problems)})
    own = shelf.pack.unrendered(key.topic, key.language, key.variant)
    if written == own:
        revert(session, clinic, shelf, key, by=by, now=now)
        return
    row = TemplateVersion(
        clinic_id=clinic.id,
        topic=key.topic,
        language=key.language,
        variant=key.variant,
        text=written,
        version=version_of(written),
        base_hash=version_of(own),
        edited_by=by.name,
        edited_at=now,
        approved_by=by.name if approve else None,
        approved_at=now if approve else None,
    )
    session.add(row)
    session.flush()
    record(session, by, "words_edited", kind="template_version", id=row.id, now=now)
    if approve:
        record(session, by, "words_approved", kind="template_version", id=row.id, now=now)
    release_held_words(session, clinic.id, shelf, now=now)


def approve(
    session: Session, clinic: Clinic, shelf: Shelf, key: TextKey, *, seen: str, by: Staff, now: datetime
) -> None:
    """Put a name under what stands, if it is still what was read (`seen` = its version). Raises FormError."""
    standing = read_text(shelf, key)
    if standing.version != seen:
        raise FormError({"text": CHANGED_MEANWHILE})
    row = approve_text(
        session,
        clinic_id=clinic.id,
        topic=key.topic,
        language=key.language,
        variant=key.variant,
        version=version_of(shelf.pack.unrendered(key.topic, key.language, key.variant)),
        by=by.name,
        now=now,
    )
    record(session, by, "words_approved", kind="template_version", id=row.id, now=now)
    release_held_words(session, clinic.id, shelf, now=now)


def revert(session: Session, clinic: Clinic, shelf: Shelf, key: TextKey, *, by: Staff, now: datetime) -> None:
    """The pack's own words again. The clinic's stay in the history."""
    for row in history(session, clinic, key):
        if row.retired_at is None:
            row.retired_at = now
            record(session, by, "words_reverted", kind="template_version", id=row.id, now=now)
    release_held_words(session, clinic.id, shelf, now=now)


def history(session: Session, clinic: Clinic, key: TextKey) -> list[TemplateVersion]:
    """Every edit and approval of one text, the newest first."""
    return text_history(
        session, clinic_id=clinic.id, topic=key.topic, language=key.language, variant=key.variant
    )


def clean_text(text: str) -> str:
    """What was typed in, a sentence a line, look-alike punctuation made plain."""
    lines = (" ".join(fold(line).split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _when(key: TextKey) -> When:
    return When(key.variant)


def _read_text(shelf: Shelf, topic: Topic, words: TopicWords, variant: Variant) -> TextView:
    key = TextKey(topic.id, words.language, variant.when.value)
    row = shelf.rows.get((key.topic, key.language, key.variant))
    written = row.text if row is not None and row.text is not None else variant.unrendered
    is_own = row is not None and row.text is not None
    shown = fill(topic.id, written, shelf.values[words.language])
    is_signed = (
        row is not None
        and row.approved_at is not None
        and (is_own or row.base_hash == version_of(variant.unrendered))
    )
    wording = effective(topic.id, topic.kind, words, variant, shelf.edits)
    return TextView(
        key=key,
        unrendered=written,
        shown=shown,
        count=count_segments(shown),
        most_segments=words.max_segments,
        version=version_of(written),
        is_own=is_own,
        is_approved=is_signed if is_own else wording.approved,
        approval=_approval(row, words, topic, is_signed=is_signed, is_own=is_own),
        approved_at=row.approved_at if row is not None and is_signed else None,
        is_overtaken=is_own and row is not None and row.base_hash != version_of(variant.unrendered),
    )


def _approval(
    row: TemplateVersion | None, words: TopicWords, topic: Topic, *, is_signed: bool, is_own: bool
) -> str:
    if row is not None and is_signed:
        return f"approved by {row.approved_by}"
    if is_own:
        return "not approved yet"
    if words.approved_by_page:
        return BY_PAGE
    return ALWAYS if topic.kind in ALWAYS_SENT else "not approved yet"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
