"""A newcomer's first minutes: text the clinic, be treated, let the days pass, see it on the desk."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.browser import NARROW, WIDE, Site

PHONE = "+15735550142"
LOOKS = [pytest.param(WIDE, "dark", id="desk-dark"), pytest.param(NARROW, "light", id="phone-light")]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_a_text_a_treatment_and_two_weeks_in_a_few_presses(site: Site, width: int, scheme: str) -> None:
    page = site.visitor(None, width=width, scheme=scheme)
    page.goto(f"/simulator?phone=%2B{PHONE[1:]}")

    page.get_by_role("button", name="Enrol, treated now").click()
    expect(page.locator(".plan li")).to_have_count(5)
    page.get_by_label("Text to the clinic").fill("Can I work out tonight?")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("li.bubble").last).to_contain_text("16 hours")
    clock = page.locator(".big time").get_attribute("datetime")
    page.get_by_role("button", name="+14 days").click()

    assert page.locator(".big time").get_attribute("datetime") != clock
    expect(page.locator("li.bubble", has_text=re.compile("exercise|work out"))).not_to_have_count(0)
    expect(page.locator(".plan li.sent")).not_to_have_count(0)


def test_a_time_that_has_passed_is_refused_in_words(site: Site) -> None:
    page = site.visitor(None)
    page.goto("/simulator")

    page.get_by_label("Or to").fill("2020-01-01T10:00")
    page.get_by_role("button", name="Move there").click()

    expect(page.get_by_role("status").first).to_contain_text("only moves forward")
