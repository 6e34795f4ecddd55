"""The office every dashboard test works in."""

from collections.abc import Iterator

import pytest

from config import Settings
from tests.support.dashboard import Office, open_office


@pytest.fixture
def office(settings: Settings) -> Iterator[Office]:
    """Two clinics, each with a waiting client; people of every role."""
    office = open_office(settings)
    yield office
    office.here.close()
