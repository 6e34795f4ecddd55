"""Coming in: password and second factor, the link of the first hour, and out again."""

import re

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from access.second_factor import hash_recovery_codes, new_secret
from config import Settings
from desk.setup import make_link
from models.installation import machine_now
from models.staff import Staff
from tests.support.browser import NARROW, WIDE, Site, open_site
from tools.demo_clinic import PASSWORD

SECRET = new_secret()


def sign_in(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("E-mail").fill("dana@clinic.example")
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


def seen_by_axe(page: Page) -> list[str]:
    return [one["id"] for one in Axe().run(page).response["violations"]]


@pytest.mark.parametrize(("width", "scheme"), [(WIDE, "light"), (NARROW, "dark")])
def test_somebody_signs_in_with_password_and_code_and_out(site: Site, width: int, scheme: str) -> None:
    with site.clinic.database.write() as session:
        owner = session.get_one(Staff, site.clinic.staff["owner"])
        owner.totp_secret, owner.recovery_hashes = SECRET, hash_recovery_codes(["aaaa-bbbb"])
    page = site.visitor(None, width=width, scheme=scheme)
    site.complaints.expect("401")
    page.goto("/clients?q=Erin")
    assert seen_by_axe(page) == []
    sign_in(page, "wrong horse")
    expect(page.get_by_role("alert")).to_contain_text("do not match")
    expect(page.get_by_label("E-mail")).to_have_value("dana@clinic.example")

    sign_in(page)
    expect(page.locator("[name=code]")).to_have_attribute("autocomplete", "one-time-code")
    assert seen_by_axe(page) == []
    page.locator("[name=code]").fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not right")
    page.locator("[name=code]").fill(pyotp.TOTP(SECRET).now())
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/clients\?q=Erin"))

    page.goto("/account")
    page.get_by_role("button", name="Sign out here").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/clients")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_second_factor_is_set_up_and_its_codes_are_shown_once(site: Site) -> None:
    page = site.visitor("owner")
    page.goto("/account/second-factor")
    page.get_by_text("No camera?").click()
    secret = page.locator("code.secret").inner_text().replace(" ", "")

    page.locator("[name=code]").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Confirm").click()

    expect(page.locator(".codes li")).to_have_count(10)
    assert seen_by_axe(page) == []


def test_the_link_of_the_first_hour_leads_through_five_steps(settings: Settings, chromium: Browser) -> None:
    with open_site(settings, chromium, with_people=False) as site:
        with site.clinic.database.write() as session:
            for person in session.query(Staff):
                session.delete(person)
            token = make_link(session, real_carrier=False, machine=machine_now(session))
        page = site.visitor(None, width=NARROW)
        page.goto(f"/welcome/{token}")
        assert seen_by_axe(page) == []
        page.get_by_role("button", name="Open the desk").click()
        expect(page.get_by_role("heading", name="First steps")).to_be_visible()
        page.locator("[name=name]").first.fill("Dana Ruiz")
        page.locator("[name=email]").fill("dana@clinic.example")
        page.locator("[name=new]").fill(PASSWORD)
        page.locator("[name=repeated]").fill(PASSWORD)
        page.locator("form:has([name=repeated]) button[type=submit]").click()
        expect(page.get_by_text("The account is yours")).to_be_visible()
        page.goto("/")

        expect(page.locator(".checklist")).to_contain_text("left before your clinic is ready")
        site.complaints.expect("410")
        page.goto(f"/welcome/{token}")
        assert seen_by_axe(page) == []
        assert site.complaints.unexpected() == []


def test_a_new_person_chooses_a_password_by_a_link(site: Site) -> None:
    owner = site.visitor("owner")
    owner.goto("/settings/staff")
    owner.get_by_label("Name").fill("Lee Fox")
    owner.get_by_label("E-mail").fill("lee@clinic.example")
    owner.get_by_role("button", name="Add").click()
    link = re.search(r"/account/password/[\w-]+", owner.content())
    assert link is not None

    page = site.visitor(None, width=NARROW)
    page.goto(link.group())
    assert seen_by_axe(page) == []
    for box in page.locator("[type=password]").all():
        box.fill("a quiet river in the north")
    page.locator("button[type=submit]").click()

    expect(page.get_by_role("heading", name=re.compile("Sign in|Inbox|Second factor|Set up"))).to_have_count(
        1
    )
