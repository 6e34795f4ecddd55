"""Learns the word weights of the second opinion from the labelled texts: `python -m tools.learn_words`.

It must never read the texts kept for judging (JUDGES); the same texts give the same weights.
Method: logistic regression by dual coordinate descent (Yu, Huang, Lin: Dual coordinate descent methods for logistic
regression and maximum entropy models, Machine Learning 85, 2011), one model for each class.
"""

import json
import math
import random
import sys
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from bot.decision import Action, Context
from bot.parts import PartFeatures
from bot.regression_table import load_regression_table
from bot.router import read_features
from bot.second_opinion import strength
from bot.vocabulary import DEFAULT_FOLDER, Vocabulary, load_vocabulary
from bot.word_features import LENGTH_SIGN, SYMPTOM_SIGN, TOPIC_SIGN, Features, length_sign
from bot.word_weights import DANGERS, WordWeights, pieces_of

LABELLED = Path(__file__).resolve().parents[1] / "tests" / "router"
OURS = ("development", "tuning", "second_tuning", "third_tuning", "fourth_tuning", "fifth_tuning")
STRANGERS = tuple(sorted(path.stem for path in LABELLED.glob("stranger_*.jsonl")))
JUDGING_STRANGERS = tuple(sorted(path.stem for path in LABELLED.glob("judge_*.jsonl")))
JUDGES = ("held_out", *JUDGING_STRANGERS)  # never learnt from
TOPICS = (
    "exercise", "sauna_heat", "rub_massage", "bruising", "bumps", "skincare_makeup", "how_it_works",
    "results_timing", "refinement", "duration", "brow_asymmetry", "still_wrinkles", "more_less_movement",
    "hours_contact", "send_photo",
)  # fmt: skip
CLASSES = (*TOPICS, "clinical_other", "other")
DAMPING, COST, TOPIC_COST, ROUNDS, SEED = 0.25, 2.0, 3.0, 14, 7
STRANGER_WEIGHT = 3.0  # a text by a stranger is nearer to what clients write than ours, which the rules know
NO_PARTS = PartFeatures((), (), ())
PART_WEIGHT, BURIED_WEIGHT = 0.5, 0.5
TOLERATED_DANGER, TOLERATED_TOPIC = (
    0.2,
    0.3,
)  # a text that a colleague might file there teaches little against it
FEWEST, FEWEST_PIECES = 2, 3  # texts a feature must stand in
SMALLEST_DANGER, SMALLEST_TOPIC = 0.03, 0.1


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled text as the learner sees it, with its parts."""

    found: Features
    labels: frozenset[str]
    also: frozenset[str]
    weight: float
    parts: PartFeatures = NO_PARTS

    @property
    def is_calm(self) -> bool:
        """Neither an emergency nor near one."""
        return "emergency" not in self.labels | self.also


def read_rows(name: str) -> list[dict[str, Any]]:
    """The labelled texts of one set."""
    lines = (LABELLED / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def to_sample(row: dict[str, Any], vocabulary: Vocabulary, *, ours: bool) -> Sample:
    """What the rules made of our own texts is left out: they were made for these and look better than they are."""
    found, parts = read_features(row["text"], Context(), vocabulary)
    if ours:
        found = _without_rules(found)
        parts = PartFeatures(*(tuple(map(_without_rules, kind)) for kind in parts))
    known = {*CLASSES, *DANGERS}
    labels = frozenset(label if label in known else "other" for label in row["labels"])
    weight = 1.0 if ours else STRANGER_WEIGHT
    return Sample(found, labels, frozenset(row["also"]), weight, parts)


def _without_rules(found: Features) -> Features:
    names = (name for name in found.names if name[:1] not in (SYMPTOM_SIGN, TOPIC_SIGN))
    return Features(found.words, frozenset(names))


def read_samples(vocabulary: Vocabulary, without: Collection[str] = ()) -> list[Sample]:
    """Every set but some."""
    names = [name for name in (*OURS, *STRANGERS) if name not in without]
    sets = [sample for name in names for sample in read_set(name, vocabulary)]
    return [*sets, *read_regressions(vocabulary)]


def read_regressions(vocabulary: Vocabulary) -> list[Sample]:
    """The shipped lines that must always hold, weighed like the texts of strangers."""
    labels = {Action.EMERGENCY: ("emergency",), Action.OPTOUT: ("stop",)}
    rows = (
        {"text": line.text, "labels": line.intents or labels[line.action], "also": ()}
        for line in load_regression_table()
        if line.intents or line.action in labels
    )
    samples = (to_sample(row, vocabulary, ours=True) for row in rows)
    return [replace(sample, weight=STRANGER_WEIGHT) for sample in samples]


def read_set(name: str, vocabulary: Vocabulary) -> list[Sample]:
    """The samples of one set."""
    return [to_sample(row, vocabulary, ours=name in OURS) for row in read_rows(name)]


def for_alarm(samples: Sequence[Sample]) -> list[Sample]:
    """The samples, the parts of calm texts as calm ones, and each emergency buried beside a calm text."""
    chance = random.Random(SEED)
    calm = [s for s in samples if s.is_calm and "stop" not in s.labels]
    more = []
    for sample in samples:
        if sample.is_calm:
            more += _by_themselves(sample, chain(*sample.parts))
        elif "emergency" in sample.labels:
            more.append(_bury(sample, chance.choice(calm)))
    return [*samples, *more]


def for_stop(samples: Sequence[Sample]) -> list[Sample]:
    """The samples, the parts of other texts as no opt-outs, and of opt-outs the words that say it."""
    more = []
    for sample in samples:
        if "stop" in sample.labels:
            more += _by_themselves(sample, sample.parts.opt_outs)
        elif "stop" not in sample.also:
            more += _by_themselves(sample, chain(*sample.parts))
    return [*samples, *more]


def _by_themselves(sample: Sample, parts: Iterable[Features]) -> list[Sample]:
    return [Sample(part, sample.labels, sample.also, PART_WEIGHT * sample.weight) for part in parts]


def _bury(emergency: Sample, calm: Sample) -> Sample:
    """Both texts as one: what the rules saw of the calm one is not told twice."""
    words = emergency.found.words | calm.found.words
    names = {n for n in emergency.found.names | _without_rules(calm.found).names if n[:5] != LENGTH_SIGN}
    names.add(length_sign(len(words)))
    found = Features(words, frozenset(names))
    return Sample(found, emergency.labels, emergency.also, BURIED_WEIGHT * emergency.weight)


def danger_features(found: Features) -> Iterable[str]:
    """Every feature but what the rules made of the topic; a piece counts once for each word it stands in."""
    for word in found.words:
        yield from pieces_of(word)
    yield from (name for name in found.names if name[:1] != TOPIC_SIGN)


def plain_features(found: Features) -> Iterable[str]:
    """Words and their pieces, neighbours, concepts and signs of topics; no pairs of concepts, no symptoms."""
    for word in found.words:
        yield from pieces_of(word)
    yield from (name for name in found.names if "&" not in name and name[:1] != SYMPTOM_SIGN)


class Table:
    """Texts as rows of feature numbers; features that are rare in the first `texts` of them are left out."""

    def __init__(
        self,
        samples: Sequence[Sample],
        features: Callable[[Features], Iterable[str]],
        texts: int | None = None,
    ) -> None:
        rows = [Counter(features(sample.found)) for sample in samples]
        counts = Counter(name for row in rows[:texts] for name in row)
        self.names = sorted(name for name, n in counts.items() if n >= _fewest(name))
        numbers = {name: number for number, name in enumerate(self.names)}
        self.rows = [array("l", sorted(numbers[n] for n in row.elements() if n in numbers)) for row in rows]
        self.units = [strength(len(sample.found), DAMPING) for sample in samples]
        self.lengths = [
            unit * unit * sum(count * count for name, count in row.items() if name in numbers)
            for unit, row in zip(self.units, rows, strict=True)
        ]


def _fewest(name: str) -> int:
    return FEWEST_PIECES if name[:1] == "#" else FEWEST


def learn_class(table: Table, wanted: Sequence[bool], costs: Sequence[float]) -> list[float]:
    """The weights of one class: minimises squared weights / 2 + the summed cost of the logistic losses."""
    weights = [0.0] * len(table.names)
    duals = [min(0.001 * cost, 1e-8) for cost in costs]
    for row, unit, right, dual in zip(table.rows, table.units, wanted, duals, strict=True):
        _add(weights, row, unit * dual * (1 if right else -1))
    order, chance = list(range(len(wanted))), random.Random(SEED)
    for _ in range(ROUNDS):
        chance.shuffle(order)
        for i in order:
            sign = 1 if wanted[i] else -1
            row, unit = table.rows[i], table.units[i]
            score = sign * unit * math.fsum(map(weights.__getitem__, row))
            dual = _best_dual(duals[i], table.lengths[i], score, costs[i])
            _add(weights, row, unit * sign * (dual - duals[i]))
            duals[i] = dual
    return weights


def _add(weights: list[float], row: Iterable[int], change: float) -> None:
    for number in row:
        weights[number] += change


def _best_dual(dual: float, length: float, score: float, cost: float) -> float:
    """The dual variable of one text that lowers the objective most: Newton's method inside (0, cost)."""
    best = dual
    for _ in range(8):
        slope = length * (best - dual) + score + math.log(best / (cost - best))
        bend = length + cost / (best * (cost - best))
        step = best - slope / bend
        step = 0.1 * best if step <= 0 else cost - 0.1 * (cost - best) if step >= cost else step
        if abs(step - best) < 1e-6 * cost:
            return step
        best = step
    return best


def _costs(samples: Sequence[Sample], label: str, cost: float, tolerated: float) -> list[float]:
    doubtful = (label in sample.also and label not in sample.labels for sample in samples)
    return [
        cost * sample.weight * (tolerated if doubt else 1.0)
        for sample, doubt in zip(samples, doubtful, strict=True)
    ]


def learn(samples: Sequence[Sample]) -> WordWeights:
    """The weights that explain the samples best, small ones left out."""
    texts = len(samples)
    alarm, stop = (
        _learn_danger(for_alarm(samples), "emergency", texts),
        _learn_danger(for_stop(samples), "stop", texts),
    )
    pairs = ((name, alarm.get(name, 0.0), stop.get(name, 0.0)) for name in sorted(alarm.keys() | stop.keys()))
    danger = {
        name: (round(a, 2), round(s, 2)) for name, a, s in pairs if max(abs(a), abs(s)) >= SMALLEST_DANGER
    }
    return WordWeights(CLASSES, danger, _learn_topics(samples), DAMPING)


def _learn_danger(samples: Sequence[Sample], label: str, texts: int) -> dict[str, float]:
    table = Table(samples, danger_features, texts)
    wanted = [label in sample.labels for sample in samples]
    weights = learn_class(table, wanted, _costs(samples, label, COST, TOLERATED_DANGER))
    return dict(zip(table.names, weights, strict=True))


def _learn_topics(samples: Sequence[Sample]) -> dict[str, tuple[tuple[int, float], ...]]:
    table = Table(samples, plain_features)
    columns = [
        learn_class(
            table, [label in s.labels for s in samples], _costs(samples, label, TOPIC_COST, TOLERATED_TOPIC)
        )
        for label in CLASSES
    ]
    rows = zip(table.names, zip(*columns, strict=True), strict=True)
    kept = {name: _prune(row) for name, row in rows}
    return {name: row for name, row in kept.items() if row}


def _prune(row: Sequence[float]) -> tuple[tuple[int, float], ...]:
    return tuple(
        (number, round(weight, 2)) for number, weight in enumerate(row) if abs(weight) >= SMALLEST_TOPIC
    )


def write_weights(weights: WordWeights, path: Path) -> None:
    """One feature a line, so that a change can be read."""
    danger = _lines(weights.danger.items())
    topics = _lines(weights.topics.items())
    head = f'{{"classes": {json.dumps(weights.classes)},\n"damping": {weights.damping},\n'
    path.write_text(f'{head}"danger": {{\n{danger}\n}},\n"topics": {{\n{topics}\n}}}}\n', encoding="utf-8")


def _lines(rows: Iterable[tuple[str, object]]) -> str:
    return ",\n".join(f"{json.dumps(name)}:{json.dumps(row, separators=(',', ':'))}" for name, row in rows)


def main() -> int:
    """Learn from every set but those kept for judging and write the weights."""
    weights = learn(read_samples(load_vocabulary()))
    write_weights(weights, DEFAULT_FOLDER / "weights.json")
    print(f"{len(weights.danger)} features weighed for danger, {len(weights.topics)} for topics")
    return 0


if __name__ == "__main__":
    sys.exit(main())
