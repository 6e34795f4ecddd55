"""docs/router.md says from which probabilities the second opinion counts: every one of the table in the code."""

from dataclasses import asdict
from pathlib import Path

import pytest

from bot.thresholds import THRESHOLDS

PAGE = Path(__file__).parents[2] / "docs" / "router.md"
BEGIN, END = "The thresholds stand in one table", "## Figures"


@pytest.mark.parametrize(("name", "value"), sorted(asdict(THRESHOLDS).items()))
def test_the_page_names_it(name: str, value: float) -> None:
    told = PAGE.read_text(encoding="utf-8").split(BEGIN, 1)[1].split(END, 1)[0]
    assert f"{100 * value:g} %" in told, f"docs/router.md does not name {name}"
