"""A clinic's own wording and approvals as plain values, laid over the pack's words. Pure; rows are read elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from messages.topics import Kind, TopicWords, Variant
from messages.versions import version_of

# Never held back for want of an approval: without them a person in need, or one who says STOP, gets no answer.
# They hold no answer of the clinic's page; `doctor` asks for a clinician's name on the emergency words.
ALWAYS_SENT = (Kind.SYSTEM, Kind.EMERGENCY)


@dataclass(frozen=True, slots=True)
class Edit:
    """One row in effect. `text` None = the pack's own words of `base_version`, approved as they are."""

    text: str | None
    approved: bool
    base_version: str


@dataclass(frozen=True, slots=True)
class Edits:
    """What a clinic changed or approved, by (topic, language, variant)."""

    by_text: Mapping[tuple[str, str, str], Edit] = field(default_factory=dict)
    all_approved: bool = False  # simulation: every text counts as approved

    def lookup(self, topic: str, language: str, variant: str) -> Edit | None:
        """The row in effect for one text, if any."""
        return self.by_text.get((topic, language, variant))


NO_EDITS = Edits()


@dataclass(frozen=True, slots=True)
class Wording:
    """What is said, before any value is filled in."""

    text: str  # a sentence a line
    approved: bool


def effective(topic_id: str, kind: Kind, words: TopicWords, variant: Variant, edits: Edits) -> Wording:
    """The clinic's wording where there is one, else the pack's; and whether it may go out by itself."""
    edit = edits.lookup(topic_id, words.language, variant.when)
    own = variant.unrendered
    if edit is None or edit.text is None:
        signed = edit is not None and edit.approved and edit.base_version == version_of(own)
        return Wording(own, signed or words.approved_by_page or kind in ALWAYS_SENT or edits.all_approved)
    approved = edit.approved or edits.all_approved
    if not approved and kind in ALWAYS_SENT:
        return Wording(own, approved=True)
    return Wording(edit.text, approved)
