"""Everything that can be wrong with a words pack, found when it is loaded. Each problem names its file and its cure."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import groupby

from messages.plan_rules import PlanRules
from messages.problems import Problem
from messages.topics import Kind, Moment, Topic, TopicWords, When, choose
from messages.wording_checks import check_wording, plain_words

__all__ = ["check_pack", "check_wording"]

# Texts that the code sends by name; a pack without one of them could not answer at all.
NEEDED_TOPICS = {
    "alert_page": Kind.SYSTEM,
    "ask_which_client": Kind.SYSTEM,
    "booking_link": Kind.SYSTEM,
    "check_in_thanks_happy": Kind.SYSTEM,
    "check_in_to_person": Kind.SYSTEM,
    "correction": Kind.REMINDER,
    "emergency": Kind.EMERGENCY,
    "enrolled_ack": Kind.SYSTEM,
    "greeting": Kind.SYSTEM,
    "handover": Kind.SYSTEM,
    "handover_today": Kind.SYSTEM,
    "help": Kind.SYSTEM,
    "late_note": Kind.SYSTEM,
    "not_enough_known": Kind.SYSTEM,
    "opt_in_confirmation": Kind.SYSTEM,
    "photo_received": Kind.SYSTEM,
    "rest_to_person": Kind.SYSTEM,
    "self_harm": Kind.EMERGENCY,
    "staff_ack": Kind.SYSTEM,
    "start_confirmed": Kind.SYSTEM,
    "stop_and_emergency": Kind.EMERGENCY,
    "stop_confirmed": Kind.SYSTEM,
    "third_person": Kind.SYSTEM,
    "unknown_number": Kind.SYSTEM,
    "urgent_today": Kind.EMERGENCY,
}


def check_pack(
    topics: Mapping[str, Topic],
    plan: PlanRules,
    languages: tuple[str, ...],
    discreet_words: tuple[str, ...],
    problems: list[Problem],
) -> None:
    """Append every problem of the pack as a whole and of each of its texts."""
    _check_needed(topics, plan, problems)
    for topic in topics.values():
        for words in topic.words.values():
            _check_variants(topic, words, plan, problems)
            for variant in words.variants.values():
                check_wording(topic, words, variant, variant.unrendered, discreet_words, problems)
        _check_languages_agree(topic, problems)
    for language in languages:
        _check_phrases(topics, language, problems)


def _check_needed(topics: Mapping[str, Topic], plan: PlanRules, problems: list[Problem]) -> None:
    needed = {**NEEDED_TOPICS, **{rule.id: Kind.REMINDER for rule in plan.steps}}
    for topic_id, kind in needed.items():
        if topic_id not in topics:
            problems.append(
                Problem(f"{topic_id}.toml", "this topic is missing", f"Add it, with kind = {kind}.")
            )
        elif topics[topic_id].kind is not kind:
            problems.append(Problem(f"{topic_id}.toml", "the kind is wrong", f'Write kind = "{kind}".'))


def _check_variants(topic: Topic, words: TopicWords, plan: PlanRules, problems: list[Problem]) -> None:
    if not words.variants:
        problems.append(
            Problem(words.where, "the topic has no variant", 'Add one: [[variant]], when = "any".')
        )
        return
    reached: set[When] = set()
    for moment in _moments_inside(topic, plan):
        variant = choose(words, moment, plan)
        if variant is not None:
            reached.add(variant.when)
            continue
        problems.append(
            Problem(words.where, f"no variant for {_said(moment)}", "Add one, or narrow the span.")
        )
    problems.extend(
        Problem(words.where, f"{when} is never used", "Take it out, or mend order and span.")
        for when in words.variants
        if when not in reached
    )


def _moments_inside(topic: Topic, plan: PlanRules) -> Iterator[Moment]:
    """One moment of each class that the span covers, and no treatment at all."""
    yield Moment()
    hours = [0, plan.exercise_hours, 24]
    days = [2, plan.refinement_from_day - 1, plan.refinement_from_day, plan.refinement_until_day]
    days += [plan.refinement_until_day + 1, 120]
    moments = [Moment(timedelta(hours=each), each // 24) for each in hours]
    moments += [Moment(timedelta(days=each), each) for each in days]
    yield from (moment for moment in moments if topic.span.covers(moment))


def _said(moment: Moment) -> str:
    if moment.elapsed is None:
        return "a client without a treatment"
    return f"day {moment.day}" if moment.day else f"hour {moment.elapsed // timedelta(hours=1)}"


def _check_languages_agree(topic: Topic, problems: list[Problem]) -> None:
    first, *others = topic.words.values()
    for other in others:
        if list(other.variants) != list(first.variants):
            wanted = ", ".join(first.variants)
            problems.append(
                Problem(other.where, "the variants differ", f"Write them as in {first.where}: {wanted}.")
            )


def _check_phrases(topics: Mapping[str, Topic], language: str, problems: list[Problem]) -> None:
    claims = sorted(
        (" ".join(plain_words(phrase)), topic.phrase_order or 0, topic.id)
        for topic in topics.values()
        if language in topic.words
        for phrase in topic.words[language].phrases
    )
    for phrase, group in groupby(claims, key=lambda claim: claim[0]):
        rivals = list(group)
        if len({order for _, order, _ in rivals}) < len(rivals):
            names = " and ".join(topic_id for _, _, topic_id in rivals)
            what = f"the phrase {phrase!r} is claimed by {names}"
            problems.append(Problem(language, what, "Give them a phrase_order, or take it out of one."))
