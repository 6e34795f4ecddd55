"""When the second opinion counts against the rules: what each threshold does. Pure.

It must never overrule a keyword, the reply to the open question or a phrase of the clinic, and never answer where the
rules saw a red flag: such a text gets the emergency words or a person, urgently.
"""

from collections.abc import Callable
from dataclasses import replace

from bot.clauses import SELF_HARM
from bot.decision import Action, Decision, QuestionReply, Reason, Rule, Urgency
from bot.findings import Findings
from bot.intents import MOST_TOPICS
from bot.reading import Reading
from bot.red_flags import EMERGENCY
from bot.second_opinion import Danger, Opinion, heaviest
from bot.thresholds import THRESHOLDS
from bot.word_weights import DANGERS

OF_SELF_HARM = frozenset({"S_WANTS_DEATH", "S_OVERDOSE"})  # senses of words, as in bot/understanding
NOT_TOPICS = frozenset({*DANGERS, "clinical_other", "other"})
CLINIC_PHRASE = "a phrase the clinic added"
HEARD_BY_WORDS = "asks to stop texts. If not, call: only the client can undo it, by texting START"
PART_READS = "some of them read like an emergency by themselves"
FEWEST_WORDS = 2  # below, the rules know the few texts there are


Step = Callable[[Findings], Decision | None]


def combine(found: Findings) -> Decision:
    """The decision of the rules where they do not have the last word, or what the second opinion makes of it."""
    for step in STEPS:
        decision = step(found)
        if decision is not None:
            return decision
    return found.decision


def is_settled(decision: Decision, reading: Reading) -> bool:
    """Whether the rules have the last word: a keyword, a clear reply to the open question, a phrase of the clinic."""
    reason = decision.reason
    whole = reason.rule is Rule.CONSENT and reason.words == (reading.plain,)
    told = reason.note == CLINIC_PHRASE or _is_clear_reply(decision)
    story = decision.action is Action.EMERGENCY and reading.is_story
    return whole or told or story or len(reading.words) < FEWEST_WORDS


def _is_clear_reply(decision: Decision) -> bool:
    return decision.question_reply not in (None, QuestionReply.UNCLEAR)


def _reason(rule: Rule, what: str, opinion: Opinion, words: tuple[str, ...] | None = None) -> Reason:
    """`words`: those that weighed most where a part of the text decided; else those of the whole."""
    likeliest = sorted(opinion.shares.items(), key=lambda pair: (-pair[1], pair[0]))[:3]
    scores = tuple((name, round(share, 2)) for name, share in likeliest)
    return Reason(
        rule,
        f"judged by all its words together: {what}",
        opinion.words if words is None else words,
        scores=scores,
    )


def _flag(found: Findings) -> Decision | None:
    """A red flag of the rules stands unless the words speak clearly against it; then a person looks, urgently."""
    before = found.decision
    if before.action is not Action.EMERGENCY:
        return None
    if found.is_bare or _is_kept(found):
        return before
    opinion = found.opinion
    if opinion.stop >= (THRESHOLDS.stop_beside if before.also_stop else THRESHOLDS.stop_sure):
        reason = _reason(
            Rule.CONSENT, f"asks to stop texts; {before.reason.note}, but hardly an emergency", opinion
        )
        return Decision(Action.OPTOUT, reason, handoff=True, urgency=Urgency.NOW)
    if before.also_stop:
        return before
    reason = _reason(Rule.PERSON, f"{before.reason.note}, but hardly an emergency", opinion)
    return _to_person(replace(reason, words=before.reason.words), Urgency.NOW)


def _is_kept(found: Findings) -> bool:
    """Whether the words agree with a red flag: those of the whole text, of its sentence, or next to it."""
    parts = found.parts
    return (
        found.opinion.alarm >= THRESHOLDS.keep
        or parts.sentence_alone >= THRESHOLDS.keep_sentence
        or parts.symptom_alone.alarm >= THRESHOLDS.alone
        or parts.clause_alone >= THRESHOLDS.keep_clause
    )


def _alarm(found: Findings) -> Decision | None:
    reason = _reads_like_an_emergency(found)
    if reason is None:
        return None
    wants_to_stop = found.decision.action is Action.OPTOUT or found.opinion.stop >= THRESHOLDS.stop_sure
    return Decision(
        Action.EMERGENCY,
        reason,
        handoff=True,
        urgency=Urgency.NOW,
        emergency=SELF_HARM if found.reading.concepts.keys() & OF_SELF_HARM else EMERGENCY,
        also_stop=wants_to_stop,
    )


def _reads_like_an_emergency(found: Findings) -> Reason | None:
    opinion, part = found.opinion, found.parts.symptom_alone
    enough = THRESHOLDS.alarm_short if found.is_short else THRESHOLDS.alarm
    if opinion.alarm >= (THRESHOLDS.alarm_lid if found.lid_alone else enough):
        return _reason(Rule.RED_FLAG, "reads like an emergency", opinion)
    if found.lid_alone or part.alarm < THRESHOLDS.alone:
        return None
    return _reason(Rule.RED_FLAG, PART_READS, opinion, heaviest(part.found, found.weights, EMERGENCY))


def _reply(found: Findings) -> Decision | None:
    """An unclear reply to the open question goes to a person as the rules say."""
    return found.decision if found.decision.reason.rule is Rule.OPEN_QUESTION else None


def _stop(found: Findings) -> Decision | None:
    before, opinion = found.decision, found.opinion
    if opinion.alarm >= THRESHOLDS.stop_danger or before.action is Action.OPTIN:
        return None
    part = _part_that_asks_to_stop(found)
    if before.action is Action.OPTOUT:
        if _is_believed(found):
            return _seen(before, found)
        return None if part is None else _seen(replace(before, handoff=True), found)
    if opinion.alarm >= THRESHOLDS.stop_unseen_danger or _says(found.reading, "wanted"):
        return None
    if part is None and not _asks_to_stop(found):
        return None
    if opinion.stop < THRESHOLDS.stop_sure and _says(found.reading, "keep", "start"):
        return None
    words = None if part is None else heaviest(part.found, found.weights, "stop")
    reason = _reason(Rule.CONSENT, HEARD_BY_WORDS, opinion, words)
    return _seen(Decision(Action.OPTOUT, reason, handoff=True), found)


def _part_that_asks_to_stop(found: Findings) -> Danger | None:
    """What asks for it by itself, whatever stands beside it: words the rules take for an opt-out, or a sentence."""
    parts = found.parts
    if parts.opt_out_alone.stop >= THRESHOLDS.stop_alone:
        return parts.opt_out_alone
    return parts.stop_in_a_sentence if parts.stop_in_a_sentence.stop >= THRESHOLDS.stop_sentence else None


def _is_believed(found: Findings) -> bool:
    """Whether the words agree with an opt-out of the rules."""
    stop = found.opinion.stop
    if found.reading.is_story:
        return stop >= THRESHOLDS.stop_story
    enough = THRESHOLDS.no_stop_first if found.begins_with_stop else THRESHOLDS.no_stop
    return stop >= enough or found.opinion.of("stop") >= THRESHOLDS.no_stop_share


def _asks_to_stop(found: Findings) -> bool:
    """Whether it is likely, and hardly anything else is."""
    if found.reading.is_story:
        enough = THRESHOLDS.stop_story
    else:
        enough = THRESHOLDS.stop_short if found.is_short else THRESHOLDS.stop
    return found.opinion.stop >= enough and found.opinion.of("stop") >= THRESHOLDS.stop_share


def _seen(opt_out: Decision, found: Findings) -> Decision:
    """It counts at once; a person reads the rest of a story, and the same day what may be an emergency too."""
    if found.opinion.alarm >= THRESHOLDS.look:
        return replace(opt_out, handoff=True, urgency=_sooner(Urgency.TODAY, _urgency(found.opinion)))
    return replace(opt_out, handoff=True) if found.reading.is_story else opt_out


def _says(reading: Reading, *keys: str) -> bool:
    return bool(reading.kind("consent", *keys))


def _stop_doubted(found: Findings) -> Decision | None:
    if found.decision.action is not Action.OPTOUT:
        return None
    urgency = _sooner(found.decision.urgency, _urgency(found.opinion))
    return _to_person(
        _reason(Rule.PERSON, f"no opt-out but {found.opinion.likeliest}", found.opinion), urgency
    )


def _look(found: Findings) -> Decision | None:
    """What may be an emergency is seen by a person, and by nobody else."""
    before, opinion = found.decision, found.opinion
    sure = opinion.of(_likeliest_topic(opinion)) >= THRESHOLDS.topic_sure and not found.flags.unsure
    if opinion.alarm < (THRESHOLDS.look_sure if sure else THRESHOLDS.look) and not found.hides_danger:
        return None
    if before.action is Action.ESCALATE:
        today = before.urgency is Urgency.TODAY and (found.lid_alone or not found.flags.unsure)  # no sooner
        return before if today else replace(before, urgency=_sooner(before.urgency, _urgency(opinion)))
    return _to_person(_reason(Rule.PERSON, "may be an emergency", opinion), _urgency(opinion))


def _urgency(opinion: Opinion) -> Urgency:
    if opinion.alarm >= THRESHOLDS.look_now:
        return Urgency.NOW
    return Urgency.TODAY if opinion.alarm >= THRESHOLDS.look_today else Urgency.NORMAL


def _sooner(one: Urgency, other: Urgency) -> Urgency:
    order = (Urgency.NOW, Urgency.TODAY, Urgency.NORMAL)
    return min(one, other, key=order.index)


def _likeliest_topic(opinion: Opinion) -> str:
    return max((name for name in opinion.shares if name not in NOT_TOPICS), key=opinion.shares.__getitem__)


def _danger(opinion: Opinion) -> float:
    return opinion.of("clinical_other") + opinion.alarm


def _answer_kept(found: Findings) -> Decision | None:
    """An answer of the rules stands where the words agree; of two topics each must."""
    before, opinion = found.decision, found.opinion
    if before.action is not Action.ANSWER:
        return None
    if len(before.intents) > 1 and min(map(opinion.of, before.intents)) >= THRESHOLDS.both_kept:
        return before
    kept = [topic for topic in before.intents if opinion.of(topic) >= THRESHOLDS.topic_kept]
    if not kept or _danger(opinion) >= THRESHOLDS.danger:
        return None
    return replace(before, intents=(max(kept, key=opinion.of),))


def _look_for_stop(found: Findings) -> Decision | None:
    """What may ask to stop texts is not answered."""
    if not found.hides_opt_out or found.decision.action in (Action.OPTIN, Action.HELP):
        return None
    if found.decision.action is Action.ESCALATE:
        return found.decision
    return _to_person(_reason(Rule.PERSON, "may ask to stop texts", found.opinion))


def _two_topics(found: Findings) -> Decision | None:
    """A text that asks two things, of which the rules saw one or none."""
    before, opinion = found.decision, found.opinion
    two = sorted(set(opinion.shares) - NOT_TOPICS, key=opinion.of, reverse=True)[:MOST_TOPICS]
    enough = (
        len(two) == MOST_TOPICS
        and min(map(opinion.chance_of, two)) >= THRESHOLDS.both
        and min(map(opinion.of, two)) >= THRESHOLDS.both_kept
        and _danger(opinion) < THRESHOLDS.danger
    )
    open_to_it = found.may_answer and not found.flags.unsure and len(before.intents) < MOST_TOPICS
    if not enough or not open_to_it or before.action not in (Action.ANSWER, Action.ESCALATE):
        return None
    reason = _reason(Rule.FAQ, f"asks about two things: {', '.join(two)}", opinion)
    return Decision(Action.ANSWER, reason, intents=tuple(two))


def _topic(found: Findings) -> Decision | None:
    before, opinion = found.decision, found.opinion
    topic = _likeliest_topic(opinion)
    open_to_it = (
        found.may_answer and not found.flags.unsure and before.action in (Action.ANSWER, Action.ESCALATE)
    )
    enough = opinion.of(topic) >= THRESHOLDS.topic and opinion.chance_of(topic) >= THRESHOLDS.topic_itself
    if not open_to_it or not enough or _danger(opinion) >= THRESHOLDS.danger:
        return None
    return Decision(Action.ANSWER, _reason(Rule.FAQ, f"asks about: {topic}", opinion), intents=(topic,))


def _answer_doubted(found: Findings) -> Decision | None:
    if found.decision.action is not Action.ANSWER:
        return None
    what = f"the rules answered, the words say {found.opinion.likeliest}"
    return _to_person(_reason(Rule.PERSON, what, found.opinion), _urgency(found.opinion))


def _to_person(reason: Reason, urgency: Urgency = Urgency.NORMAL) -> Decision:
    return Decision(Action.ESCALATE, reason, handoff=True, urgency=urgency)


STEPS: tuple[Step, ...] = (
    _flag,
    _alarm,
    _reply,
    _stop,
    _stop_doubted,
    _look,
    _look_for_stop,
    _two_topics,
    _answer_kept,
    _topic,
    _answer_doubted,
)
