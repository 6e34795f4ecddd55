"""Very long texts made of the judges' short ones: `python -m tests.router.stories` prints what becomes of them.

Few labelled texts have more than 120 words. These are harder than a client's: a dozen people's texts in a row, half of
them idioms, denials and look-alikes written to mislead, and one emergency or one opt-out among them.
"""

import random
import sys
from collections import Counter
from collections.abc import Iterator

from bot.decision import Action, Context, Decision, Urgency
from bot.reading import LONGEST_QUESTION
from bot.router import decide
from bot.text import MAX_CHARACTERS
from tests.support.understanding import labelled, vocabulary
from tools.learn_words import JUDGING_STRANGERS

KINDS = ("emergency", "stop", "calm")
NOT_CALM = frozenset({"emergency", "stop", "start", "help"})
LONGEST = 2 * LONGEST_QUESTION  # words
SEED = 7


def stories_of(judge: str, kind: str, count: int) -> Iterator[str]:
    """Texts of one judge's calm sentences with one of this kind somewhere among them."""
    chance = random.Random(f"{SEED} {judge} {kind}")
    rows = labelled(judge)
    calm = [row["text"] for row in rows if NOT_CALM.isdisjoint({*row["labels"], *row["also"]})]
    told = [row["text"] for row in rows if row["label"] == kind and len(row["text"].split()) > 2]
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


def name_outcome(decision: Decision) -> str:
    """In words."""
    if decision.action is Action.EMERGENCY:
        return "emergency words, and texts stopped" if decision.also_stop else "emergency words"
    if decision.action is Action.OPTOUT:
        return "texts stopped, and a person at once" if decision.urgency is Urgency.NOW else "texts stopped"
    if decision.action is Action.ESCALATE:
        return f"a person ({decision.urgency.value})"
    return decision.action.value


def outcomes(kind: str, *, each: int) -> Counter[str]:
    """What becomes of so many stories of each judge."""
    texts = (text for judge in JUDGING_STRANGERS for text in stories_of(judge, kind, each))
    return Counter(name_outcome(decide(text, Context(), vocabulary())) for text in texts)


def main() -> int:
    """Print each outcome of each kind."""
    for kind in KINDS:
        found = outcomes(kind, each=60)
        sys.stdout.write(f"\n{kind}, {found.total()} stories\n")
        sys.stdout.writelines(
            f"  {count / found.total():6.1%}  {name}\n" for name, count in found.most_common()
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
