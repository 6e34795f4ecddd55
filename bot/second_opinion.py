"""A second opinion on a text from the weight each of its words was found to have in labelled texts. Pure.

Three readable linear models: is it an emergency, is it an opt-out, which topic. It must never answer by itself:
bot.combining says when its opinion counts against the rules.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import NamedTuple

from bot.word_features import Features
from bot.word_weights import DANGERS, WordWeights

TOLD_WORDS = 3
LEAST_STEEP, STEEPEST = -30.0, 30.0


@dataclass(frozen=True)
class Opinion:
    """The probabilities of `emergency` and `stop`, each by itself, and the shares of all classes (adding up to 1).

    `whole` is what the probabilities of all classes add up to: near 2 where a text asks two things.
    """

    alarm: float
    stop: float
    shares: Mapping[str, float]
    likeliest: str
    whole: float
    found: Features
    weights: WordWeights

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Those that spoke most for the likeliest class."""
        return heaviest(self.found, self.weights, self.likeliest)

    def of(self, *names: str) -> float:
        """The share of these classes together."""
        return sum(self.shares.get(name, 0.0) for name in names)

    def chance_of(self, name: str) -> float:
        """The probability of one class by itself."""
        return self.shares.get(name, 0.0) * self.whole


def strength(count: int, damping: float) -> float:
    """How much each of `count` features counts: a long text must not be surer merely for being long."""
    return float(max(1, count) ** -damping)


def chance(total: float) -> float:
    """A total as a probability."""
    return 1.0 / (1.0 + math.exp(-min(STEEPEST, max(LEAST_STEEP, total))))


class Danger(NamedTuple):
    """The probabilities of an emergency and of an opt-out in one text or sentence."""

    alarm: float
    stop: float
    found: Features


NO_DANGER = Danger(0.0, 0.0, Features(frozenset(), frozenset()))


def weigh_danger(found: Features, weights: WordWeights) -> Danger:
    """What speaks for an emergency and for an opt-out."""
    unit = strength(len(found), weights.damping)
    rows = [*map(weights.danger_of_word, found.words), *filter(None, map(weights.danger.get, found.names))]
    alarm, stop = math.fsum(map(itemgetter(0), rows)), math.fsum(map(itemgetter(1), rows))
    return Danger(chance(unit * alarm), chance(unit * stop), found)


def weigh_topics(found: Features, weights: WordWeights) -> list[float]:
    """The total of each class; in the order of the names, so that the same text always weighs the same."""
    rows = [weights.topics_of_word(word) for word in sorted(found.words)]
    rows.extend(filter(None, map(weights.topics.get, sorted(found.names))))
    totals = [0.0] * len(weights.classes)
    for row in rows:
        for number, weight in row:
            totals[number] += weight
    return totals


def weigh(found: Features, weights: WordWeights) -> Opinion:
    """The opinion on one text."""
    unit = strength(len(found), weights.damping)
    danger = weigh_danger(found, weights)
    totals = weigh_topics(found, weights)
    chances = dict(zip(weights.classes, (chance(unit * total) for total in totals), strict=True))
    chances["other"] = chances.get("other", 0.0) or 1.0 - danger.alarm
    return _opinion(danger, chances, weights)


def weigh_sentences(sentences: Iterable[Danger], weights: WordWeights) -> Opinion:
    """The opinion on a very long text: the likeliest of each danger in one of its sentences, and of no topic."""
    weighed = list(sentences)
    alarm, stop = (max(weighed, key=attrgetter(danger)) for danger in ("alarm", "stop"))
    found = alarm.found if alarm.alarm >= stop.stop else stop.found
    danger = Danger(alarm.alarm, stop.stop, found)
    other = (1.0 - danger.alarm) * (1.0 - danger.stop)
    return _opinion(danger, {**dict.fromkeys(weights.classes, 0.0), "other": other}, weights)


def _opinion(danger: Danger, topics: Mapping[str, float], weights: WordWeights) -> Opinion:
    chances = {**topics, **dict(zip(DANGERS, (danger.alarm, danger.stop), strict=True))}
    whole = sum(chances.values())
    shares = {name: value / whole for name, value in chances.items()}
    likeliest = max(shares, key=lambda name: (shares[name], name))
    return Opinion(danger.alarm, danger.stop, shares, likeliest, whole, danger.found, weights)


def heaviest(found: Features, weights: WordWeights, likeliest: str) -> tuple[str, ...]:
    """The words that speak most for a class. Concepts and signs are left out: nobody wrote those."""
    pairs = [name for name in found.names if name[:1].islower() and " _ " not in name]
    told = weights.speaking_for(likeliest, found.words, pairs)
    heaviest = sorted((pair for pair in told if pair[0] > 0), key=lambda pair: (-pair[0], pair[1]))
    return tuple(name for _, name in heaviest[:TOLD_WORDS])
