"""Decides what a client's text gets: red flag, consent, help, open question, topic, courtesy or a person. Pure.

It must never send or store anything, never generate words, and never answer when it is unsure.
"""

from dataclasses import replace

from bot.clauses import gather
from bot.combining import combine, is_settled
from bot.consent import read_consent
from bot.decision import Action, Context, Decision, Rule
from bot.findings import Findings
from bot.intents import score_topics
from bot.parts import PartFeatures
from bot.reading import Reading, Vocabulary
from bot.red_flags import find_red_flags
from bot.rules import NOTHING_FOUND, REFINED, Found, decide_by_rules, to_person
from bot.time_words import read_stated_time
from bot.word_features import Features


def decide(text: str, context: Context, vocabulary: Vocabulary) -> Decision:
    """The decision for one text: red flag, consent, help, open question, FAQ, courtesy, person (in this order).

    Two texts in a row may make one question: the pair is read when the last text alone says nothing sure.
    """
    alone = _decide_one(text, context, vocabulary)
    if not context.previous_text or alone.reason.rule in (
        Rule.RED_FLAG,
        Rule.CONSENT,
        Rule.HELP,
        Rule.OPEN_QUESTION,
    ):
        return alone
    pair = _decide_one(f"{context.previous_text} {text}", context, vocabulary)
    says_little = alone.reason.note == NOTHING_FOUND or alone.reason.rule is Rule.COURTESY
    new = pair.action is Action.EMERGENCY or (says_little and pair.action is Action.ANSWER)
    if not new or _decide_one(context.previous_text, context, vocabulary).action is pair.action:
        return alone
    return pair


def _decide_one(text: str, context: Context, vocabulary: Vocabulary) -> Decision:
    found = _read(text, context, vocabulary)
    return _finish(_second_opinion(decide_by_rules(found), found, vocabulary), found)


def _second_opinion(by_rules: Decision, found: Found, vocabulary: Vocabulary) -> Decision:
    if not vocabulary.weights.classes or is_settled(by_rules, found.reading):
        return by_rules
    decision = combine(_findings(by_rules, found, vocabulary))
    if decision is by_rules or decision.action is not Action.ANSWER:
        return decision
    if found.context.refined and "refinement" in decision.intents:
        return to_person(REFINED)
    return replace(decision, handoff=found.needs_a_person_too)


def _findings(by_rules: Decision, found: Found, vocabulary: Vocabulary) -> Findings:
    return Findings(
        decision=by_rules,
        reading=found.reading,
        weights=vocabulary.weights,
        flags=found.flags,
        topics=found.topics,
        denied=found.clearing.denied_places(),
        may_answer=found.may_answer,
    )


def read_features(text: str, context: Context, vocabulary: Vocabulary) -> tuple[Features, PartFeatures]:
    """What the second opinion would weigh in this text, and in parts of it by themselves."""
    found = _read(text, context, vocabulary)
    findings = _findings(decide_by_rules(found), found, vocabulary)
    return findings.features, findings.parts.features()


def _read(text: str, context: Context, vocabulary: Vocabulary) -> Found:
    reading = vocabulary.read(text)
    clearing = gather(reading)
    stated = read_stated_time(reading)
    elapsed = stated.elapsed if stated else None
    return Found(
        reading=reading,
        clearing=clearing,
        flags=find_red_flags(reading, clearing, vocabulary.families),
        consent=read_consent(reading, vocabulary, opted_out=context.opted_out),
        topics=score_topics(reading, vocabulary.topics, elapsed),
        stated=stated,
        language=_language(reading, context, vocabulary),
        context=context,
    )


def _language(reading: Reading, context: Context, vocabulary: Vocabulary) -> str:
    texts = reading.words.texts
    counts = {name: sum(map(words.__contains__, texts)) for name, words in vocabulary.language_words.items()}
    if counts["es"] == counts["en"]:
        return context.language or ("es" if counts["es"] and not counts["en"] else "en")
    return "es" if counts["es"] > counts["en"] else "en"


def _finish(decision: Decision, found: Found) -> Decision:
    return replace(
        decision,
        language=found.language,
        third_person=found.is_about_somebody_else,
        also_books=found.asks_to_book,
        stated_elapsed=found.stated.elapsed if found.stated else None,
        reason=replace(
            decision.reason,
            negated=decision.reason.negated or found.flags.cleared,
            scores=decision.reason.scores or found.topics.scores[:5],
        ),
    )
