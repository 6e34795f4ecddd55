"""When the second opinion counts against the rules: a table of thresholds and what each one does. Pure.

It must never silence a named red flag, nor overrule a keyword, the open question or a phrase of the clinic.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.decision import Action, Decision, Reason, Rule, Urgency
from bot.reading import Reading, WordWeights
from bot.second_opinion import Opinion, weigh

NOT_TOPICS = frozenset({"emergency", "stop", "clinical_other", "other"})
ALARM = "emergency"
CLINIC_PHRASE = "a phrase the clinic added"
LONE_WORD = "red flag: symptom word"  # no family of red flags, only a word that often goes with one
FEWEST_WORDS = 3  # below, the rules know the few texts there are


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities from which the opinion counts, chosen by five-fold cross-validation (docs/router.md)."""

    alarm: float = 0.85  # an emergency the rules saw no sign of
    alarm_unsure: float = 0.8  # an emergency where the rules saw a symptom they were unsure about
    look_now: float = 0.6  # a person at once
    look_today: float = 0.3  # not acknowledged: a person today
    look_before_answer: float = 0.5  # not answered nor opted out
    calm: float = 0.1  # an alarm by a lone, ambiguous word becomes a person today below this
    stop: float = 0.7
    no_stop: float = 0.005  # an opt-out in many words is doubted below this
    topic: float = 0.6  # a question answered that the rules did not place
    topic_danger: float = 0.2  # unless this much speaks for a clinical question or an emergency
    other: float = 0.8  # an answer is withheld when the opinion is this sure of something else


THRESHOLDS = Thresholds()


@dataclass(frozen=True, slots=True)
class Findings:
    """What the rules found in one text beside their decision."""

    decision: Decision
    reading: Reading
    unsure: bool  # a symptom the rules could not clear
    open_to_answer: bool  # nothing at all was found: no topic, no word off the page


Step = Callable[[Findings, Opinion], Decision | None]


def combine(found: Findings, weights: WordWeights) -> Decision:
    """The decision of the rules, or what the second opinion makes of it."""
    if not weights.classes or is_settled(found):
        return found.decision
    opinion = weigh(found.reading, weights)
    for step in STEPS:
        decision = step(found, opinion)
        if decision is not None:
            return decision
    return found.decision


def is_settled(found: Findings) -> bool:
    """Whether the rules have the last word: an alarm, a keyword, the open question, a phrase of the clinic."""
    reason = found.decision.reason
    whole = reason.words == (found.reading.plain,) or reason.note == CLINIC_PHRASE
    alarm = reason.rule is Rule.RED_FLAG and reason.note != LONE_WORD
    return alarm or reason.rule is Rule.OPEN_QUESTION or whole or len(found.reading.words) < FEWEST_WORDS


def _reason(rule: Rule, what: str, opinion: Opinion) -> Reason:
    likeliest = sorted(opinion.probabilities.items(), key=lambda pair: (-pair[1], pair[0]))[:3]
    scores = tuple((name, round(share, 2)) for name, share in likeliest)
    return Reason(rule, f"second opinion by word weights: {what}", opinion.words, scores=scores)


def _calm(found: Findings, opinion: Opinion) -> Decision | None:
    """An alarm stands unless a lone word raised it and everything else in the text speaks against it."""
    before = found.decision
    if before.action is not Action.EMERGENCY:
        return None
    if opinion.of(ALARM) >= THRESHOLDS.calm or before.also_stop:
        return before
    return _to_person(_reason(Rule.PERSON, "a symptom word, but no emergency", opinion), Urgency.TODAY)


def _alarm(found: Findings, opinion: Opinion) -> Decision | None:
    enough = THRESHOLDS.alarm_unsure if found.unsure else THRESHOLDS.alarm
    if opinion.of(ALARM) < enough:
        return None
    return Decision(
        Action.EMERGENCY,
        _reason(Rule.RED_FLAG, "reads like an emergency", opinion),
        handoff=True,
        urgency=Urgency.NOW,
        emergency="emergency",
        also_stop=found.decision.action is Action.OPTOUT,
    )


def _look(found: Findings, opinion: Opinion) -> Decision | None:
    """Anything that may be an emergency is seen by a person, soon, and by nobody else."""
    share, before = opinion.of(ALARM), found.decision
    wished = before.action in (Action.ANSWER, Action.OPTOUT)
    if share < (THRESHOLDS.look_before_answer if wished else THRESHOLDS.look_today):
        return None
    urgency = Urgency.NOW if share >= THRESHOLDS.look_now else Urgency.TODAY
    if before.action is Action.ESCALATE:
        return replace(before, urgency=urgency)
    return _to_person(_reason(Rule.PERSON, "may be an emergency", opinion), urgency)


def _stop_doubted(found: Findings, opinion: Opinion) -> Decision | None:
    doubted = found.decision.action is Action.OPTOUT and opinion.of("stop") < THRESHOLDS.no_stop
    if not doubted:
        return None
    return _to_person(_reason(Rule.PERSON, f"no opt-out but {opinion.likeliest}", opinion))


def _stop(found: Findings, opinion: Opinion) -> Decision | None:
    kept = any(match.pattern.key in ("keep", "start") for match in found.reading.table("consent"))
    nothing = found.decision.action is Action.ESCALATE and not found.unsure
    if kept or not nothing or opinion.of("stop") < THRESHOLDS.stop:
        return None
    return Decision(Action.OPTOUT, _reason(Rule.CONSENT, "asks to stop texts", opinion))


def _topic(found: Findings, opinion: Opinion) -> Decision | None:
    topic = opinion.likeliest
    sure = topic not in NOT_TOPICS and opinion.of(topic) >= THRESHOLDS.topic
    if not (found.open_to_answer and sure) or opinion.of("clinical_other", ALARM) >= THRESHOLDS.topic_danger:
        return None
    return Decision(Action.ANSWER, _reason(Rule.FAQ, f"asks about: {topic}", opinion), intents=(topic,))


def _answer_doubted(found: Findings, opinion: Opinion) -> Decision | None:
    before, likeliest = found.decision, opinion.likeliest
    if before.action is not Action.ANSWER or likeliest in before.intents:
        return None
    if opinion.of(likeliest) < THRESHOLDS.other:
        return None
    return _to_person(_reason(Rule.PERSON, f"the rules answered, the words say {likeliest}", opinion))


def _to_person(reason: Reason, urgency: Urgency = Urgency.NORMAL) -> Decision:
    return Decision(Action.ESCALATE, reason, handoff=True, urgency=urgency)


STEPS: tuple[Step, ...] = (_calm, _alarm, _look, _stop_doubted, _stop, _topic, _answer_doubted)
