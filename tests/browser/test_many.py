"""Five thousand conversations: the list shows a page of them, asks as few questions as for ten, and can be searched."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from playwright.sync_api import expect
from sqlalchemy import event, insert, select

import clock
from models.client import Client
from models.clinic import default_number
from models.conversation import Conversation
from models.message import Message
from tests.support.browser import Site

MANY = 5_000
SHOWN = 60


def add_many(site: Site) -> None:
    """Conversations with one client and one waiting text each."""
    with site.clinic.database.write() as session:
        now, number_id = clock.now(session), default_number(session, site.clinic.clinic_id).id
        same = {"clinic_id": site.clinic.clinic_id}
        moments = [now - timedelta(minutes=minute + 60) for minute in range(MANY)]
        threads = [
            {
                **same,
                "clinic_number_id": number_id,
                "number": f"+1573556{place:04}",
                "created_at": at,
                "last_message_at": at,
                "last_inbound_at": at,
                "waiting_since": at,
                "waiting_reason": "asks for a person",
                "waiting_urgency": "normal",
            }
            for place, at in enumerate(moments)
        ]
        session.execute(insert(Conversation), threads)
        ids = list(session.scalars(select(Conversation.id).where(Conversation.number.like("+1573556%"))))
        people = [
            {**same, "conversation_id": one, "name": f"Client {place}", "created_at": now}
            for place, one in enumerate(ids)
        ]
        session.execute(insert(Client), people)
        texts = [
            {
                **same,
                "conversation_id": one,
                "clinic_number_id": number_id,
                "their_number": f"+1573556{place:04}",
                "direction": "inbound",
                "kind": "handover",
                "state": "received",
                "body": f"Question number {place}",
                "created_at": moments[place],
            }
            for place, one in enumerate(ids)
        ]
        session.execute(insert(Message), texts)


@contextmanager
def counted(site: Site) -> Iterator[list[str]]:
    """The statements while this lasts."""
    said: list[str] = []
    engine = site.clinic.database.engine

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_five_thousand_conversations_cost_no_more_questions_than_ten(site: Site) -> None:
    page = site.visitor("front_desk")
    page.goto("/?tab=all")
    with counted(site) as few:
        page.reload()
    add_many(site)

    with counted(site) as many:
        page.reload()

    expect(page.locator("[data-row]")).to_have_count(SHOWN)
    assert len(many) == len(few)
    page.get_by_role("link", name="Show more").click()
    expect(page.locator("[data-row]")).to_have_count(SHOWN)
    page.get_by_label("Search conversations").fill("Question number 4321")
    page.keyboard.press("Enter")
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator("[data-row]")).to_contain_text(re.compile("Question number 4321"))
