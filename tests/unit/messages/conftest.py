"""The shipped words pack, loaded once."""

import pytest

from messages.catalogue import Pack, load_pack


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load_pack()
