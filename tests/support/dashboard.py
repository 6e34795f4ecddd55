"""A dashboard in tests: a small clinic, people of each role signed in, and a second clinic to keep out. No asserts."""

from dataclasses import dataclass, field
from datetime import datetime

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

import clock
from access.passwords import hash_password
from access.sessions import open_session
from app import create_app
from config import Settings
from deployment import Deployment
from models.client import clients_of
from models.clinic import Clinic, find_clinic_number
from models.conversation import Conversation
from models.database import Database
from models.installation import machine_now
from models.staff import Staff
from tests.support.factories import (
    CLIENT_NUMBER,
    OUR_NUMBER,
    make_client,
    make_clinic,
    make_consent,
    make_conversation,
    make_inbound,
)
from tests.support.migrated import bring_up_copy

PASSWORD = "correct horse battery staple"
PASSWORD_HASH = hash_password(PASSWORD)
OTHER_NUMBER = "+15735550101"
OTHER_CLIENT_NUMBER = "+15735550177"
ROLES = ("owner", "clinician", "front_desk")


@dataclass
class Office:
    """One app with two clinics. `now` is clinic time at the start."""

    app: Flask
    now: datetime
    clinic_id: int = 0
    thread_id: int = 0
    client_id: int = 0
    other_clinic_id: int = 0
    other_thread_id: int = 0
    staff_ids: dict[str, int] = field(default_factory=dict)

    @property
    def here(self) -> Deployment:
        found: Deployment = self.app.extensions["deployment"]
        return found

    @property
    def database(self) -> Database:
        return self.here.database

    def browser(self, role: str | None = "front_desk") -> FlaskClient:
        """A browser, signed in with this role; None = nobody."""
        browser = self.app.test_client()
        if role is None:
            return browser
        with self.database.write() as session:
            person = session.get_one(Staff, self.staff_ids[role])
            token = open_session(session, person, machine_now(session), full=True)
        with browser.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        return browser


def open_office(settings: Settings) -> Office:
    """A migrated database with two clinics, each with one client who wrote, and one person per role."""
    bring_up_copy(settings)
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.extensions["deployment"].database.write() as session:
        office = Office(app, clock.now(session))
        _fill(session, office)
    return office


def _fill(session: Session, office: Office) -> None:
    number = find_clinic_number(session, OUR_NUMBER)
    clinic = session.get_one(Clinic, number.clinic_id) if number else make_clinic(session)
    other = make_clinic(session, number=OTHER_NUMBER, name="Other Clinic")
    office.clinic_id, office.other_clinic_id = clinic.id, other.id
    thread = _thread(session, clinic, CLIENT_NUMBER, "Ana", office.now)
    office.thread_id = thread.id
    office.client_id = make_client_id(session, thread)
    office.other_thread_id = _thread(session, other, OTHER_CLIENT_NUMBER, "Zoe", office.now).id
    office.staff_ids = {role: _person(session, clinic, role, office.now).id for role in ROLES}
    office.staff_ids |= {
        f"other_{role}": _person(session, other, role, office.now, f"other_{role}").id for role in ROLES
    }


def make_client_id(session: Session, thread: Conversation) -> int:
    """The first client of a thread."""
    return clients_of(session, thread.id)[0].id


def _thread(session: Session, clinic: Clinic, number: str, name: str, now: datetime) -> Conversation:
    thread = make_conversation(session, clinic, number=number, created_at=now)
    make_client(session, thread, name=name, created_at=now)
    make_consent(session, thread, at=now)
    make_inbound(session, thread, f"A question from {name}", kind="handover", at=now)
    thread.waiting_since, thread.waiting_reason, thread.waiting_urgency = now, "asks for a person", "normal"
    thread.last_message_at = thread.unread_since = now
    session.flush()
    return thread


def _person(session: Session, clinic: Clinic, role: str, now: datetime, name: str | None = None) -> Staff:
    person = Staff(
        clinic_id=clinic.id,
        email=f"{name or role}@clinic.example",
        name=(name or role).replace("_", " ").title(),
        role=role,
        password_hash=PASSWORD_HASH,
        created_at=now,
    )
    session.add(person)
    session.flush()
    return person
