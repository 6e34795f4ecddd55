"""Before the screen locks it asks whether somebody is there; what they wrote is there when they are back."""

import re
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request, expect

from access.sessions import IDLE, LONGEST
from models.installation import machine_now
from models.staff_session import StaffSession
from tests.support.browser import NARROW, WIDE, Site
from tools.demo_clinic import PASSWORD

A_POLL_MS = 4_100
SOON, LATER = timedelta(seconds=100), timedelta(seconds=50)


def open_thread(site: Site, width: int = WIDE, scheme: str = "light") -> Page:
    """A thread with half a reply, kept as a draft, on a page whose clock is ours."""
    page = site.visitor("front_desk", width=width, scheme=scheme)
    page.clock.install()
    page.goto(f"/threads/{site.clinic.thread_of('Erin Park')}?tab=all")
    with page.expect_response(re.compile("/presence")):
        page.locator("#body").press_sequentially("We can see")
        page.clock.run_for(1_000)
    return page


def leave_alone(site: Site, *, left: timedelta, of: timedelta = IDLE) -> None:
    """Nobody has done anything for so long that this much is left."""
    with site.clinic.database.write() as session:
        row = session.query(StaffSession).order_by(StaffSession.id.desc()).first()
        assert row is not None
        if of == IDLE:
            row.last_seen_at = machine_now(session) + left - IDLE
        else:
            row.created_at = machine_now(session) + left - LONGEST


def idle_left(site: Site) -> timedelta:
    """What the server would say."""
    with site.clinic.database.read() as session:
        row = session.query(StaffSession).order_by(StaffSession.id.desc()).first()
        assert row is not None
        return row.last_seen_at + IDLE - machine_now(session)


def poll(page: Page) -> None:
    """Let the page ask once more."""
    with page.expect_response(re.compile("/nav")):
        page.clock.run_for(A_POLL_MS)


@pytest.mark.parametrize(
    ("key", "width", "scheme"), [("Enter", WIDE, "light"), ("Escape", NARROW, "dark")], ids=["desk", "phone"]
)
def test_who_is_asked_stays_with_one_key_and_writes_on(site: Site, key: str, width: int, scheme: str) -> None:
    page = open_thread(site, width, scheme)
    leave_alone(site, left=SOON)
    poll(page)

    asked = page.get_by_role("alertdialog", name="Are you still there?")
    expect(asked).to_contain_text("locks in less than 2 minutes")
    expect(asked.get_by_role("button", name="Stay signed in")).to_be_focused()
    assert [one["id"] for one in Axe().run(page).response["violations"]] == []
    leave_alone(site, left=LATER)
    poll(page)
    expect(asked).to_contain_text("locks in less than 1 minute,")
    page.keyboard.press(key)

    expect(asked).to_be_hidden()
    assert idle_left(site) > IDLE - timedelta(minutes=1)
    expect(page.locator("#body")).to_be_focused()
    page.keyboard.type(" you")
    expect(page.locator("#body")).to_have_value("We can see you")


def test_work_in_another_tab_takes_the_question_away(site: Site) -> None:
    page = open_thread(site)
    leave_alone(site, left=SOON)
    poll(page)
    expect(page.get_by_role("alertdialog")).to_be_visible()

    page.context.new_page().goto("/clients")
    poll(page)

    expect(page.get_by_role("alertdialog")).to_be_hidden()


def test_a_locked_screen_leads_back_to_the_thread_and_its_draft(site: Site) -> None:
    page = open_thread(site)
    site.complaints.expect("401")
    address = page.url
    leave_alone(site, left=timedelta(seconds=-1))
    page.clock.run_for(A_POLL_MS)
    page.get_by_label("E-mail").fill("sam@clinic.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")

    expect(page).to_have_url(address)
    expect(page.locator("#body")).to_have_value("We can see")


def test_signed_in_again_in_one_tab_the_others_go_on_too(site: Site) -> None:
    page = site.visitor(None)
    page.goto("/clients?q=Erin")
    page.wait_for_load_state()
    page.context.add_cookies(site.visitor("front_desk").context.cookies())  # type: ignore[arg-type]

    page.evaluate("dispatchEvent(new Event('focus'))")

    expect(page).to_have_url(re.compile(r"/clients\?q=Erin"))


def test_words_are_kept_without_a_pause_and_after_a_failure(site: Site) -> None:
    page = open_thread(site)
    site.complaints.expect("ERR_")
    with page.expect_response(
        lambda answer: re.search("see so(?!.*ten)", draft_of(answer.request)) is not None
    ):
        for letter in " soon at ten":
            page.keyboard.type(letter)
            page.clock.run_for(500)
    page.route("**/presence*", lambda route: route.abort("internetdisconnected"))
    with page.expect_request(lambda request: "ten!" in draft_of(request)):
        page.keyboard.type("!")
        page.clock.run_for(1_000)
    page.unroute("**/presence*")

    with page.expect_response(lambda answer: "ten!" in draft_of(answer.request)):
        page.clock.run_for(5_000)


def test_a_note_that_was_begun_is_no_reply_after_the_lock(site: Site) -> None:
    page = open_thread(site)
    with page.expect_response(lambda answer: "as=note" in (answer.request.post_data or "")):
        page.get_by_text("Note – not sent").click()
        page.clock.run_for(1_000)

    page.reload()

    expect(page.get_by_label("Note – not sent")).to_be_checked()
    expect(page.get_by_role("button", name="Save note")).to_be_visible()


def draft_of(request: Request) -> str:
    """The words that a page keeps with this request."""
    return parse_qs(request.post_data or "").get("body", [""])[0]


def test_a_computer_that_slept_goes_to_the_door(site: Site) -> None:
    page = open_thread(site)
    site.complaints.expect("401")
    leave_alone(site, left=SOON)
    poll(page)
    expect(page.get_by_role("alertdialog")).to_be_visible()

    leave_alone(site, left=timedelta(hours=-1))
    page.clock.fast_forward(60 * 60 * 1000)

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_locked_screen_without_the_server_shows_nothing_and_goes_to_the_door_later(site: Site) -> None:
    page = open_thread(site)
    site.complaints.expect("ERR_")
    site.complaints.expect("401")
    leave_alone(site, left=SOON)
    poll(page)
    expect(page.get_by_role("alertdialog")).to_be_visible()
    leave_alone(site, left=timedelta(seconds=-1))
    page.route("**/*", lambda route: route.abort("internetdisconnected"))
    page.clock.fast_forward(int(SOON.total_seconds() * 1000))

    locked = page.get_by_role("alertdialog", name="This screen is locked")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(locked).to_be_visible()
    ground = "getComputedStyle(document.getElementById('lock')).backgroundColor"
    assert page.evaluate(ground).startswith("rgb(")
    page.unroute("**/*")
    page.clock.run_for(A_POLL_MS)

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_who_only_types_into_a_form_is_not_asked(site: Site) -> None:
    page = site.visitor("front_desk")
    page.clock.install()
    page.goto("/enrol")
    page.clock.run_for(61_000)
    leave_alone(site, left=SOON + timedelta(minutes=1))

    with page.expect_response(re.compile("/stay")):
        page.get_by_label("Name", exact=True).press("N")

    assert idle_left(site) > IDLE - timedelta(minutes=1)


def test_after_half_a_day_nobody_is_promised_more_time(site: Site) -> None:
    page = open_thread(site)
    leave_alone(site, left=SOON, of=LONGEST)
    poll(page)

    told = page.get_by_role("alertdialog", name="Time to sign in again")
    expect(told).to_contain_text("locks in less than 2 minutes")
    told.get_by_role("button", name="Back to work").click()
    poll(page)

    expect(told).to_be_hidden()
    page.locator("#body").press("End")
    page.keyboard.type(" you")
    expect(page.locator("#body")).to_have_value("We can see you")
