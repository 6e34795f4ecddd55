"""Runs the router over a labelled set in the form the scorer reads."""

from typing import Any

from tests.router import score
from tests.support.understanding import decided, labelled


def predict(name: str) -> list[dict[str, Any]]:
    """One prediction for each row of the set."""
    rows = []
    for row in labelled(name):
        found = decided(row["text"])
        rows.append(
            {
                "id": row["id"],
                "action": found.action.value,
                "intents": list(found.intents),
                "handoff": found.handoff,
            }
        )
    return rows


def outcomes(name: str) -> list[score.Row]:
    """Truth, prediction and outcome of each row."""
    return score.score(labelled(name), predict(name))


def share(rows: list[score.Row], *good: str) -> float:
    """The part of the rows whose outcome is one of `good`."""
    return sum(outcome in good for _, _, outcome in rows) / max(1, len(rows))
