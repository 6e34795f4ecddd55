"""Prints, as the very last line, what a test run had to leave out and why. In CI nothing may be left out."""

import os
from collections import Counter

import pytest

LONGEST_REASON = 120


class LeftOut:
    """Counts skipped tests by reason; lives in the process that prints the summary."""

    def __init__(self) -> None:
        self.reasons: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.reasons[_reason_of(report)] += 1

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.reasons[_reason_of(report)] += 1

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.reasons and os.environ.get("CI") == "true":
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        print(f"\nleft out: {self.summary()}")

    def summary(self) -> str:
        """One line: how many tests were left out for which reason."""
        return "; ".join(f"{count} ({reason})" for reason, count in self.reasons.most_common()) or "nothing"


def _reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ").splitlines()[0][:LONGEST_REASON]


def register(config: pytest.Config) -> None:
    """Once a run, and not in the worker processes of xdist."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(LeftOut(), "left_out")
