"""Enrolment, the client's card, reminders, settings and words, as staff press the buttons."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import NARROW, WIDE, Site

LOOKS = [pytest.param(WIDE, "dark", id="desk-dark"), pytest.param(NARROW, "light", id="phone-light")]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_a_client_is_enrolled_and_found_with_the_plan_that_was_shown(
    site: Site, width: int, scheme: str
) -> None:
    page = site.visitor("front_desk", width=width, scheme=scheme)
    page.goto("/enrol")
    expect(page.locator("#enrol-form [name=name]")).to_be_focused()
    page.get_by_role("button", name="Enrol", exact=True).click()
    site.complaints.expect("422")
    expect(page.get_by_role("alert").first).to_contain_text("Nothing was saved yet")

    page.locator("#enrol-form [name=name]").fill("Nora Quist")
    page.locator("[name=phone]").fill("573 555 0144")
    page.get_by_label("Botox").check()
    page.locator("[name=care]").check()
    page.get_by_role("button", name="Preview the plan").click()
    expect(page.locator(".steps .when").first).to_be_visible()
    planned = page.locator(".steps .when").all_inner_texts()
    page.get_by_role("button", name="Enrol", exact=True).click()
    expect(page.get_by_role("heading", name="Nora Quist")).to_be_visible()
    page.goto("/clients?q=0144")

    expect(page.locator("main")).to_contain_text("Nora Quist")
    assert any(re.search("Dec|Nov|Jan|am|pm", when) for when in planned)


def open_client(site: Site, name: str = "Erin Park", width: int = WIDE) -> Page:
    page = site.visitor("owner", width=width)
    page.goto(f"/clients/{site.clinic.client_of(name)}")
    return page


def test_a_step_is_held_released_and_cancelled_on_the_card(site: Site) -> None:
    page = open_client(site)
    row = page.locator("tr", has_text="Time for the next visit")

    row.get_by_role("button", name=re.compile("Hold")).click()
    expect(row).to_contain_text("Held")
    row.get_by_role("button", name=re.compile("Release|Resume|Let it")).click()
    expect(row).to_contain_text("Planned")
    row.get_by_role("button", name=re.compile("Cancel")).click()

    expect(row).to_contain_text("Cancelled")


def test_reminders_show_what_leaves_next_and_hold_it(site: Site) -> None:
    page = site.visitor("front_desk", width=NARROW)
    page.goto("/reminders")
    row = page.locator("tr", has_text="Olivia Reyes").first

    row.get_by_role("button", name=re.compile("Hold")).click()
    page.get_by_role("link", name=re.compile("^Held")).click()

    expect(page.locator("main")).to_contain_text("Olivia Reyes")


def test_the_clinic_is_renamed_and_a_wrong_zone_keeps_what_was_typed(site: Site) -> None:
    page = site.visitor("owner")
    site.complaints.expect("422")
    page.goto("/settings")
    page.locator("#clinic [name=name]").fill("Rosewood Clinic")
    page.locator("#clinic [name=timezone]").fill("Mars/Olympus")
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator("#clinic [name=name]")).to_have_value("Rosewood Clinic")
    expect(page.locator(".field-error")).to_be_visible()

    page.locator("#clinic [name=timezone]").fill("America/Denver")
    page.get_by_role("button", name="Save").first.click()

    expect(page.locator(".rail .brand")).to_have_text("Rosewood Clinic")


def test_words_are_edited_and_approved_by_name(site: Site) -> None:
    page = site.visitor("clinician")
    page.goto("/settings/words/exercise")
    page.get_by_role("button", name=re.compile("^Edit English")).first.click()
    box = page.locator("textarea").first
    box.fill(box.input_value().replace("take it easy", "take it slowly"))
    page.get_by_role("button", name=re.compile("Save")).first.click()

    expect(page.locator("main")).to_contain_text("take it slowly")


def test_a_saved_reply_of_the_clinic_is_written(site: Site) -> None:
    page = site.visitor("owner", width=NARROW)
    page.goto("/settings/saved-replies")
    page.get_by_label("Name").fill("Parking")
    page.get_by_label("Text", exact=False).first.fill("Park behind the house.")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Park behind the house.")).to_be_visible()
