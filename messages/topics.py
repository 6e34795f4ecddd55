"""What a topic of the words pack is made of, and which of its variants fits a moment. Pure: no files, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from messages.plan_rules import PlanRules


class Kind(StrEnum):
    """What a text is for; decides its cap and whether it must be discreet."""

    FAQ = "faq"
    REMINDER = "reminder"
    SYSTEM = "system"
    EMERGENCY = "emergency"


class When(StrEnum):
    """The moments a variant can be for, counted from the latest injection. Also the variant's name."""

    WITHIN_16H = "within_16h"
    BEFORE_DAY_14 = "before_day_14"
    DAY_14_21 = "day_14_21"
    LATER = "later"
    NO_TREATMENT = "no_treatment"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a client stands. `elapsed` is real time, `day` the local day N since the latest injection.

    Both None: no treatment on file. `refined`: the latest visit was a refinement.
    """

    elapsed: timedelta | None = None
    day: int | None = None
    refined: bool = False

    @property
    def has_treatment(self) -> bool:
        """Whether there is an injection to count from."""
        return self.elapsed is not None or self.day is not None


@dataclass(frozen=True, slots=True)
class Span:
    """The time since the injection for which the clinic's page has an answer; both ends included."""

    from_hours: int = 0
    to_hours: int | None = None
    to_days: int | None = None

    def covers(self, moment: Moment) -> bool:
        """Whether the moment lies inside; without a treatment there is nothing to be outside of."""
        if moment.elapsed is not None and not self._covers_hours(moment.elapsed):
            return False
        return moment.day is None or self.to_days is None or moment.day <= self.to_days

    def _covers_hours(self, elapsed: timedelta) -> bool:
        if elapsed < timedelta(hours=self.from_hours):
            return False
        return self.to_hours is None or elapsed <= timedelta(hours=self.to_hours)


@dataclass(frozen=True, slots=True)
class Variant:
    """One wording of a topic. After a refinement a `person_after_refinement` variant goes to a person instead."""

    when: When
    text: tuple[str, ...]  # sentences with placeholders
    must_contain: tuple[str, ...] = ()
    person_after_refinement: bool = False

    @property
    def unrendered(self) -> str:
        """The wording in one string, a sentence a line: what is edited, approved and hashed."""
        return "\n".join(self.text)


@dataclass(frozen=True, slots=True)
class TopicWords:
    """A topic in one language."""

    language: str
    variants: Mapping[When, Variant]  # in the order of the file: the first that fits wins
    phrases: tuple[str, ...]
    approved_by_page: bool
    max_segments: int
    where: str  # the file, for messages to people


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic in all its languages. Everything but the words comes from the file of the first language."""

    id: str
    title: str  # what staff call it
    kind: Kind
    source: str
    span: Span
    phrase_order: int | None  # of two topics that claim one phrase, the lower order gets it
    words: Mapping[str, TopicWords]


def fits(when: When, moment: Moment, plan: PlanRules) -> bool:
    """Whether a moment is one of those a variant is for. Day 14 and day 21 belong to day_14_21."""
    if when is When.ANY:
        return True
    if not moment.has_treatment:
        return when is When.NO_TREATMENT
    day = _day(moment)
    if when is When.WITHIN_16H:
        return moment.elapsed is not None and moment.elapsed < timedelta(hours=plan.exercise_hours)
    if when is When.BEFORE_DAY_14:
        return day < plan.refinement_from_day
    if when is When.DAY_14_21:
        return plan.refinement_from_day <= day <= plan.refinement_until_day
    return when is When.LATER and day > plan.refinement_until_day


def choose(words: TopicWords, moment: Moment, plan: PlanRules) -> Variant | None:
    """The first variant of the file that fits; None where none does."""
    for variant in words.variants.values():
        if fits(variant.when, moment, plan):
            return variant
    return None


def is_before_the_visit(moment: Moment) -> bool:
    """A visit that lies ahead (a wrong date, or an appointment entered as a visit) has no answer of ours."""
    return (moment.elapsed or timedelta()) < timedelta() or (moment.day or 0) < 0


def _day(moment: Moment) -> int:
    if moment.day is not None:
        return moment.day
    return (moment.elapsed or timedelta()).days
