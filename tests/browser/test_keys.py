"""The desk without a mouse: one letter each, off while typing, off altogether where somebody wishes."""

import re

import pytest
from playwright.sync_api import Page, expect

from models.staff import Staff
from tests.support.browser import Site


def focused(page: Page) -> str:
    words: str = page.evaluate("document.activeElement.textContent.trim()")
    return words


@pytest.fixture
def page(site: Site) -> Page:
    page = site.visitor("front_desk")
    page.goto("/?tab=all")
    return page


def test_j_and_k_walk_the_list_and_enter_opens(page: Page) -> None:
    names = page.locator("[data-row] .name").all_inner_texts()

    page.keyboard.press("j")
    page.keyboard.press("j")
    assert names[1] in focused(page)
    page.keyboard.press("k")
    assert names[0] in focused(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")

    expect(page.locator(".thread-head h1")).to_have_text(names[1])
    expect(page.locator("[data-row][aria-current=true] .name")).to_have_text(names[1])


def test_a_thread_is_worked_with_one_letter_each(page: Page, site: Site) -> None:
    page.goto(f"/threads/{site.clinic.thread_of('Erin Park')}")

    page.keyboard.press("r")
    expect(page.locator("#body")).to_be_focused()
    page.keyboard.type("jnase")
    expect(page.locator("#body")).to_have_value("jnase")
    page.locator(".thread-head h1").click()
    page.keyboard.press("n")
    expect(page.get_by_role("button", name="Save note")).to_be_visible()
    expect(page.locator("#body")).to_be_focused()
    page.locator(".thread-head h1").click()
    page.keyboard.press("a")
    expect(page.locator("[name=to]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("[name=to]")).to_be_hidden()
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="In three hours")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page.locator(".thread-head")).to_contain_text("Closed")


def test_a_menu_shuts_when_something_else_is_pressed(page: Page, site: Site) -> None:
    page.goto(f"/threads/{site.clinic.thread_of('Erin Park')}")

    page.locator("summary", has_text="Snooze").click()
    expect(page.get_by_role("button", name="In three hours")).to_be_visible()
    page.locator(".thread-head h1").click()

    expect(page.get_by_role("button", name="In three hours")).to_be_hidden()


@pytest.mark.parametrize(
    ("keys", "address"),
    [("gi", "/"), ("gc", "/clients"), ("gr", "/reminders"), ("ge", "/enrol"), ("?", "/keys")],
)
def test_g_goes_places(page: Page, keys: str, address: str) -> None:
    page.goto("/alerts")
    for key in keys:
        page.keyboard.press(key)

    expect(page).to_have_url(re.compile(f"{re.escape(address)}$"))


def test_a_slash_goes_to_the_search(page: Page) -> None:
    page.keyboard.press("/")
    expect(page.get_by_label("Search conversations")).to_be_focused()
    expect(page.get_by_label("Search conversations")).to_have_value("")


def test_nothing_happens_with_the_switch_off(page: Page, site: Site) -> None:
    with site.clinic.database.write() as session:
        session.get_one(Staff, site.clinic.staff["front_desk"]).single_keys = False
    page.reload()

    for key in ("j", "/", "?", "g", "c"):
        page.keyboard.press(key)

    expect(page).to_have_url(re.compile("tab=all"))
    assert page.evaluate("document.activeElement === document.body")


def test_everything_is_reached_with_tab_and_seen(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to content"
    expect(page.locator(".skip")).to_be_in_viewport()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(IS_SEEN), focused(page)


IS_SEEN = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return getComputedStyle(one).outlineStyle !== "none" && top !== null && (one.contains(top) || top.contains(one));
}"""
