"""The vocabulary, read once for all tests of the router, and short ways to ask for a decision."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from bot.decision import Context, Decision
from bot.router import decide
from bot.vocabulary import Vocabulary, shipped_vocabulary

LABELLED = Path(__file__).resolve().parents[1] / "router"
NOBODY = Context()


def vocabulary() -> Vocabulary:
    """The words as shipped."""
    return shipped_vocabulary()


def decided(text: str, context: Context = NOBODY) -> Decision:
    """The decision for one text."""
    return decide(text, context, vocabulary())


@cache
def labelled(name: str) -> tuple[dict[str, Any], ...]:
    """The rows of one labelled set."""
    lines = (LABELLED / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)
