"""What arrives while a page is open shows by itself and takes nothing away: no word, no focus, no open detail."""

import re

from playwright.sync_api import Page, expect

from tests.support.browser import Site

A_POLL_MS = 4_100


def open_thread(site: Site, name: str, role: str = "front_desk") -> Page:
    """A page whose clock is ours."""
    page = site.visitor(role)
    page.clock.install()
    page.goto(f"/threads/{site.clinic.thread_of(name)}?tab=all")
    return page


def poll(page: Page) -> None:
    """Let the page ask once more."""
    with page.expect_response(re.compile("/texts")):
        page.clock.run_for(A_POLL_MS)


def test_a_new_text_appears_beside_a_half_typed_reply(site: Site) -> None:
    page = open_thread(site, "Erin Park")
    page.locator("#body").press_sequentially("We can see")

    site.clinic.text_in(site.clinic.number_of("Erin Park"), "I can come at ten")
    poll(page)

    expect(page.locator("li.bubble", has_text="I can come at ten")).to_be_visible()
    expect(page.locator("#body")).to_have_value("We can see")
    expect(page.locator("#body")).to_be_focused()
    page.keyboard.type(" you")
    expect(page.locator("#body")).to_have_value("We can see you")


def test_the_list_keeps_its_open_row_and_the_focus_while_rows_move(site: Site) -> None:
    page = open_thread(site, "Erin Park")
    row = page.locator("[data-row]", has_text="Tess Novak")
    row.focus()

    site.clinic.text_in(site.clinic.number_of("Olivia Reyes"), "Do you have anything on Friday?")
    poll(page)

    expect(page.locator("[data-row]", has_text="Olivia Reyes")).to_contain_text("anything on Friday")
    expect(page.locator("[data-row][aria-current=true]")).to_contain_text("Erin Park")
    expect(row).to_be_focused()


def test_an_open_reason_stays_open(site: Site) -> None:
    page = open_thread(site, "Erin Park")
    page.locator("li.bubble details summary").first.click()

    site.clinic.text_in(site.clinic.number_of("Erin Park"), "I can come at ten")
    poll(page)

    expect(page.locator("li.bubble", has_text="I can come at ten")).to_be_visible()
    expect(page.locator("li.bubble details").first).to_have_attribute("open", "")


def test_an_urgent_text_changes_the_title_of_a_page_that_is_open(site: Site) -> None:
    page = open_thread(site, "Erin Park")
    expect(page).to_have_title(re.compile(r"^\(1 urgent\)"))

    site.clinic.text_in(site.clinic.number_of("Olivia Reyes"), "I can't breathe")
    poll(page)

    expect(page).to_have_title(re.compile(r"^\(2 urgent\)"))


def test_an_urgent_text_is_heard_and_said_on_every_page(site: Site) -> None:
    page = site.visitor("front_desk")
    page.clock.install()
    page.goto("/reminders")
    expect(page).to_have_title(re.compile(r"^\(1 urgent\)"))

    site.clinic.text_in(site.clinic.number_of("Olivia Reyes"), "I can't breathe")
    with page.expect_response(re.compile("/nav")):
        page.clock.run_for(A_POLL_MS)

    expect(page).to_have_title(re.compile(r"^\(2 urgent\)"))
    expect(page.locator("#urgent-said")).to_have_text("2 urgent: open Alerts.")
    expect(page.locator("nav .count.urgent").first).to_contain_text("2")
    sounded = page.locator("body").get_attribute("data-sounded")
    assert sounded
    page.clock.run_for(65_000)  # nobody has taken it: once more
    assert page.locator("body").get_attribute("data-sounded") != sounded


def test_an_alert_shows_in_a_thread_that_is_open_and_keeps_the_words_in_the_box(site: Site) -> None:
    page = open_thread(site, "Erin Park")
    page.locator("#body").press_sequentially("We can see")

    site.clinic.text_in(site.clinic.number_of("Erin Park"), "my throat is closing up")
    poll(page)

    expect(page.get_by_role("button", name="I am on it")).to_be_visible()
    expect(page.locator("li.bubble").last).to_be_in_viewport()
    expect(page.locator("#body")).to_have_value("We can see")


def test_a_colleague_who_was_faster_is_shown_before_a_second_answer_leaves(site: Site) -> None:
    first, second = open_thread(site, "Erin Park"), open_thread(site, "Erin Park", "clinician")
    site.complaints.expect("422")
    second.locator("#body").press_sequentially("Please come at noon")
    first.locator("#body").fill("Please come at ten")
    first.get_by_role("button", name="Send", exact=True).click()
    expect(first.locator("li.bubble").last).to_contain_text("at ten")
    poll(second)

    second.get_by_role("button", name="Send", exact=True).click()

    expect(second.get_by_role("alert").filter(has_text="answered while you were writing")).to_be_visible()
    expect(second.locator("#body")).to_have_value("Please come at noon")
    second.get_by_role("button", name="Send", exact=True).click()
    expect(second.locator("li.bubble").last).to_contain_text("at noon")


def test_two_people_on_one_thread_know_of_each_other(site: Site) -> None:
    first, second = open_thread(site, "Erin Park"), open_thread(site, "Erin Park", "clinician")
    expect(second.locator(".presence")).to_contain_text("Sam Ortiz is looking at this too")

    with first.expect_response(re.compile("/presence")):
        first.locator("#body").press_sequentially("Hello")
        first.clock.run_for(1_000)
    poll(second)

    expect(second.locator(".presence")).to_contain_text("Sam Ortiz is writing a reply")


def test_a_page_without_the_server_says_so(site: Site) -> None:
    page = open_thread(site, "Erin Park")
    site.complaints.expect("ERR_")

    page.route("**/texts*", lambda route: route.abort("internetdisconnected"))
    page.route("**/rows*", lambda route: route.abort("internetdisconnected"))
    page.route("**/nav*", lambda route: route.abort("internetdisconnected"))
    page.clock.run_for(A_POLL_MS)

    expect(page.locator("#offline")).to_contain_text("You are offline. Last update")


def test_a_session_that_ended_leads_to_the_door(site: Site) -> None:
    page = open_thread(site, "Erin Park")
    site.complaints.expect("401")
    page.context.clear_cookies()

    page.clock.run_for(A_POLL_MS)

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_words_left_in_the_box_are_there_again(site: Site) -> None:
    page = open_thread(site, "Erin Park")

    with page.expect_response(re.compile("/presence")):
        page.locator("#body").press_sequentially("not ready yet")
        page.clock.run_for(1_000)
    page.goto("/?tab=all")

    expect(page.locator("[data-row]", has_text="Erin Park")).to_contain_text("Draft")
    page.goto(f"/threads/{site.clinic.thread_of('Erin Park')}")
    expect(page.locator("#body")).to_have_value("not ready yet")
