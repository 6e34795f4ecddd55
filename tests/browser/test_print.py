"""On paper: the texts and the plan, without the tools around them and without a phone number."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.browser import Site
from tools.demo_clinic import PHOTO_CLIENT

NUMBER = re.compile(r"\(\d{3}\) \d{3}-\d{4}|\+1\d{10}")


@pytest.mark.parametrize("what", ["thread", "unknown", "client", "clients"])
def test_a_printed_page_shows_no_phone_number(shared_site: Site, what: str) -> None:
    clinic = shared_site.clinic
    address = {
        "thread": f"/threads/{clinic.thread_of(PHOTO_CLIENT)}",
        "unknown": f"/threads/{clinic.thread_of('Rosa Klein') + 1}",
        "client": f"/clients/{clinic.client_of(PHOTO_CLIENT)}",
        "clients": "/clients",
    }[what]
    page = shared_site.visitor("owner")
    page.goto(address)
    assert NUMBER.search(page.locator("main").inner_text())

    page.emulate_media(media="print")

    expect(page.locator("nav.rail")).to_be_hidden()
    seen = page.locator("main").inner_text()
    assert not [found for found in NUMBER.findall(seen) if found not in ours(seen)]
    assert len(seen) > 50


def ours(seen: str) -> set[str]:
    """The clinic's own number, where a text that was sent names it."""
    return {"(573) 555-0100"} & set(NUMBER.findall(seen))


def test_a_printed_conversation_is_whole(shared_site: Site) -> None:
    page = shared_site.visitor("owner")
    page.goto(f"/threads/{shared_site.clinic.thread_of(PHOTO_CLIENT)}")
    page.emulate_media(media="print")

    cut = page.evaluate("""() => [...document.querySelectorAll(".pane, .live, .scroll")]
      .filter((one) => one.checkVisibility() && one.scrollHeight > one.clientHeight + 2).map((one) => one.className)""")

    assert cut == []
    expect(page.locator(".composer")).to_be_hidden()
