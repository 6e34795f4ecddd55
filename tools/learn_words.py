"""Learns the word weights of the second opinion from the labelled texts: `python -m tools.learn_words`.

It must never read the texts kept for judging (held_out, stranger_b); the same texts give the same weights.
"""

import json
import math
import random
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bot.reading import WordWeights
from bot.second_opinion import features_of, soften, strength
from bot.vocabulary import DEFAULT_FOLDER, Vocabulary, load_vocabulary

LABELLED = Path(__file__).resolve().parents[1] / "tests" / "router"
SETS = (
    "development",
    "tuning",
    "second_tuning",
    "third_tuning",
    "fourth_tuning",
    "fifth_tuning",
    "stranger_a",
)
TOPICS = (
    "exercise", "sauna_heat", "rub_massage", "bruising", "bumps", "skincare_makeup", "how_it_works",
    "results_timing", "refinement", "duration", "brow_asymmetry", "still_wrinkles", "more_less_movement",
    "hours_contact", "send_photo",
)  # fmt: skip
CLASSES = (*TOPICS, "emergency", "stop", "clinical_other", "other")
ROUNDS, STEP, PULL, DAMPING, SMALLEST, SEED = 6, 0.5, 2e-5, 0.25, 0.15, 7
IGNORED = 1e-3  # a class this close to right is left alone
Sample = tuple[tuple[str, ...], tuple[float, ...]]  # features, wanted share of each class


def read_rows(names: Iterable[str] = SETS) -> list[dict[str, Any]]:
    """The labelled texts of the named sets."""
    files = ((LABELLED / f"{name}.jsonl").read_text(encoding="utf-8").splitlines() for name in names)
    return [json.loads(line) for lines in files for line in lines]


def wanted_of(row: dict[str, Any]) -> tuple[float, ...]:
    """A double question counts for each of its topics; bookings, thanks and the rest are `other`."""
    names = [name if name in CLASSES else "other" for name in row["labels"]]
    return tuple(names.count(name) / len(names) for name in CLASSES)


def to_samples(rows: Iterable[dict[str, Any]], vocabulary: Vocabulary) -> list[Sample]:
    """Features and wanted classes of each text."""
    readings = ((vocabulary.read(row["text"]), wanted_of(row)) for row in rows)
    return [(tuple(sorted(features_of(reading))), wanted) for reading, wanted in readings]


class Learner:
    """Softmax regression by AdaGrad: one row of weights for each feature."""

    def __init__(self) -> None:
        self.weights: dict[str, list[float]] = {}
        self.slopes: dict[str, list[float]] = {}

    def learn(self, sample: Sample) -> None:
        """One step towards one text."""
        names, wanted = sample
        unit = strength(len(names), DAMPING)
        rows = [self.weights.setdefault(name, [0.0] * len(CLASSES)) for name in names]
        slopes = [self.slopes.setdefault(name, [1e-6] * len(CLASSES)) for name in names]
        shares = soften([unit * sum(column) for column in zip(*rows, strict=True)])
        for number, (share, want) in enumerate(zip(shares, wanted, strict=True)):
            if abs(share - want) > IGNORED:
                self._step(rows, slopes, number, unit * (share - want))

    def _step(self, rows: list[list[float]], slopes: list[list[float]], number: int, error: float) -> None:
        for row, slope in zip(rows, slopes, strict=True):
            change = error + PULL * row[number]
            slope[number] += change * change
            row[number] -= STEP * change / math.sqrt(0.05 + slope[number])


def learn(samples: Sequence[Sample], rounds: int = ROUNDS) -> WordWeights:
    """The weights that explain the samples best, small ones left out."""
    learner, chance, order = Learner(), random.Random(SEED), list(samples)
    for _ in range(rounds):
        chance.shuffle(order)
        for sample in order:
            learner.learn(sample)
    kept = {name: _prune(row) for name, row in sorted(learner.weights.items())}
    return WordWeights(CLASSES, {name: row for name, row in kept.items() if row}, DAMPING)


def _prune(row: Sequence[float]) -> tuple[tuple[int, float], ...]:
    return tuple((number, round(weight, 2)) for number, weight in enumerate(row) if abs(weight) >= SMALLEST)


def write_weights(weights: WordWeights, path: Path) -> None:
    """One feature a line, so that a change can be read."""
    lines = [f"{json.dumps(name)}: {json.dumps(row)}" for name, row in weights.features.items()]
    head = f'{{"classes": {json.dumps(weights.classes)},\n"damping": {weights.damping},\n"features": {{\n'
    path.write_text(head + ",\n".join(lines) + "\n}}\n", encoding="utf-8")


def main() -> int:
    """Learn from every tuning set and write the weights."""
    weights = learn(to_samples(read_rows(), load_vocabulary()))
    write_weights(weights, DEFAULT_FOLDER / "weights.json")
    print(f"{len(weights.features)} words, pairs, stems and concepts weighed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
