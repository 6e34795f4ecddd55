"""Judges each author's texts by weights learnt without them: `python -m tests.router.strangers`.

Leaving authors out is the measure that predicts texts of strangers. A fifth of them is left out at a time; it takes
some minutes, prints, and never fails.
"""

import sys
from dataclasses import replace
from typing import Any

from bot.decision import Context
from bot.router import decide
from bot.vocabulary import Vocabulary
from tests.router import score
from tests.support.understanding import labelled, vocabulary
from tools.learn_words import STRANGERS, learn, read_samples

GROUPS = 5


def judge(name: str, words: Vocabulary) -> list[score.Row]:
    """The outcomes of one set under these weights."""
    rows = labelled(name)
    found = (decide(row["text"], Context(), words) for row in rows)
    return score.score(rows, [describe(one) for one in found])


def describe(found: Any) -> dict[str, Any]:
    """A decision in the form the scorer reads."""
    return {"action": found.action.value, "intents": list(found.intents), "handoff": found.handoff}


def main() -> int:
    """Print the figures of each author, and of all together."""
    everything: list[score.Row] = []
    for group in range(GROUPS):
        names = STRANGERS[group::GROUPS]
        words = replace(vocabulary(), weights=learn(read_samples(vocabulary(), without=names)))
        for name in names:
            rows = judge(name, words)
            everything.extend(rows)
            print_figures(name, rows)
    print_figures("all strangers", everything)
    return 0


def print_figures(name: str, rows: list[score.Row]) -> None:
    """One table."""
    print(f"\n## {name}: {len(rows)} texts", flush=True)
    print("\n".join(f"| {line} | {value} |" for line, value in score.figures(rows).items()), flush=True)


if __name__ == "__main__":
    sys.exit(main())
