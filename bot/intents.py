"""Which of the clinic's topics a text asks about: weights as data, a margin for abstaining. Pure.

It must never answer a question the clinic's page does not cover: such words are found first and win.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.patterns import Match, used_by
from bot.reading import Reading, TopicRule

TABLE = "topics"
ENOUGH = 3.0  # points a topic needs to be answered
HINTS_COUNT_TO = 1.0  # frames alone never decide
MOST_TOPICS = 2


@dataclass(frozen=True, slots=True)
class TopicScores:
    """Points by topic (best first), the topics to answer, and the distance to the best one left out."""

    scores: tuple[tuple[str, float], ...]
    chosen: tuple[str, ...]
    margin: float
    words: tuple[str, ...]


NO_TOPICS = TopicScores((), (), 0.0, ())


def score_topics(reading: Reading, rules: Mapping[str, TopicRule], stated: timedelta | None) -> TopicScores:
    """Points of each topic in one text, and the one or two that stand."""
    if not reading.table(TABLE):
        return NO_TOPICS
    scored = {topic: _points(reading.kind(TABLE, topic)) for topic in rules}
    standing = {topic: points for topic, points in scored.items() if points >= ENOUGH}
    chosen = _apart(_yield(standing, rules), reading)
    chosen = tuple(topic for topic in chosen if not _too_late(rules[topic], stated))
    ranked = sorted(((t, p) for t, p in scored.items() if p > 0), key=lambda pair: (-pair[1], pair[0]))
    left_out = max((p for t, p in ranked if t not in chosen), default=0.0)
    best = max((scored[t] for t in chosen), default=0.0)
    return TopicScores(tuple(ranked), chosen, best - left_out, _evidence(reading, chosen))


def _points(matches: tuple[Match, ...]) -> float:
    """The best evidence, one point for further evidence of its own words, less what speaks against it."""
    against = sum(m.pattern.weight for m in matches if m.pattern.weight < 0)
    sure = [m for m in matches if m.pattern.weight >= 2]
    hints = min(HINTS_COUNT_TO, sum(1 for m in matches if m.pattern.weight == 1))
    best = max((m.pattern.weight for m in sure), default=0.0)
    more = min(1.0, 0.25 * max(0, len(sure) - 1))
    return best + more + (hints if sure else 0.0) + max(against, -3.0)


def _yield(standing: Mapping[str, float], rules: Mapping[str, TopicRule]) -> dict[str, float]:
    return {
        topic: points
        for topic, points in standing.items()
        if not any(other in standing for other in rules[topic].yields_to)
    }


def _apart(standing: Mapping[str, float], reading: Reading) -> tuple[str, ...]:
    """At most two topics, the second only with words of its own."""
    ranked = sorted(standing, key=lambda topic: (-standing[topic], topic))
    own = {topic: used_by(m for m in reading.kind(TABLE, topic) if m.pattern.weight >= 2) for topic in ranked}
    chosen: list[str] = []
    taken = 0
    for topic in ranked:
        if not chosen or own[topic] & ~taken:
            chosen.append(topic)
            taken |= own[topic]
    return tuple(chosen)


def _too_late(rule: TopicRule, stated: timedelta | None) -> bool:
    return rule.to_days is not None and stated is not None and stated.days > rule.to_days


def _evidence(reading: Reading, chosen: tuple[str, ...]) -> tuple[str, ...]:
    return reading.written(m for m in reading.kind(TABLE, *chosen) if m.pattern.weight > 0)
