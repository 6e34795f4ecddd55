"""Photos in and out: twelve in one text, by treatment day, large, side by side, attached to a reply."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import NARROW, WIDE, Site
from tools.demo_clinic import PHOTO_CLIENT, draw_face

LOOKS = [pytest.param(WIDE, "light", id="desk-light"), pytest.param(NARROW, "dark", id="phone-dark")]
ALL_LOADED = "[...document.querySelectorAll('main img')].every((one) => one.complete && one.naturalWidth > 0)"


def gallery(site: Site, width: int, scheme: str) -> Page:
    page = site.visitor("clinician", width=width, scheme=scheme)
    page.goto(f"/clients/{site.clinic.client_of(PHOTO_CLIENT)}/photos")
    return page


BOTH_MOVE = """() => {
  const [one, other] = document.querySelectorAll("[data-pair] .window");
  one.scrollTo(40, 60);
  return other.scrollTop === 60;
}"""


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_a_photo_opens_large_and_the_keys_turn_the_pages(site: Site, width: int, scheme: str) -> None:
    page = gallery(site, width, scheme)

    page.locator("[data-lightbox]").first.click()
    box = page.get_by_role("dialog")
    expect(box).to_contain_text("1 of 4")
    page.keyboard.press("ArrowRight")
    expect(box).to_contain_text("2 of 4")
    page.keyboard.press("+")
    expect(box).to_have_attribute("data-zoom", "2")
    page.keyboard.press("Escape")

    expect(box).to_be_hidden()
    expect(page.locator("[data-lightbox]").first).to_be_focused()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_first_and_the_newest_stand_side_by_side(site: Site, width: int, scheme: str) -> None:
    page = gallery(site, width, scheme)

    page.get_by_role("button", name="Compare").click()
    expect(page.locator("[data-pair] figure")).to_have_count(2)
    expect(page.locator("figcaption").first).to_contain_text("Day 5")
    expect(page.locator("figcaption").last).to_contain_text("Day 7")
    page.wait_for_load_state()  # a choice made before the page listens is no choice
    with page.expect_navigation():
        page.get_by_label("Zoom").select_option(index=1)
    page.wait_for_function(BOTH_MOVE)  # nothing moves before its picture is there


def test_twelve_photos_of_one_text_are_all_shown(site: Site) -> None:
    faces = tuple(draw_face(tilt=tilt, shade=tilt) for tilt in range(10))
    site.clinic.text_in(site.clinic.number_of("Erin Park"), "ten", faces)
    site.clinic.text_in(site.clinic.number_of("Erin Park"), "and two", faces[:2])
    page = site.visitor("front_desk", width=NARROW)

    page.goto(f"/threads/{site.clinic.thread_of('Erin Park')}")

    expect(page.locator(".photo-grid img")).to_have_count(12)
    for image in page.locator(".photo-grid img").all():
        image.scroll_into_view_if_needed()
    page.wait_for_function(ALL_LOADED)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW


def test_a_picture_goes_with_a_reply_and_is_shown_in_the_thread(site: Site) -> None:
    page = site.visitor("front_desk")
    page.goto(f"/threads/{site.clinic.thread_of('Erin Park')}")
    page.get_by_role("button", name="Attach a picture").click()
    page.locator("[type=file]").set_input_files(
        {"name": "ice.jpg", "mimeType": "image/jpeg", "buffer": draw_face()}
    )
    page.get_by_role("button", name="Attach", exact=True).click()
    expect(page.get_by_text("1 picture will go with your reply")).to_be_visible()
    page.locator("#body").fill("Like this")
    page.get_by_role("button", name="Send", exact=True).click()

    expect(page.locator("li.bubble").last.locator("img")).to_have_count(1)


def test_a_photo_leaves_only_with_a_reason(site: Site) -> None:
    page = gallery(site, WIDE, "light")
    page.get_by_role("link", name=re.compile("Details")).first.click()
    page.locator("#download-reason, [aria-labelledby=h-take] select").first.select_option(index=1)

    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()

    assert download.value.suggested_filename.endswith(".jpg")


def test_photos_taken_at_the_clinic_are_added_to_their_visit(site: Site) -> None:
    page = gallery(site, NARROW, "light")
    page.locator("[type=file]").set_input_files(
        {"name": "before.jpg", "mimeType": "image/jpeg", "buffer": draw_face()}
    )
    page.get_by_label("Caption").fill("before the visit")
    page.get_by_role("button", name="Add").click()

    expect(page.locator("[data-lightbox]")).to_have_count(5)
    expect(page.locator("main")).to_contain_text("before the visit")
