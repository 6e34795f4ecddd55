"""Two short texts of a judge run together, as people type: `python -m tests.router.run_on` prints what becomes of them.

One of the two is calm, the other an emergency, a bare red flag, an opt-out, or calm too. Harder than a client's text:
two people's thoughts in one breath, often without a full stop between them.
"""

import random
import sys
from collections.abc import Iterator

from bot.vocabulary import shipped_vocabulary
from tests.router.made import SEED, calm_texts, print_outcomes, texts_of_kind

KINDS = ("emergency", "red flag", "stop", "calm")
JOINTS = (", ", " and ", " but ", " also ", " ", ". ")
LONGEST = 40  # words of each
FLAGS = (
    "I can't breathe",
    "can't swallow",
    "I'm seeing double",
    "my throat is closing",
    "everything is blurry",
)
OF_SELF_HARM = ("i want to die", "i wanna die", "i wish i was dead", "i want to kill myself")


def run_on_of(judge: str, kind: str, count: int) -> Iterator[str]:
    """A calm text of the judge's with one of this kind, in either order."""
    chance = random.Random(f"{SEED} run on {judge} {kind}")
    calm = [text for text in calm_texts(judge) if 3 < len(text.split()) < LONGEST]
    told = calm if kind == "calm" else short_texts_of(judge, kind)
    for _ in range(count):
        both = [chance.choice(calm), chance.choice(told)]
        chance.shuffle(both)
        yield chance.choice(JOINTS).join(text.rstrip(" .!?") for text in both)


def short_texts_of(judge: str, kind: str) -> list[str]:
    """The judge's own; red flags are the examples of our table, and some of the shortest people write."""
    if kind == "red flag":
        families = shipped_vocabulary().families.values()
        return [*(example for family in families for example in family.examples), *FLAGS, *OF_SELF_HARM]
    return [text for text in texts_of_kind(judge, kind) if len(text.split()) < LONGEST]


def main() -> int:
    """Print each outcome of each kind."""
    print_outcomes(run_on_of, KINDS, each=60)
    return 0


if __name__ == "__main__":
    sys.exit(main())
