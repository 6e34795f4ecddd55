"""The table of faults names tests that exist: docs/reference/faults.md."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "docs" / "reference" / "faults.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \|$", TABLE, flags=re.MULTILINE)
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", TABLE)))


@pytest.mark.parametrize(("file", "name"), NAMED, ids=lambda each: str(each))
def test_each_test_named_there_exists(file: str, name: str) -> None:
    code = (ROOT / "tests" / file).read_text(encoding="utf-8")

    assert re.search(rf"^def {name}\(", code, flags=re.MULTILINE)


def test_every_fault_has_its_row_and_a_test() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, 107))
    assert [row[0] for row in ROWS if "::test_" not in row[3]] == []
