"""Without script the desk still works: only the refreshing is missing."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.browser import NARROW, WIDE, Site


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_replies_closing_and_enrolment_need_no_script(site: Site, width: int) -> None:
    page = site.visitor("front_desk", width=width, script=False)
    page.goto("/")
    page.get_by_role("link", name=re.compile("Erin Park")).click()
    page.locator("#body").fill("Please call us.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("li.bubble").last).to_contain_text("Please call us.")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.locator("[name=as][value=note]").check()
    page.locator("#body").fill("Rang twice")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Save note").click()
    expect(page.locator("li.bubble.internal")).to_contain_text("Rang twice")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator(".thread-head")).to_contain_text("Closed")

    page.goto("/enrol")
    page.get_by_label("Name", exact=True).fill("Nora Quist")
    page.get_by_label("Mobile number").fill("(573) 555-0144")
    page.get_by_label("Botox").check()
    page.locator("[name=care]").check()
    page.get_by_role("button", name="Preview the plan").click()
    expect(page.locator("#plan, .plan").first).to_contain_text("Day 14 check-in")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Nora Quist")
    page.get_by_role("button", name="Enrol", exact=True).click()

    expect(page.get_by_role("heading", name="Nora Quist")).to_be_visible()
