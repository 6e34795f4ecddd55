"""Word weights in which one word decides, and what is decided by them."""

from dataclasses import replace

from bot.decision import Action, Context, Decision, Urgency
from bot.router import decide
from bot.word_weights import WordWeights
from tests.support.understanding import NOBODY, vocabulary

CLASSES = ("exercise", "clinical_other", "other")
BIAS = -9.0  # nothing is likely unless a word says so


def weights_for(word: str, name: str, weight: float = 40.0, *, stop: str = "") -> WordWeights:
    """Weights in which one word speaks for one class, and the word `stop` for an opt-out."""
    danger = {"": (BIAS, BIAS), **({word: (weight, 0.0)} if name == "emergency" else {})}
    danger.update({word: (0.0, weight)} if name == "stop" else {})
    danger.update({stop: (0.0, 40.0)} if stop else {})
    topics: dict[str, tuple[tuple[int, float], ...]] = {"": tuple((n, BIAS) for n in range(len(CLASSES)))}
    topics.update({word: ((CLASSES.index(name), weight),)} if name in CLASSES else {})
    return WordWeights(CLASSES, danger, topics, 0.25)


def decide_with(text: str, weights: WordWeights, context: Context = NOBODY) -> tuple[Action, Urgency, str]:
    """Action, urgency and the note of its reason."""
    found = decision_by(text, weights, context)
    return found.action, found.urgency, found.reason.note


def decision_by(text: str, weights: WordWeights, context: Context = NOBODY) -> Decision:
    """The decision for one text by these weights."""
    return decide(text, context, replace(vocabulary(), weights=weights))
