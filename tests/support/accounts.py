"""Arrangements for tests of settings, staff and accounts: a real carrier, half-open sessions, pages. No asserts."""

from dataclasses import replace

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from access.sessions import open_session
from models.installation import machine_now
from models.staff import Staff
from tests.support.dashboard import Office

STRANGER = "other_owner"


def page(response: TestResponse, status: int = 200) -> str:
    """The words of a page that came with this status. Raises AssertionError with the page otherwise."""
    text = response.get_data(as_text=True)
    if response.status_code != status:
        raise AssertionError(f"{response.status_code} instead of {status}: {text[:2000]}")
    return text


def with_real_carrier(office: Office) -> None:
    """The same installation, as if it texted real people."""
    here = office.here
    office.app.extensions["deployment"] = replace(here, settings=replace(here.settings, carrier="twilio"))


def half_signed_in(office: Office, role: str) -> FlaskClient:
    """A browser that passed the password step only."""
    browser = office.app.test_client()
    with office.database.write() as session:
        person = session.get_one(Staff, office.staff_ids[role])
        token = open_session(session, person, machine_now(session), full=False)
    with browser.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True
    return browser


def person(office: Office, role: str) -> Staff:
    """The row of this person as it stands."""
    with office.database.read() as session:
        return session.get_one(Staff, office.staff_ids[role])
