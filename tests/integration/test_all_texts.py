"""Every development text end to end through the real router and words: stored, decided, never a failure of ours."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.factories import CLIENT_NUMBER, NOON
from tests.support.line import Line, enrol, open_line, treat

TEXTS = Path(__file__).parents[1] / "router" / "development.jsonl"
APART = timedelta(hours=3)  # so that no cap hides an answer


def texts() -> list[str]:
    rows = [json.loads(line) for line in TEXTS.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [row["text"] for row in rows]


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return open_line(tmp_path, opt_out_mode="self")


def failures(line: Line, number: str) -> list[str]:
    """Texts without a decision, or whose answer could not be written."""
    inbound = [row for row in line.rows(number) if row.direction == "inbound"]
    return [row.body for row in inbound if "rule" not in row.reason]


def test_every_text_of_a_client_is_settled(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    treat(line, enrol(line), ago=timedelta(days=5))

    for place, body in enumerate(texts()):
        line.text(body, at=NOON + place * APART)

    assert failures(line, CLIENT_NUMBER) == []
    assert len([row for row in line.rows() if row.direction == "inbound"]) == len(texts())
    assert not [alert for alert in line.alerts() if alert.kind == "system"]


def test_every_text_of_a_stranger_is_settled(line: Line) -> None:
    numbers = {f"+1573555{place + 1000}": body for place, body in enumerate(texts()[::3])}

    for number, body in numbers.items():
        line.text(body, number=number)

    assert [number for number in numbers if failures(line, number)] == []
    assert all(line.conversation(number).waiting_urgency != "now" or line.alerts() for number in numbers)
