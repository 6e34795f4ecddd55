"""The inbox: tabs, order, search, and what an empty list teaches."""

from datetime import timedelta

import pytest

from models.clinic import find_clinic
from models.conversation import Conversation
from tests.support.dashboard import Office
from tests.support.factories import (
    CLIENT_NUMBER,
    make_alert,
    make_client,
    make_consent,
    make_conversation,
    make_inbound,
    make_outbound,
)


def rows(office: Office, query: str = "") -> str:
    answer = office.browser().get(f"/inbox/rows{query}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_who_waits_is_under_needs_reply(office: Office) -> None:
    shown = rows(office)

    assert "Ana" in shown
    assert "A question from Ana" in shown
    assert "Zoe" not in shown


@pytest.mark.parametrize(
    "search", ["ana", "ANA", "(573) 555-0142", "573.555.0142", CLIENT_NUMBER, "question from"]
)
def test_a_name_any_phone_format_or_words_find_a_thread(office: Office, search: str) -> None:
    answer = office.browser().get("/inbox/rows", query_string={"q": search})

    assert "Ana" in answer.get_data(as_text=True)


@pytest.mark.parametrize("search", ["zoe", "0177", "%", "_", "' OR 1=1 --", "banana"])
def test_a_search_finds_nothing_of_another_clinic_and_nothing_by_wildcard(
    office: Office, search: str
) -> None:
    shown = office.browser().get("/inbox/rows", query_string={"q": search}).get_data(as_text=True)

    assert "Nothing found" in shown
    assert "Clear search" in shown


def test_what_was_not_delivered_has_a_tab_with_its_reason(office: Office) -> None:
    with office.database.write() as session:
        thread = session.get_one(Conversation, office.thread_id)
        make_outbound(session, thread, "Hi", status="undelivered", error_code=30006, at=office.now)

    assert "Ana" in rows(office, "?tab=not_delivered")


@pytest.mark.parametrize(
    ("tab", "says"),
    [("urgent", "All clear"), ("mine", "Nothing here"), ("closed", "Nothing here"), ("nonsense", "Ana")],
)
def test_an_empty_tab_teaches(office: Office, tab: str, says: str) -> None:
    assert says in rows(office, f"?tab={tab}")


def test_a_long_list_comes_in_pages(office: Office) -> None:
    with office.database.write() as session:
        clinic = find_clinic(session, office.clinic_id)
        for number in range(130):
            thread = make_conversation(session, clinic, number=f"+1573556{number:04d}", created_at=office.now)
            make_client(session, thread, name=f"Client {number}", created_at=office.now)
            make_inbound(session, thread, at=office.now)
            thread.last_message_at = office.now

    first, second = rows(office, "?tab=all"), rows(office, "?tab=all&from=120")

    assert first.count("data-row") == 60
    assert "Show more" in first
    assert second.count("data-row") == 11
    assert "Show more" not in second


def test_a_waiting_row_shows_what_the_client_said_not_our_holding_words(office: Office) -> None:
    with office.database.write() as session:
        thread = session.get_one(Conversation, office.thread_id)
        make_outbound(session, thread, "A person will answer.", kind="handover", at=office.now)

    assert "A question from Ana" in rows(office)
    assert "A person will answer." not in rows(office)


def test_an_unknown_number_is_written_as_people_write_it(office: Office) -> None:
    with office.database.write() as session:
        clinic = find_clinic(session, office.clinic_id)
        thread = make_conversation(session, clinic, number="+15735550188", created_at=office.now)
        make_inbound(session, thread, "Hi, is this the clinic?", at=office.now)
        thread.last_message_at = office.now
        session.flush()
        thread_id = thread.id

    shown = office.browser().get(f"/threads/{thread_id}").get_data(as_text=True)

    assert "(573) 555-0188" in rows(office, "?tab=all")
    assert '<h1 class="number">(573) 555-0188</h1>' in shown
    assert "+15735550188" not in rows(office, "?tab=all")


def test_a_row_says_how_many_texts_are_new_whose_it_is_and_who_opted_out(office: Office) -> None:
    with office.database.write() as session:
        thread = session.get_one(Conversation, office.thread_id)
        make_inbound(session, thread, "And another", at=office.now + timedelta(minutes=1))
        make_consent(session, thread, "stopped", at=office.now)
        thread.assigned_staff_id = office.staff_ids["front_desk"]

    shown = rows(office)

    assert 'title="2 new texts"' in shown
    assert "With Front Desk" in shown
    assert ">FD<" in shown
    assert "Opted out" in shown
    office.browser().get(f"/threads/{office.thread_id}")
    assert "new texts" not in rows(office)


@pytest.mark.parametrize("tab", ["needs_reply", "mine", "all"])
def test_an_urgent_thread_is_on_top_of_every_working_list_until_it_is_handled(
    office: Office, tab: str
) -> None:
    with office.database.write() as session:
        clinic = find_clinic(session, office.clinic_id)
        for name, number in (("Later", "+15735550188"), ("Mine", "+15735550189")):
            other = make_conversation(session, clinic, number=number, created_at=office.now)
            make_client(session, other, name=name, created_at=office.now)
            other.last_message_at = other.waiting_since = office.now + timedelta(hours=1)
            other.assigned_staff_id = office.staff_ids["front_desk"]
        thread = session.get_one(Conversation, office.thread_id)
        thread.waiting_since, thread.snoozed_until = None, office.now + timedelta(days=1)
        make_alert(session, thread)

    shown = rows(office, f"?tab={tab}")

    assert shown.index("URGENT") < shown.index("Mine</span>")
    assert shown.index("Ana") < shown.index("Mine</span>")


def test_every_tab_says_how_many_it_holds(office: Office) -> None:
    with office.database.write() as session:
        session.get_one(Conversation, office.thread_id).status = "closed"

    assert 'Closed<span class="count ">1</span>' in rows(office, "?tab=closed")
