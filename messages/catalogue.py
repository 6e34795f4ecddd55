"""The clinic's words: load and check a pack, choose the variant for a moment, render it.

It must never return a half-filled text or one that no person wrote.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from messages.edits import NO_EDITS, Edit, Edits, effective
from messages.fields import sample_values
from messages.filling import fill
from messages.pack_checks import check_pack, check_wording
from messages.plan_rules import PlanRules
from messages.problems import MissingValue, PackError, Problem
from messages.segments import count_segments
from messages.topic_files import read_pack_file, read_plan_file, read_topics
from messages.topics import Kind, Moment, Topic, Variant, When, choose, is_before_the_visit
from messages.versions import version_of

__all__ = [
    "NO_EDITS",
    "Edit",
    "Edits",
    "Kind",
    "MissingValue",
    "Moment",
    "Pack",
    "PackError",
    "Words",
    "load_pack",
]

DEFAULT_PACK = Path(__file__).parent / "neuromodulator"


@dataclass(frozen=True, slots=True)
class Words:
    """A text ready to send, and where it came from. `version` names the wording before values were filled in."""

    text: str
    topic: str
    language: str
    variant: str
    version: str
    approved: bool
    segments: int


@dataclass(frozen=True, slots=True)
class Pack:
    """A checked words pack. `languages[0]` is the one used where a client's language is not in the pack."""

    name: str
    languages: tuple[str, ...]
    discreet_words: tuple[str, ...]
    plan: PlanRules
    topics: Mapping[str, Topic]

    def language(self, wanted: str | None) -> str:
        """The wanted language where the pack has it ("es-MX" counts as "es"), else the first."""
        short = (wanted or "").split("-")[0].lower()
        return short if short in self.languages else self.languages[0]

    def title(self, topic_id: str) -> str:
        """What staff call a topic; of one that is no longer in the pack, its id in plain letters."""
        topic = self.topics.get(topic_id)
        return topic.title if topic else topic_id.replace("_", " ").capitalize()

    def with_titles(self, note: str) -> str:
        """A reason as the router notes it, "asks about: bumps, exercise", with the topics by title."""
        told, colon, listed = note.partition(": ")
        ids = listed.split(", ")
        if not colon or not all(one in self.topics for one in ids):
            return note
        return f"{told}: {', '.join(self.topics[one].title for one in ids)}"

    def choose_variant(self, topic_id: str, language: str, moment: Moment) -> str | None:
        """The variant for a moment, or None where the page has no answer for it: then a person answers.

        Raises KeyError for a topic that is not in the pack.
        """
        topic = self.topics[topic_id]
        if is_before_the_visit(moment) or not topic.span.covers(moment):
            return None
        variant = choose(topic.words[self.language(language)], moment, self.plan)
        if variant is None or (moment.refined and variant.person_after_refinement):
            return None
        return variant.when.value

    def render(
        self,
        topic_id: str,
        language: str,
        variant: str,
        values: Mapping[str, str],
        edits: Edits = NO_EDITS,
        *,
        without_dates: bool = False,
    ) -> Words:
        """The text of a variant with its values filled in; values that the text does not use are ignored.

        Raises MissingValue where a required value is missing, KeyError for an unknown topic or variant.
        """
        topic, chosen, language = self._find(topic_id, language, variant)
        wording = effective(topic_id, topic.kind, topic.words[language], chosen, edits)
        text = fill(topic_id, wording.text, values, without_dates=without_dates)
        return Words(
            text=text,
            topic=topic_id,
            language=language,
            variant=variant,
            version=version_of(wording.text),
            approved=wording.approved,
            segments=count_segments(text).segments,
        )

    def unrendered(self, topic_id: str, language: str, variant: str) -> str:
        """The pack's own wording, a sentence a line: what an editor starts from."""
        return self._find(topic_id, language, variant)[1].unrendered

    def check_edit(self, topic_id: str, language: str, variant: str, text: str) -> tuple[Problem, ...]:
        """What would be wrong with a clinic's own wording of a text; empty where nothing is."""
        topic, chosen, language = self._find(topic_id, language, variant)
        problems: list[Problem] = []
        check_wording(topic, topic.words[language], chosen, text, self.discreet_words, problems)
        return tuple(problems)

    def overlong(self, language: str, values: Mapping[str, str]) -> tuple[Words, ...]:
        """The texts that cost more than they may with a clinic's own name, numbers and addresses filled in."""
        filled = {**sample_values(self.language(language)), **values}
        rendered = (
            (words.max_segments, self.render(topic.id, language, variant, filled))
            for topic in self.topics.values()
            for words in (topic.words[self.language(language)],)
            for variant in words.variants
        )
        return tuple(text for cap, text in rendered if text.segments > cap)

    def phrases(self, language: str) -> tuple[tuple[str, str], ...]:
        """(phrase, topic id) pairs a clinic added, first claim first."""
        ordered = sorted(self.topics.values(), key=lambda topic: topic.phrase_order or 0)
        return tuple((phrase, topic.id) for topic in ordered for phrase in topic.words[language].phrases)

    def _find(self, topic_id: str, language: str, variant: str) -> tuple[Topic, Variant, str]:
        topic = self.topics[topic_id]
        known = self.language(language)
        variants = topic.words[known].variants
        if variant not in variants:
            raise KeyError(f"the topic {topic_id!r} has no variant {variant!r}")
        return topic, variants[When(variant)], known


def load_pack(folder: Path = DEFAULT_PACK) -> Pack:
    """Read a pack and run every check. Raises PackError that lists all problems with file and cure."""
    problems: list[Problem] = []
    name, languages, discreet_words = read_pack_file(folder, problems)
    plan = read_plan_file(folder, problems)
    topics = read_topics(folder, languages, problems)
    check_pack(topics, plan, languages, discreet_words, problems)
    if problems:
        raise PackError(problems)
    return Pack(name, languages, discreet_words, plan, topics)


@cache
def shipped_pack() -> Pack:
    """The clinic's words as shipped: read and checked once a process, never changed. Raises PackError."""
    return load_pack()
