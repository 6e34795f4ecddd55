"""The navigation of an open page: counts by itself, says what nobody has taken, and locks the page when idle."""

from datetime import timedelta

import pytest

from access.sessions import IDLE, LONGEST
from models.conversation import Conversation
from models.staff_session import StaffSession
from tests.support.dashboard import Office
from tests.support.factories import make_alert

POLL = {"HX-Request": "true"}


def test_an_alert_is_counted_until_it_is_taken_and_closed(office: Office) -> None:
    browser = office.browser()
    assert 'data-untaken="0"' in browser.get("/nav").get_data(as_text=True)
    with office.database.write() as session:
        make_alert(session, session.get_one(Conversation, office.thread_id))

    before = browser.get("/nav").get_data(as_text=True)
    browser.post("/alerts/1/acknowledge")
    after = browser.get("/nav").get_data(as_text=True)

    assert 'data-urgent="1" data-alerts="1" data-untaken="1"' in before
    assert 'data-urgent="1" data-alerts="1" data-untaken="0"' in after
    assert 'data-alerts="0"' in office.browser("other_owner").get("/nav").get_data(as_text=True)


def test_a_page_that_shows_it_already_is_told_so(office: Office) -> None:
    browser = office.browser()
    first = browser.get("/nav?page=clients")

    again = browser.get(f"/nav?page=clients&have={first.headers['X-Fragment-Mark']}")

    assert 'href="/clients" aria-current="page"' in first.get_data(as_text=True)
    assert again.status_code == 204


@pytest.mark.parametrize("address", ["/clients", "/reminders", "/settings", "/account", "/"])
def test_every_page_refreshes_its_navigation(office: Office, address: str) -> None:
    assert 'data-refresh="/nav?page=' in office.browser("owner").get(address).get_data(as_text=True)


def test_polling_does_not_keep_an_idle_page_open(office: Office) -> None:
    browser = office.browser()
    with office.database.write() as session:
        row = session.query(StaffSession).order_by(StaffSession.id.desc()).first()
        assert row is not None
        row.last_seen_at -= IDLE - timedelta(minutes=1)
        last_seen = row.last_seen_at

    assert browser.get("/nav", headers=POLL).status_code == 200
    with office.database.write() as session:
        row = session.query(StaffSession).order_by(StaffSession.id.desc()).first()
        assert row is not None
        assert row.last_seen_at == last_seen
        row.last_seen_at -= timedelta(minutes=2)

    assert browser.get("/nav", headers=POLL).status_code == 401


def test_nobody_stays_longer_than_half_a_day(office: Office) -> None:
    browser = office.browser()
    with office.database.write() as session:
        row = session.query(StaffSession).order_by(StaffSession.id.desc()).first()
        assert row is not None
        row.created_at -= LONGEST + timedelta(seconds=1)

    assert browser.get("/nav", headers=POLL).status_code == 401
