"""The last line of a test run is honest about what it left out."""

from pathlib import Path

import pytest

from tests.left_out import LeftOut

REPORT = {"nodeid": "t", "location": ("t", 1, "t"), "keywords": {}, "when": "setup"}


def skipped(reason: str) -> pytest.TestReport:
    longrepr = (str(Path("t.py")), 1, f"Skipped: {reason}")
    return pytest.TestReport(**REPORT, outcome="skipped", longrepr=longrepr)  # type: ignore[arg-type]


def test_nothing_left_out_is_said_so() -> None:
    assert LeftOut().summary() == "nothing"


def test_left_out_tests_are_counted_by_reason() -> None:
    seen = LeftOut()

    for reason in ("no Chromium found", "needs root", "no Chromium found"):
        seen.pytest_runtest_logreport(skipped(reason))

    assert seen.summary() == "2 (no Chromium found); 1 (needs root)"


def test_a_test_that_ran_is_not_left_out() -> None:
    seen = LeftOut()

    seen.pytest_runtest_logreport(pytest.TestReport(**REPORT, outcome="passed", longrepr=None))  # type: ignore[arg-type]

    assert seen.summary() == "nothing"
