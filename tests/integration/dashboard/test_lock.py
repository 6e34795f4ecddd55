"""A screen that nobody uses locks: what an open page is told of it, what keeps it open, and where it leads back to."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from access.sessions import IDLE, LONGEST
from models.staff_session import StaffSession
from tests.support.dashboard import PASSWORD, Office

POLL = {"HX-Request": "true"}
A_WHILE = timedelta(minutes=13)
ALL_IDLE_TIME = int(IDLE.total_seconds())


def session_of(office: Office, *, idle: timedelta = timedelta(0), signed_in: timedelta = timedelta(0)) -> int:
    """The newest session, made older by so much."""
    with office.database.write() as session:
        row = session.query(StaffSession).order_by(StaffSession.id.desc()).first()
        assert row is not None
        row.last_seen_at -= idle
        row.created_at -= signed_in
        return row.id


def left(browser: FlaskClient) -> tuple[int, int]:
    """Seconds until it locks unless somebody does something, and whatever anybody does."""
    headers = browser.get("/nav", headers=POLL).headers
    return int(headers["X-Idle-Left"]), int(headers["X-Longest-Left"])


def is_renewed(browser: FlaskClient) -> bool:
    return left(browser)[0] > ALL_IDLE_TIME - 60


@pytest.fixture
def idle_browser(office: Office) -> FlaskClient:
    browser = office.browser()
    session_of(office, idle=A_WHILE, signed_in=timedelta(hours=2))
    return browser


def test_a_page_that_polls_is_told_how_much_is_left(idle_browser: FlaskClient) -> None:
    idle_left, longest_left = left(idle_browser)

    assert 110 <= idle_left <= 120
    assert timedelta(hours=10) - timedelta(seconds=10) <= timedelta(seconds=longest_left)
    assert timedelta(seconds=longest_left) <= LONGEST - timedelta(hours=2)
    assert idle_browser.get("/nav?have=nothing", headers=POLL).headers["X-Idle-Left"]
    assert "X-Idle-Left" not in idle_browser.get("/clients").headers


def test_staying_is_an_act_and_says_what_is_left_now(idle_browser: FlaskClient) -> None:
    answer = idle_browser.post("/stay", headers=POLL)

    assert answer.status_code == 204
    assert int(answer.headers["X-Idle-Left"]) == ALL_IDLE_TIME
    assert is_renewed(idle_browser)


def test_every_open_page_of_the_browser_hears_of_an_act_in_another(idle_browser: FlaskClient) -> None:
    idle_browser.get("/clients")

    assert is_renewed(idle_browser)


def test_staying_moves_no_other_browser(office: Office, idle_browser: FlaskClient) -> None:
    other = office.browser()

    other.post("/stay", headers=POLL)

    assert not is_renewed(idle_browser)


def test_nobody_stays_past_the_end_or_past_half_a_day(office: Office, idle_browser: FlaskClient) -> None:
    session_of(office, signed_in=timedelta(hours=9, minutes=59))
    assert int(idle_browser.post("/stay", headers=POLL).headers["X-Longest-Left"]) <= 60
    session_of(office, idle=IDLE)

    answer = idle_browser.post("/stay", headers=POLL)

    assert answer.status_code == 401
    assert "X-Idle-Left" not in answer.headers


@pytest.mark.parametrize(
    ("fields", "renewed"),
    [
        ({"typing": "0"}, False),
        ({"typing": "1", "body": "We can"}, True),
        ({"typing": "0", "body": ""}, True),
    ],
)
def test_an_open_thread_locks_too_unless_somebody_writes(
    office: Office, idle_browser: FlaskClient, fields: dict[str, str], renewed: bool
) -> None:
    address = f"/threads/{office.thread_id}/presence"

    assert idle_browser.post(address, data=fields, headers=POLL).status_code == 204

    assert is_renewed(idle_browser) is renewed


def test_a_picture_that_a_page_fetches_is_no_act(idle_browser: FlaskClient) -> None:
    idle_browser.get("/photos/1/small", headers={"Sec-Fetch-Dest": "image"})

    assert not is_renewed(idle_browser)


def test_a_draft_is_there_after_the_lock_and_the_way_back_leads_to_it(
    office: Office, idle_browser: FlaskClient
) -> None:
    thread = f"/threads/{office.thread_id}"
    draft = {"typing": "1", "body": "We can see you"}
    idle_browser.post(f"{thread}/presence", data=draft, headers=POLL)
    session_of(office, idle=IDLE + timedelta(seconds=40))

    door = idle_browser.post(f"{thread}/reply?tab=all", data={"body": "We can see you"}).headers["Location"]
    assert door.startswith("/login?next=")
    person = {"email": "front_desk@clinic.example", "password": PASSWORD}
    back = idle_browser.post(door, data=person).headers["Location"]

    assert back == f"{thread}?tab=all"
    assert "We can see you" in idle_browser.get(back).get_data(as_text=True)


def test_the_address_of_a_form_leads_back_to_its_page(office: Office) -> None:
    browser = office.browser()
    pages = {
        "/threads/1/reply": "/threads/1",
        "/threads/1?tab=mine": "/threads/1?tab=mine",
        "/alerts/1/close": "/alerts/1",
        "/enrol/plan": "/enrol",
        "/clients?": "/clients",
        "/stay": "/",
    }

    arrived = {
        asked: browser.get("/login", query_string={"next": asked}).headers["Location"] for asked in pages
    }

    assert arrived == pages


def test_a_part_of_a_page_leads_back_to_the_page_around_it(office: Office) -> None:
    around = {"HX-Current-URL": "http://localhost/enrol?number=1"}

    answer = office.app.test_client().post("/enrol/plan", headers=POLL | around)

    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login?next=/enrol?number%3D1"


@pytest.mark.parametrize("kind", ["note", "reply"])
def test_what_was_begun_as_a_note_comes_back_as_a_note(office: Office, kind: str) -> None:
    thread, browser = f"/threads/{office.thread_id}", office.browser()
    browser.post(f"{thread}/presence", data={"typing": "1", "body": "she sounds upset", "as": kind})

    shown = browser.get(thread).get_data(as_text=True)

    assert "she sounds upset</textarea>" in shown
    assert f'name="as" value="{kind}" checked' in shown
    assert shown.count("checked> ") == 1
