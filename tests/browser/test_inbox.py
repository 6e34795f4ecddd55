"""From the inbox to an answer, as the front desk works: at a desk and on a phone, in light and in dark."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import HEIGHT, NARROW, WIDE, Site

TABLET = 820
LOOKS = [
    pytest.param(WIDE, "light", id="desk-light"),
    pytest.param(NARROW, "dark", id="phone-dark"),
]


def write(page: Page, words: str) -> None:
    page.wait_for_load_state()  # before the page's script has run, keys are only letters
    page.get_by_label(re.compile("Your reply to")).fill(words)


def last_bubble(page: Page) -> str:
    return page.locator("li.bubble").last.inner_text()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_a_reply_is_sent_with_a_key_taken_back_and_sent_for_good(site: Site, width: int, scheme: str) -> None:
    page = site.visitor("front_desk", width=width, scheme=scheme)
    page.goto("/")
    page.get_by_role("link", name=re.compile("Erin Park")).click()

    write(page, "Please come in on Friday.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("li.bubble").last).to_contain_text("Please come in on Friday.")
    expect(page.locator("li.bubble").last).to_contain_text("Queued")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back. Your words")).to_be_visible()
    expect(page.locator("#body")).to_have_value("Please come in on Friday.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    site.clinic.move(timedelta(seconds=30))
    page.reload()

    expect(page.locator("li.bubble").last).to_contain_text("Sam Ortiz")
    expect(page.locator("li.bubble").last).to_contain_text("Delivered")


def test_a_note_says_that_it_is_not_sent(site: Site) -> None:
    page = site.visitor("front_desk")
    page.goto(f"/threads/{site.clinic.thread_of('Erin Park')}")

    page.get_by_label("Note – not sent").check()
    expect(page.get_by_role("button", name="Save note")).to_be_visible()
    write(page, "Prefers mornings")
    page.get_by_role("button", name="Save note").click()

    expect(page.locator("li.bubble.internal")).to_contain_text("not sent")
    expect(page.locator("li.bubble.internal")).to_contain_text("Prefers mornings")
    expect(page.locator("#body")).to_have_value("")


def test_a_suggested_answer_is_put_in_the_box_and_not_sent(site: Site) -> None:
    page = site.visitor("front_desk")
    page.goto(f"/threads/{site.clinic.thread_of('Jenna Cole')}")
    before = page.locator("li.bubble").count()

    page.get_by_role("button", name="Small bumps after the visit").click()

    expect(page.locator("#body")).to_have_value(re.compile("bumps", re.IGNORECASE))
    expect(page.locator("[data-counter]")).to_contain_text("part")
    assert page.locator("li.bubble").count() == before


def test_a_saved_reply_is_found_with_a_slash_and_inserted_with_enter(site: Site) -> None:
    page = site.visitor("front_desk")
    page.goto(f"/threads/{site.clinic.thread_of('Erin Park')}")

    page.locator("#body").press_sequentially("/come")
    expect(page.locator(".saved-replies button")).to_contain_text(["Come in"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.locator("#body")).to_have_value(re.compile("^Hi Erin, please call"))
    expect(page.locator("#body")).to_be_focused()
    expect(page.locator(".saved-replies")).to_be_hidden()


def test_odd_characters_are_named_as_the_reason_for_more_parts(site: Site) -> None:
    page = site.visitor("front_desk")
    page.goto(f"/threads/{site.clinic.thread_of('Erin Park')}")

    write(page, "a" * 100)
    expect(page.locator("[data-counter]")).to_have_text("100 characters, 1 part")
    write(page, "a" * 99 + "☀")
    expect(page.locator("[data-counter]")).to_contain_text("2 parts; ☀ make it longer")


def test_odd_characters_are_replaced_with_one_press(site: Site) -> None:
    page = site.visitor("front_desk")
    page.goto(f"/threads/{site.clinic.thread_of('Erin Park')}")

    write(page, "Don’t worry – it’s “normal” 😊 " + "a" * 60)
    page.get_by_role("button", name="Use plain characters: 1 part").click()

    expect(page.locator("#body")).to_have_value("Don't worry - it's \"normal\" " + "a" * 60)
    expect(page.locator("[data-counter]")).to_have_text("88 characters, 1 part")
    expect(page.locator("[data-plain]")).to_be_hidden()


def test_enter_sends_only_where_the_person_wishes(site: Site) -> None:
    page = site.visitor("front_desk")
    thread = f"/threads/{site.clinic.thread_of('Erin Park')}"
    page.goto(thread)
    write(page, "One line")
    page.keyboard.press("Enter")
    expect(page.locator("#body")).to_have_value("One line\n")

    page.goto("/account")
    page.get_by_label("Enter sends a reply").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(thread)
    write(page, "Sent by Enter")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Enter")

    expect(page.locator("li.bubble").last).to_contain_text("Sent by Enter")


def test_a_search_works_from_another_page(site: Site) -> None:
    page = site.visitor("front_desk")
    page.goto("/reminders")

    page.keyboard.press("/")
    page.keyboard.type("Erin")
    page.keyboard.press("Enter")

    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator("[data-row]")).to_contain_text("Erin Park")


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_a_thread_is_handed_over_snoozed_closed_and_reopened(site: Site, width: int, scheme: str) -> None:
    page = site.visitor("front_desk", width=width, scheme=scheme)
    page.goto(f"/threads/{site.clinic.thread_of('Erin Park')}?tab=all")

    page.locator("summary", has_text="Hand over").click()
    page.locator("[name=to]").select_option(label="Kim Alder")
    page.get_by_label("Note for your colleague").fill("asks about the left side")
    page.get_by_role("button", name="Hand over").last.click()
    expect(page.locator(".thread-head")).to_contain_text("Kim Alder")
    expect(page.locator("li.bubble.internal")).to_contain_text("asks about the left side")

    page.locator("summary", has_text="Snooze").click()
    page.get_by_role("button", name="Tomorrow 9:00").click()
    page.goto("/?tab=snoozed")
    expect(page.get_by_role("link", name=re.compile("Erin Park"))).to_contain_text("Back")

    page.get_by_role("link", name=re.compile("Erin Park")).click()
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator(".thread-head")).to_contain_text("Closed")
    page.get_by_role("button", name="Reopen").click()
    expect(page.get_by_role("button", name="Close", exact=True)).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_an_alert_is_taken_by_name_and_ends_with_how_it_ended(site: Site, width: int, scheme: str) -> None:
    page = site.visitor("clinician", width=width, scheme=scheme)
    page.goto("/")
    expect(page).to_have_title(re.compile(r"^\(1 urgent\)"))
    page.get_by_role("link", name=re.compile("Hannah Blake")).click()

    expect(page.get_by_role("button", name="I am on it")).to_be_in_viewport()
    page.get_by_role("button", name="I am on it").click()
    expect(page.locator(".notice.urgent")).to_contain_text("Kim Alder is looking after it")
    page.goto(f"/alerts/{site.clinic.open_alert()}")
    page.get_by_label("How it ended").fill("Called her, she is on the way to the emergency room.")
    page.get_by_label("Resume them").check()
    page.get_by_role("button", name="Handled").click()
    page.goto("/?tab=urgent")

    expect(page.get_by_role("heading", name="All clear")).to_be_visible()


def test_an_opted_out_client_cannot_be_texted_and_the_page_says_what_can_be_done(site: Site) -> None:
    site.clinic.text_in(site.clinic.number_of("Erin Park"), "STOP")
    page = site.visitor("front_desk")

    page.goto(f"/threads/{site.clinic.thread_of('Erin Park')}")

    expect(page.locator("#body")).to_have_count(0)
    expect(page.locator(".composer.shut")).to_contain_text("START")


def test_names_numbers_and_words_are_found(site: Site) -> None:
    page = site.visitor("front_desk")
    for wanted in ("Erin", "(573) 555-0116", "still uneven"):
        page.goto("/")
        page.get_by_label("Search conversations").fill(wanted)
        page.keyboard.press("Enter")
        expect(page.locator("[data-row]")).to_have_count(1)
        expect(page.locator("[data-row]")).to_contain_text("Erin Park")


@pytest.mark.parametrize("width", [NARROW, 320])
def test_menus_stay_on_the_screen_of_a_phone(site: Site, width: int) -> None:
    page = site.visitor("front_desk", width=width, touch=True)
    page.goto(f"/threads/{site.clinic.thread_of('Erin Park')}")
    page.wait_for_load_state()

    for summary in page.locator("details.drop > summary").all():
        summary.click()
        box = page.locator("details.drop[open] > .menu").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= HEIGHT
        page.keyboard.press("Escape")
        expect(page.locator("details.drop[open]")).to_have_count(0)


@pytest.mark.parametrize("script", [True, False])
def test_on_a_tablet_the_card_is_a_drawer_beside_the_thread(site: Site, script: bool) -> None:
    page = site.visitor("front_desk", width=TABLET, script=script)
    page.goto(f"/threads/{site.clinic.thread_of('Erin Park')}")
    card = page.get_by_role("complementary", name="Client")
    expect(card).to_be_hidden()

    page.get_by_role("button", name="Card", exact=True).click()

    expect(card.get_by_role("heading", name="Erin Park")).to_be_in_viewport()
    drawer, box = card.bounding_box(), page.locator("#body").bounding_box()
    assert drawer is not None
    assert box is not None
    assert box["x"] + box["width"] <= drawer["x"]
    page.locator("#body").fill("Written with the card in sight")
    expect(card).to_be_visible()
    card.get_by_role("button", name="Close card").click()
    expect(card).to_be_hidden()


def test_escape_closes_the_drawer(site: Site) -> None:
    page = site.visitor("front_desk", width=TABLET)
    page.goto(f"/threads/{site.clinic.thread_of('Erin Park')}")
    page.wait_for_load_state()
    opener = page.get_by_role("button", name="Card", exact=True)
    opener.click()
    expect(page.get_by_role("complementary", name="Client")).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.get_by_role("complementary", name="Client")).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_phone_has_the_cards_page(site: Site) -> None:
    page = site.visitor("front_desk", width=NARROW)
    page.goto(f"/threads/{site.clinic.thread_of('Erin Park')}")

    page.get_by_role("button", name="Card", exact=True).click()

    expect(page.get_by_role("heading", name="Client card")).to_be_attached()


def test_a_desk_shows_the_card_without_a_button(site: Site) -> None:
    page = site.visitor("front_desk", width=WIDE)
    page.goto(f"/threads/{site.clinic.thread_of('Erin Park')}")

    expect(page.get_by_role("complementary", name="Client")).to_be_in_viewport()
    expect(page.get_by_role("button", name=re.compile("card", re.IGNORECASE))).to_have_count(0)
