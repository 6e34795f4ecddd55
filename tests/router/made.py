"""Texts made of the judges' short ones, and what becomes of them."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from bot.decision import Action, Context, Decision, Urgency
from bot.router import decide
from tests.support.understanding import labelled, vocabulary
from tools.learn_words import JUDGING_STRANGERS

NOT_CALM = frozenset({"emergency", "stop", "start", "help"})
SEED = 7
Maker = Callable[[str, str, int], Iterator[str]]  # judge, kind, how many


def calm_texts(judge: str) -> list[str]:
    """Those of one judge that are neither an emergency nor about texting."""
    rows = labelled(judge)
    return [row["text"] for row in rows if NOT_CALM.isdisjoint({*row["labels"], *row["also"]})]


def texts_of_kind(judge: str, kind: str) -> list[str]:
    """Those of one judge with this label."""
    return [row["text"] for row in labelled(judge) if row["label"] == kind]


def name_outcome(decision: Decision) -> str:
    """In words."""
    if decision.action is Action.EMERGENCY:
        return "emergency words, and texts stopped" if decision.also_stop else "emergency words"
    if decision.action is Action.OPTOUT:
        return "texts stopped, and a person at once" if decision.urgency is Urgency.NOW else "texts stopped"
    if decision.action is Action.ESCALATE:
        return f"a person ({decision.urgency.value})"
    return decision.action.value


def outcomes(made: Maker, kind: str, *, each: int) -> Counter[str]:
    """What becomes of so many texts of each judge."""
    texts = (text for judge in JUDGING_STRANGERS for text in made(judge, kind, each))
    return Counter(name_outcome(decide(text, Context(), vocabulary())) for text in texts)


@cache
def shares(made: Maker, kind: str, *, each: int) -> Mapping[str, float]:
    """The same as parts of one."""
    found = outcomes(made, kind, each=each)
    return {name: count / found.total() for name, count in found.items()}


def share_of(made: Maker, kind: str, *words: str, each: int) -> float:
    """The part of those whose outcome is named by one of these words."""
    found = shares(made, kind, each=each).items()
    return sum(value for name, value in found if any(word in name for word in words))


def print_outcomes(made: Maker, kinds: Sequence[str], *, each: int) -> None:
    """Each outcome of each kind."""
    for kind in kinds:
        found = outcomes(made, kind, each=each)
        sys.stdout.write(f"\n{kind}, {found.total()} texts\n")
        sys.stdout.writelines(
            f"  {count / found.total():6.1%}  {name}\n" for name, count in found.most_common()
        )
