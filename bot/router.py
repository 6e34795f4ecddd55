"""Decides what a client's text gets: red flag, consent, help, open question, topic, courtesy or a person. Pure.

It must never send or store anything, never generate words, and never answer when it is unsure.
"""

from dataclasses import dataclass, replace

from bot.check_in import read_check_in
from bot.clauses import Clearing, gather
from bot.combining import CLINIC_PHRASE, combine, is_settled
from bot.consent import Consent, read_consent
from bot.decision import Action, Context, Decision, QuestionReply, Reason, Rule, Urgency
from bot.findings import Findings
from bot.intents import MOST_TOPICS, TopicScores, score_topics
from bot.patterns import used_by
from bot.reading import Reading, Vocabulary
from bot.red_flags import RedFlags, find_red_flags
from bot.text import normalise
from bot.time_words import StatedTime, disagrees, read_stated_time
from bot.word_features import (
    SYMPTOM_SIGN,
    Features,
    Sign,
    clearing_signs,
    features_of,
    symptom_signs,
    topic_signs,
)

NOTHING_FOUND = "nothing in the text matches a topic of the clinic"
REFINED = "a refinement has been done already: a person decides about another"


@dataclass(frozen=True, slots=True)
class _Findings:
    """Everything read out of one text before the order of decisions is applied."""

    reading: Reading
    clearing: Clearing
    flags: RedFlags
    consent: Consent
    topics: TopicScores
    stated: StatedTime | None
    language: str
    context: Context


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
    return _finish(_second_opinion(_by_rules(found), found, vocabulary), found)


def _by_rules(found: _Findings) -> Decision:
    decisions = (step(found) for step in STEPS)
    return next((decision for decision in decisions if decision is not None), _to_person(NOTHING_FOUND))


def _second_opinion(by_rules: Decision, found: _Findings, vocabulary: Vocabulary) -> Decision:
    if not vocabulary.weights.classes or is_settled(by_rules, found.reading):
        return by_rules
    pieces = Findings(
        decision=by_rules,
        reading=found.reading,
        weights=vocabulary.weights,
        signs=_signs(by_rules, found),
        unsure=found.flags.unsure,
        flagged=found.flags.sentences,
        denied=found.clearing.denied_places(),
        may_answer=not disagrees(found.stated, found.context.elapsed, found.context.day),
    )
    decision = combine(pieces)
    if decision is by_rules or decision.action is not Action.ANSWER:
        return decision
    if found.context.refined and "refinement" in decision.intents:
        return _to_person(REFINED)
    return replace(decision, handoff=_third_person(found) or found.context.has_photo)


def _signs(by_rules: Decision, found: _Findings) -> list[Sign]:
    """What the rules saw, for the second opinion to weigh."""
    unsure = [Sign(f"{SYMPTOM_SIGN}unsure")] if found.flags.unsure else []
    topics = topic_signs(found.topics.scores, found.topics.chosen, by_rules.action.value)
    return [*clearing_signs(found.reading), *symptom_signs(found.flags.judged), *unsure, *topics]


def read_features(text: str, context: Context, vocabulary: Vocabulary) -> Features:
    """What the second opinion would weigh in this text."""
    found = _read(text, context, vocabulary)
    return features_of(found.reading, _signs(_by_rules(found), found), denied=found.clearing.denied_places())


def read_samples_of(text: str, vocabulary: Vocabulary) -> list[Features]:
    """For learning the weights: the whole text, then each of its sentences if there are several."""
    found = _read(text, Context(), vocabulary)
    signs = _signs(_by_rules(found), found)
    numbers = sorted({word.sentence for word in found.reading.words})
    pieces = [None, *numbers] if len(numbers) > 1 else [None]
    denied = found.clearing.denied_places()
    return [features_of(found.reading, signs, piece, denied=denied) for piece in pieces]


def _read(text: str, context: Context, vocabulary: Vocabulary) -> _Findings:
    reading = vocabulary.read(text)
    clearing = gather(reading)
    stated = read_stated_time(reading)
    elapsed = stated.elapsed if stated else None
    return _Findings(
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
    counts = {
        name: sum(word.text in words for word in reading.words)
        for name, words in vocabulary.language_words.items()
    }
    if counts["es"] == counts["en"]:
        return context.language or ("es" if counts["es"] and not counts["en"] else "en")
    return "es" if counts["es"] > counts["en"] else "en"


def _finish(decision: Decision, found: _Findings) -> Decision:
    return replace(
        decision,
        language=found.language,
        third_person=_third_person(found),
        stated_elapsed=found.stated.elapsed if found.stated else None,
        reason=replace(
            decision.reason,
            negated=decision.reason.negated or found.flags.cleared,
            scores=decision.reason.scores or found.topics.scores[:5],
        ),
    )


def _third_person(found: _Findings) -> bool:
    return any(m.pattern.key == "third_person" for m in found.reading.table("clearing"))


def _red_flag(found: _Findings) -> Decision | None:
    if found.flags.emergency is None:
        return None
    note = "red flag: " + ", ".join(found.flags.families)
    return Decision(
        Action.EMERGENCY,
        Reason(Rule.RED_FLAG, note, found.flags.words),
        handoff=True,
        urgency=Urgency.NOW,
        emergency=found.flags.emergency,
        also_stop=found.consent.wish == "stop",
    )


def _consent(found: _Findings) -> Decision | None:
    actions = {"stop": Action.OPTOUT, "start": Action.OPTIN}
    action = actions.get(found.consent.wish or "")
    if action is None:
        return None
    unsure = found.flags.unsure
    return Decision(
        action,
        Reason(Rule.CONSENT, f"asks to {found.consent.wish} texts", found.consent.words),
        handoff=unsure,
        urgency=Urgency.TODAY if unsure else Urgency.NORMAL,
    )


def _help(found: _Findings) -> Decision | None:
    if found.consent.wish != "help" or found.flags.unsure:
        return None
    return Decision(Action.HELP, Reason(Rule.HELP, "asks what this number is", found.consent.words))


def _unsure(found: _Findings) -> Decision | None:
    if not found.flags.unsure:
        return None
    return _to_person(
        "mentions a symptom that may be serious; not clearly happening now",
        urgency=Urgency.TODAY,
        words=found.flags.words,
    )


def _open_question(found: _Findings) -> Decision | None:
    if found.context.open_question != "check_in":
        return None
    reply = read_check_in(found.reading, has_photo=found.context.has_photo)
    if reply is None:
        return None
    happy = reply is QuestionReply.HAPPY and not found.context.has_photo
    return Decision(
        Action.ACK if happy else Action.ESCALATE,
        Reason(Rule.OPEN_QUESTION, f"check-in reply: {reply.value}", (found.reading.plain[:40],)),
        handoff=not happy,
        question_reply=reply,
    )


def _clinic_phrase(found: _Findings) -> Decision | None:
    for phrase, topic in found.context.clinic_phrases:
        if normalise(phrase) == found.reading.plain and found.reading.plain:
            return Decision(Action.ANSWER, Reason(Rule.FAQ, CLINIC_PHRASE, (phrase,)), intents=(topic,))
    return None


def _off_page(found: _Findings) -> Decision | None:
    matches = [m for m in found.reading.table("off_page") if not found.clearing.is_denied(m)]
    if not matches:
        return None
    urgent = any(m.pattern.weight == 2 for m in matches)
    kinds = ", ".join(dict.fromkeys(m.pattern.key for m in matches))
    words = found.reading.written(matches)
    return _to_person(
        f"not on the clinic's page: {kinds}", urgency=Urgency.TODAY if urgent else Urgency.NORMAL, words=words
    )


def _topic(found: _Findings) -> Decision | None:
    chosen = found.topics.chosen
    if not chosen:
        return None
    if len(chosen) > MOST_TOPICS:
        return _to_person("asks about more than two topics")
    if found.context.refined and "refinement" in chosen:
        return _to_person(REFINED)
    if disagrees(found.stated, found.context.elapsed, found.context.day):
        return _to_person("the time stated in the text does not fit our record of the visit")
    return Decision(
        Action.ANSWER,
        Reason(Rule.FAQ, "asks about: " + ", ".join(chosen), found.topics.words, margin=found.topics.margin),
        intents=chosen,
        handoff=_third_person(found) or found.context.has_photo,
    )


def _booking(found: _Findings) -> Decision | None:
    matches = found.reading.table("booking")
    if not matches:
        return None
    return _to_person("booking, price or running late", words=found.reading.written(matches))


def _courtesy(found: _Findings) -> Decision | None:
    rows = found.reading.table("courtesy")
    covered = used_by(m for m in rows if m.pattern.key in ("courtesy", "filler"))
    polite = any(m.pattern.key == "courtesy" for m in rows)
    compliment = any(m.pattern.key == "compliment" for m in rows)
    complaint = any(m.pattern.key == "complaint" for m in rows)
    only_polite = polite and covered.bit_count() == len(found.reading.words)
    if found.reading.question or complaint or not (only_polite or compliment):
        return None
    return Decision(
        Action.ACK, Reason(Rule.COURTESY, "courtesy, needs no answer", (found.reading.plain[:40],))
    )


def _to_person(note: str, *, urgency: Urgency = Urgency.NORMAL, words: tuple[str, ...] = ()) -> Decision:
    return Decision(Action.ESCALATE, Reason(Rule.PERSON, note, words), handoff=True, urgency=urgency)


STEPS = (
    _red_flag,
    _consent,
    _help,
    _unsure,
    _open_question,
    _clinic_phrase,
    _off_page,
    _topic,
    _booking,
    _courtesy,
)
