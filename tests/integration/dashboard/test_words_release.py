"""Planned texts held for their words leave once somebody mends these at the desk: once, in time, and no others."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from messages.versions import version_of
from models.client import Client
from models.conversation import Conversation
from models.reminder import Reminder
from tests.support.accounts import page, with_real_carrier
from tests.support.dashboard import Office
from tests.support.engines import POSTGRESQL, SQLITE
from tests.support.factories import NOON
from tests.support.held_words import Street, open_street, state, step, treat_in_english, treat_in_spanish

pytestmark = pytest.mark.usefixtures("noon")

EN, ES = "/settings/words/aftercare_now/en/any", "/settings/words/aftercare_now/es/any"
OWN = {
    EN: "{clinic_name}: Rest until {exercise_from}.",
    ES: "{clinic_name}: Descanse hasta {exercise_from}.",
}
SOON = timedelta(minutes=1)


@pytest.fixture
def street(office: Office) -> Street:
    """The office texts real people."""
    with_real_carrier(office)
    return open_street(office.database)


def original(office: Office, path: str) -> str:
    return office.here.pack.unrendered("aftercare_now", path.split("/")[-2], "any")


def write(browser: FlaskClient, path: str, text: str, *, approve: bool) -> None:
    assert browser.post(path, data={"text": text, "approve": "1" if approve else "0"}).status_code == 303


def approve(browser: FlaskClient, path: str, text: str) -> None:
    assert browser.post(f"{path}/approve", data={"version": version_of(text)}).status_code == 303


def revert(browser: FlaskClient, path: str) -> None:
    assert browser.post(f"{path}/revert").status_code == 303


Way = Callable[[FlaskClient, Office], object]
# What keeps the text back, what lets it go, and how it begins then.
WAYS: dict[str, tuple[str, Way, str]] = {
    "the original is approved": (ES, lambda desk, office: approve(desk, ES, original(office, ES)), "Puede"),
    "own words are saved and approved": (ES, lambda desk, _: write(desk, ES, OWN[ES], approve=True), "Desc"),
    "a draft is approved": (EN, lambda desk, _: approve(desk, EN, OWN[EN]), "Rest"),
    "a draft is taken back": (EN, lambda desk, _: revert(desk, EN), "No strenuous"),
    "the original is written again": (
        EN,
        lambda desk, office: write(desk, EN, original(office, EN), approve=False),
        "No strenuous",
    ),
}


def hold(office: Office, street: Street, path: str) -> int:
    """Ana's first step waits: in Spanish nothing is approved yet, in English the clinic's draft is not."""
    if path == ES:
        step_id = treat_in_spanish(office.database, office.client_id)
    else:
        write(office.browser("clinician"), EN, OWN[EN], approve=False)
        step_id = treat_in_english(office.database, office.client_id)
    assert street.tick(NOON) == []
    assert state(office.database, step_id) == ("held", "words")
    return step_id


ON_POSTGRESQL = "the original is approved"
CASES = [
    *(pytest.param(SQLITE, *way, id=name) for name, way in WAYS.items()),
    pytest.param(POSTGRESQL, *WAYS[ON_POSTGRESQL], id=POSTGRESQL, marks=pytest.mark.postgres),
]


@pytest.mark.parametrize(("engine", "path", "mend", "begins"), CASES, indirect=["engine"])
def test_a_held_text_leaves_once_its_words_are_mended(
    office: Office, street: Street, path: str, mend: Way, begins: str
) -> None:
    step_id = hold(office, street, path)

    mend(office.browser("clinician"), office)

    assert state(office.database, step_id) == ("planned", None)
    (left,) = street.tick(NOON + SOON)
    assert f": {begins}" in left
    assert street.tick(NOON + 2 * SOON) == []
    (text,) = street.texts_of(step_id)
    row = step(office.database, step_id)
    assert (text.state, row.status) == ("sent", "sent")
    assert row.earliest_at <= text.created_at < row.latest_at


@pytest.mark.parametrize("path", [EN, ES])
def test_a_draft_frees_nothing_and_nobody_is_told_again(office: Office, street: Street, path: str) -> None:
    step_id = hold(office, street, path)
    with office.database.write() as session:
        session.get_one(Conversation, office.thread_id).waiting_since = None  # somebody has seen it

    write(office.browser("clinician"), path, f"{OWN[path]}\n...", approve=False)

    assert street.tick(NOON + SOON) == []
    assert state(office.database, step_id) == ("held", "words")
    with office.database.read() as session:
        assert session.get_one(Conversation, office.thread_id).waiting_since is None


def set_held(office: Office, name: str, at: str, holder: str) -> int:
    """A planned step of theirs is held by this; its words could leave."""
    with office.database.write() as session:
        client_id = session.query(Client).filter_by(name=name).one().id
        row = session.query(Reminder).filter_by(client_id=client_id, step=at).one()
        row.status, row.held_by, row.reason = "held", holder, f"held by {holder}"
        return row.id


@pytest.mark.parametrize("holders", [("Dana", "error"), ("alert", "restore")])
def test_what_another_clinic_or_another_reason_holds_stays_held(
    office: Office, street: Street, holders: tuple[str, str]
) -> None:
    step_id = hold(office, street, EN)
    with office.database.read() as session:
        zoe = session.query(Client).filter_by(name="Zoe").one().id
    treat_in_english(office.database, zoe)
    theirs = set_held(office, "Zoe", "aftercare_now", "words")
    kept = [
        set_held(office, "Ana", *pair) for pair in zip(("exercise_over", "check_in"), holders, strict=True)
    ]

    approve(office.browser("clinician"), EN, OWN[EN])

    assert state(office.database, step_id) == ("planned", None)
    assert state(office.database, theirs) == ("held", "words")
    assert [state(office.database, each) for each in kept] == [("held", holder) for holder in holders]


@pytest.mark.parametrize(
    ("approved_at", "leaves_at", "status"),
    [
        (NOON + timedelta(hours=10), NOON + timedelta(hours=21), "sent"),  # at 22:00: the next day at nine
        (NOON + timedelta(hours=24), None, "skipped"),  # the text says what to do in the first 16 hours
    ],
)
def test_a_text_approved_late_leaves_in_its_window_or_not_at_all(
    office: Office,
    street: Street,
    monkeypatch: pytest.MonkeyPatch,
    approved_at: datetime,
    leaves_at: datetime | None,
    status: str,
) -> None:
    """Treated at 18:00, of use until 10:00 the next day; no text to clients between 20:00 and 9:00."""
    step_id = treat_in_spanish(office.database, office.client_id, at=NOON + timedelta(hours=6))
    assert street.tick(NOON + timedelta(hours=6)) == []
    monkeypatch.setattr("clock.now", lambda _session: approved_at)

    approve(office.browser("clinician"), ES, original(office, ES))

    due = step(office.database, step_id)
    assert (due.status, due.due_at) == ("planned", leaves_at) if leaves_at else due.status == "skipped"
    rounds = [approved_at + SOON, *(NOON + timedelta(hours=hour) for hour in (20, 21, 22, 45))]
    assert [at for at in rounds if at > approved_at and street.tick(at)] == [leaves_at] * bool(leaves_at)
    assert step(office.database, step_id).status == status


def test_a_step_held_for_its_words_needs_no_release(office: Office, street: Street) -> None:
    step_id = hold(office, street, ES)

    shown = page(office.browser().get("/reminders?show=held"))

    assert "(aftercare_now, es) are not approved yet" in shown
    assert f"/reminders/{step_id}/release" not in shown


NEVER_GIVEN = {
    "aftercare_now/en/any": ("{clinic_name}: rest until {exercise_from}, ", "client_names"),
    "check_in/es/any": ("{clinic_name}: ", "alert_link"),
    "handover/en/any": ("Call {clinic_phone}. ", "exercise_from"),
    "alert_page/en/any": ("{alert_code} {alert_link} ", "clinic_name"),
}


@pytest.mark.parametrize(("path", "name"), [(path, name) for path, (_, name) in NEVER_GIVEN.items()])
def test_a_value_that_a_text_never_gets_is_refused_and_not_offered(
    office: Office, path: str, name: str
) -> None:
    owner, target = office.browser("owner"), f"/settings/words/{path}"
    offered = page(owner.get(target))

    refused = page(
        owner.post(target, data={"text": f"{NEVER_GIVEN[path][0]}{{{name}}}", "approve": "1"}), 422
    )

    assert f"<code>{{{name}}}</code>" not in offered
    assert "<code>{" in offered
    assert f"{{{name}}} is never filled in here. Use one of: " in refused
