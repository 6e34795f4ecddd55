"""Every page as it is seen: nothing for axe, nothing wider than 320 px, nothing too small for a finger, no complaint.

One visit a page: narrow and wide, light and dark.
"""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from models.message import Message
from tests.support.browser import WIDE, Site
from tools.demo_clinic import PHOTO_CLIENT

SMALLEST = 320  # CSS px: 400 % zoom of 1280, WCAG 2.2 SC 1.4.10
FINGER = 24  # CSS px, WCAG 2.2 SC 2.5.8
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Links inside a sentence are excepted by SC 2.5.8, and so is what stands alone with room around it.
TOO_SMALL = """(least) => [...document.querySelectorAll(
    "button, summary, select, input:not([type=hidden]), [role=button], nav a, .rows a")]
  .filter((one) => one.checkVisibility() && !one.closest(".visually-hidden"))
  .map((one) => [(one.closest("label") ?? one).getBoundingClientRect(), one.outerHTML.slice(0, 120)])
  .filter(([box]) => box.width > 1 && (box.width < least || box.height < least))
  .map(([box, html]) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)"""
STICKS_OUT = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll("main *, nav *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .map((one) => one.outerHTML.slice(0, 120)).slice(0, 5)"""

Address = Callable[[Site], str]
PAGES: dict[str, Address] = {
    "inbox": lambda site: "/",
    "search": lambda site: "/?q=nobody-of-this-name",
    "all": lambda site: "/?tab=all",
    "thread": lambda site: f"/threads/{site.clinic.thread_of(PHOTO_CLIENT)}",
    "urgent thread": lambda site: f"/threads/{site.clinic.thread_of('Hannah Blake')}",
    "unknown number": lambda site: f"/threads/{site.clinic.thread_of('Rosa Klein') + 1}",
    "card": lambda site: f"/threads/{site.clinic.thread_of(PHOTO_CLIENT)}/card",
    "attach": lambda site: f"/threads/{site.clinic.thread_of(PHOTO_CLIENT)}/attach",
    "link": lambda site: f"/threads/{site.clinic.thread_of('Rosa Klein') + 1}/link",
    "correction": lambda site: f"/texts/{_text_of(site, 'Jenna Cole')}/correct",
    "alerts": lambda site: "/alerts",
    "alert": lambda site: f"/alerts/{site.clinic.open_alert()}",
    "enrol": lambda site: "/enrol",
    "clients": lambda site: "/clients",
    "client": lambda site: f"/clients/{site.clinic.client_of(PHOTO_CLIENT)}",
    "merge": lambda site: f"/clients/{site.clinic.client_of(PHOTO_CLIENT)}/merge",
    "number": lambda site: f"/clients/{site.clinic.client_of(PHOTO_CLIENT)}/number",
    "erase": lambda site: f"/clients/{site.clinic.client_of(PHOTO_CLIENT)}/erase",
    "gallery": lambda site: f"/clients/{site.clinic.client_of(PHOTO_CLIENT)}/photos",
    "compare": lambda site: f"/clients/{site.clinic.client_of(PHOTO_CLIENT)}/photos/compare",
    "photo": lambda site: "/photos/1",
    "treatment": lambda site: "/treatments/1",
    "reminders": lambda site: "/reminders",
    "retreatment due": lambda site: "/retreatment-due",
    "not heard from": lambda site: "/not-heard-from",
    "settings": lambda site: "/settings",
    "staff": lambda site: "/settings/staff",
    "one of staff": lambda site: "/settings/staff/2",
    "words": lambda site: "/settings/words",
    "words of a topic": lambda site: "/settings/words/exercise",
    "edit words": lambda site: "/settings/words/exercise/en/within_16h",
    "saved replies": lambda site: "/settings/saved-replies",
    "saved reply": lambda site: "/settings/saved-replies/1",
    "audit": lambda site: "/settings/audit",
    "pictures": lambda site: "/pictures",
    "own account": lambda site: "/account",
    "second factor": lambda site: "/account/second-factor",
    "first steps": lambda site: "/welcome",
    "keys": lambda site: "/keys",
    "simulator": lambda site: "/simulator",
}
# What is left: pages reached by a link that works once (tried in test_doors.py), fragments, files.
NOT_PAGES = {
    "dashboard_static.static", "simulator.static", "simulator.picture", "photos.full", "photos.small",
    "inbox.rows", "thread.texts", "nav.items", "saved_replies.search", "audit_log.export", "media.show",
    "health.healthz", "health.readyz", "health.metrics", "webhook.sms", "webhook.status",
    "sign_in.show", "sign_in.second_factor", "first_run.arrive", "own_account.choose_password",
}  # fmt: skip
# Tried on every run; the others take a minute more and run with `make test-full`.
OFTEN = {
    "inbox", "thread", "urgent thread", "alert", "enrol", "client", "gallery", "compare", "reminders",
    "settings", "words of a topic", "simulator",
}  # fmt: skip
EACH = [name if name in OFTEN else pytest.param(name, marks=pytest.mark.full) for name in PAGES]


@pytest.fixture(scope="module")
def visitor(shared_site: Site) -> Page:
    return shared_site.visitor("owner", touch=True)


@pytest.mark.parametrize("name", EACH)
def test_a_page_is_readable_narrow_and_wide_in_light_and_dark(
    shared_site: Site, visitor: Page, name: str
) -> None:
    visitor.set_viewport_size({"width": SMALLEST, "height": 640})
    visitor.emulate_media(color_scheme="light")
    answer = visitor.goto(PAGES[name](shared_site))

    assert answer is not None
    assert answer.status == 200
    assert visitor.evaluate(STICKS_OUT) == []
    assert visitor.evaluate(TOO_SMALL, FINGER) == []
    assert _violations(visitor, RULES) == []
    visitor.emulate_media(color_scheme="dark")
    assert _violations(visitor, ["color-contrast"], kind="rule") == []
    visitor.set_viewport_size({"width": WIDE, "height": 800})
    assert visitor.evaluate(STICKS_OUT) == []
    assert _violations(visitor, ["color-contrast", "target-size"], kind="rule") == []
    assert shared_site.complaints.unexpected() == []


def test_every_page_of_the_url_map_is_looked_at(shared_site: Site) -> None:
    app: Flask = shared_site.clinic.app
    shown = {_endpoint(app, address(shared_site)) for address in PAGES.values()}
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}

    assert {page for page in pages - shown - NOT_PAGES if not page.startswith("api.")} == set()


def _endpoint(app: Flask, address: str) -> str:
    endpoint, _values = app.url_map.bind("127.0.0.1").match(address.split("?")[0], method="GET")
    return str(endpoint)


def _violations(page: Page, names: list[str], *, kind: str = "tag") -> list[str]:
    found: dict[str, Any] = Axe().run(page, options={"runOnly": {"type": kind, "values": names}}).response
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def _text_of(site: Site, name: str) -> int:
    with site.clinic.database.read() as session:
        question = select(Message.id).where(
            Message.conversation_id == site.clinic.thread_of(name), Message.direction == "inbound"
        )
        return session.scalars(question.limit(1)).one()
