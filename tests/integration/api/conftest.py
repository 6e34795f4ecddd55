"""The API every test of this folder calls."""

from collections.abc import Iterator

import pytest

from config import Settings
from tests.support.api import Api, open_api


@pytest.fixture
def api(settings_here: Settings) -> Iterator[Api]:
    """Two clinics with something of everything in each, and tokens of every scope."""
    api = open_api(settings_here)
    yield api
    api.office.here.close()
