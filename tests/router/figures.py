"""Prints the figures of docs/router.md: run `python -m tests.router.figures` after a change of words."""

import random
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

from bot.decision import Action
from bot.text import normalise
from tests.router import score
from tests.router.predictions import outcomes
from tests.support.understanding import decided, labelled
from tools.learn_words import JUDGING_STRANGERS, OURS, STRANGERS

SETS = (*OURS, "held_out")
TOPICS = set(score.FAQ) | {"multi"}


def kind_of(row: dict[str, Any]) -> str:
    """The line of the confusion table a text belongs to."""
    return "question of the page" if row["label"] in TOPICS else row["label"]


def print_confusion(name: str) -> None:
    """What became of each kind of text."""
    counts = Counter((kind_of(row), decided(row["text"]).action.value) for row in labelled(name))
    actions = [action.value for action in Action]
    print(f"\n| {name} | " + " | ".join(actions) + " |")
    for kind in sorted({kind for kind, _ in counts}):
        print(f"| {kind} | " + " | ".join(str(counts[kind, action]) for action in actions) + " |")


def swap_letters(text: str) -> str:
    """Two neighbouring letters exchanged in one word of five letters and more."""
    chance = random.Random(text)
    words = text.split()
    long = [i for i, word in enumerate(words) if len(word) >= 5 and word.isalpha()]
    if long:
        place = chance.choice(long)
        cut = chance.randrange(1, len(words[place]) - 1)
        word = words[place]
        words[place] = word[:cut] + word[cut + 1 : cut + 2] + word[cut] + word[cut + 2 :]
    return " ".join(words)


CHANGES: dict[str, Callable[[str], str]] = {
    "all capitals": str.upper,
    "one typo (two letters exchanged)": swap_letters,
    "an emoji at the end": lambda text: text + " 🙂",
    "courtesy in front": lambda text: "Hi! " + text,
    "courtesy behind": lambda text: text + ". Thank you so much!",
}


def print_perturbations(name: str) -> None:
    """How many decisions stay the same when a text is changed without changing what it says."""
    texts = [row["text"] for row in labelled(name) if len(row["text"].split()) > 1]
    print()
    for change, apply in CHANGES.items():
        pairs = [(decided(text), decided(apply(text))) for text in texts]
        same = sum((a.action, set(a.intents)) == (b.action, set(b.intents)) for a, b in pairs)
        alarms = [b.action for a, b in pairs if a.action is Action.EMERGENCY]
        kept = sum(action is Action.EMERGENCY for action in alarms)
        lost = sum(action not in (Action.EMERGENCY, Action.ESCALATE) for action in alarms)
        print(f"| {change} | {score.wilson(same, len(pairs))} | {kept} of {len(alarms)} | {lost} |")


def print_judges() -> None:
    """The authors never learnt from: side by side, together, and without texts that a learnt author wrote as well."""
    rows = [outcomes(name) for name in JUDGING_STRANGERS]
    together = [row for one in rows for row in one]
    learnt = {normalise(row["text"]) for name in (*OURS, *STRANGERS) for row in labelled(name)}
    unseen = [row for row in together if normalise(row[0]["text"]) not in learnt]
    columns = (*JUDGING_STRANGERS, f"together ({len(together)})", f"unseen ({len(unseen)})")
    tables = [score.figures(one) for one in (*rows, together, unseen)]
    print("\n| | " + " | ".join(columns) + " |\n" + "|---" * (len(tables) + 1) + "|")
    for line in tables[0]:
        print(f"| {line} | " + " | ".join(table[line] for table in tables) + " |")


def main() -> int:
    """Print every table."""
    print_judges()
    for name in SETS:
        for language in ("en", "es"):
            rows = [row for row in outcomes(name) if row[0]["lang"] == language]
            print(f"\n## {name}, {language}: {len(rows)} texts")
            print("\n".join(f"| {line} | {value} |" for line, value in score.figures(rows).items()))
    print_confusion("held_out")
    print_perturbations("held_out")
    return 0


if __name__ == "__main__":
    sys.exit(main())
