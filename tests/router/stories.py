"""Very long texts made of the judges' short ones: `python -m tests.router.stories` prints what becomes of them.

Few labelled texts have more than 120 words. These are harder than a client's: a dozen people's texts in a row, half of
them idioms, denials and look-alikes written to mislead, and one emergency or one opt-out among them.
"""

import random
import sys
from collections.abc import Iterator

from bot.reading import LONGEST_QUESTION
from bot.text import MAX_CHARACTERS
from tests.router.made import SEED, calm_texts, print_outcomes, texts_of_kind

KINDS = ("emergency", "stop", "calm")
LONGEST = 2 * LONGEST_QUESTION  # words


def stories_of(judge: str, kind: str, count: int) -> Iterator[str]:
    """Texts of one judge's calm sentences with one of this kind somewhere among them."""
    chance = random.Random(f"{SEED} {judge} {kind}")
    calm = calm_texts(judge)
    told = [text for text in texts_of_kind(judge, kind) if len(text.split()) > 2]
    for _ in range(count):
        begun = calm_beginning(chance.sample(calm, len(calm)), chance.randint(LONGEST_QUESTION + 5, LONGEST))
        if kind != "calm":
            begun.insert(chance.randint(0, len(begun)), chance.choice(told))
        yield " ".join(text if text[-1:] in ".!?" else f"{text}." for text in begun)[:MAX_CHARACTERS]


def calm_beginning(texts: list[str], words: int) -> list[str]:
    """As many of the texts as make so many words."""
    begun: list[str] = []
    while sum(len(text.split()) for text in begun) < words:
        begun.append(texts[len(begun)])
    return begun


def main() -> int:
    """Print each outcome of each kind."""
    print_outcomes(stories_of, KINDS, each=60)
    return 0


if __name__ == "__main__":
    sys.exit(main())
