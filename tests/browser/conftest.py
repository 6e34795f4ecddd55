"""A Chromium for the whole run, and a clinic of its own for each test. No page may complain about anything."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from config import Settings, ensure_keys, load_settings
from tests.support.browser import Site, open_site
from tools.browser import find_chromium
from tools.live_site import launch


@pytest.hookimpl(tryfirst=True)  # before the marks are chosen from
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser, which is a quarter of all tests' time."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.full)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests here."""
    if find_chromium() is None:
        pytest.skip("no Chromium found")
    expect.set_options(timeout=15_000)  # a machine may be busy; nothing here measures time
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def site(settings: Settings, chromium: Browser) -> Iterator[Site]:
    """The demo clinic, changed by nobody else."""
    with open_site(settings, chromium) as site:
        yield site
        assert site.complaints.unexpected() == []


@pytest.fixture(scope="module")
def shared_site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo clinic for tests that only look."""
    folder = tmp_path_factory.mktemp("site")
    settings = ensure_keys(load_settings({"DATA_DIR": str(folder / "var")}))
    with open_site(settings, chromium) as site:
        yield site
        assert site.complaints.unexpected() == []
