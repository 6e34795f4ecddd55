"""What dashboard tests stand on beside the office."""

import pytest

from tests.support.factories import NOON


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clinic time stands still at a Tuesday noon."""
    monkeypatch.setattr("clock.now", lambda _session: NOON)
