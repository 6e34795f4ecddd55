"""The reserved numbers are documented where people look for them."""

from pathlib import Path

from carriers import simulated_numbers
from carriers.simulated_numbers import RESERVED

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "simulated-carrier.md"


def test_every_reserved_number_is_explained() -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = (simulated_numbers.__doc__ or "").replace(" ", "")

    assert [number for number in RESERVED if number not in page or number not in table] == []
