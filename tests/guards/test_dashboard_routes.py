"""Every dashboard route of the URL map needs sign-in and a role, and shows no other clinic's records.

The routes are taken from the application, so that a new page is judged without being named here.
"""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.routing import Rule

from access.roles import is_allowed
from config import ensure_keys, load_settings
from dashboard.blueprints import DASHBOARD
from models import Base
from tests.support.dashboard import ROLES, Office, open_office
from tests.support.office_records import fill_office

SHARED_FILES = "dashboard_static.static"
REFUSED = {302, 303, 401, 403}
TEXTS = {"topic": "bumps", "form": "pdf"}
NO_FILE = {"photos.full", "photos.small"}  # the record is there, its file is not


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    office = open_office(ensure_keys(load_settings({"DATA_DIR": str(folder / "var")})))
    yield office
    office.here.close()


@pytest.fixture(scope="module")
def ids(office: Office) -> dict[str, int]:
    """One record of every kind, all of the first clinic."""
    return fill_office(office)


def views(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Each dashboard rule with each of its methods and its endpoint, shared files left out."""
    ours = {blueprint.name for blueprint in DASHBOARD}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] not in ours or rule.endpoint == SHARED_FILES:
            continue
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            yield rule, method, rule.endpoint


def address(app: Flask, rule: Rule, ids: dict[str, int]) -> str:
    """A URL of this rule: known ids where there are any, 1 for other numbers, a known topic, "x" for texts."""
    values = {
        name: ids.get(name, 1) if _is_number(rule, name) else TEXTS.get(name, "x") for name in rule.arguments
    }
    with app.test_request_context():
        return rule.build(values)[1]  # type: ignore[index]


def _is_number(rule: Rule, name: str) -> bool:
    return type(rule._converters[name]).__name__ == "IntegerConverter"


def ask(browser: FlaskClient, method: str, url: str) -> int:
    return browser.open(url, method=method, data={} if method == "POST" else None).status_code


def test_every_view_names_what_it_needs_or_is_open_to_all(office: Office) -> None:
    unmarked = {
        endpoint
        for _rule, _method, endpoint in views(office.app)
        if not hasattr(office.app.view_functions[endpoint], "needed_permission")
        and not any(name.startswith("is_open_to") for name in vars(office.app.view_functions[endpoint]))
    }

    assert not unmarked


def test_nobody_gets_in_without_signing_in(office: Office) -> None:
    stranger = office.browser(None)
    shown = {
        f"{method} {rule}"
        for rule, method, endpoint in views(office.app)
        if hasattr(office.app.view_functions[endpoint], "needed_permission")
        and ask(stranger, method, address(office.app, rule, {})) not in REFUSED
    }

    assert not shown


@pytest.mark.parametrize("role", ROLES)
def test_a_role_without_the_permission_is_refused_everywhere(office: Office, role: str) -> None:
    browser = office.browser(role)
    ids = {"thread_id": office.thread_id, "client_id": office.client_id}
    shown = {
        f"{method} {rule}"
        for rule, method, endpoint in views(office.app)
        if (needed := getattr(office.app.view_functions[endpoint], "needed_permission", None)) is not None
        and not is_allowed(role, needed)
        and ask(browser, method, address(office.app, rule, ids)) != 403
    }

    assert not shown


def with_records(office: Office) -> Iterator[tuple[Rule, str]]:
    """Each rule that names a record by its number, with each method."""
    for rule, method, endpoint in views(office.app):
        if hasattr(office.app.view_functions[endpoint], "needed_permission") and any(
            _is_number(rule, name) for name in rule.arguments
        ):
            yield rule, method


def test_every_record_an_address_can_name_is_tried(office: Office, ids: dict[str, int]) -> None:
    named = {name for rule, _ in with_records(office) for name in rule.arguments if _is_number(rule, name)}

    assert named == set(ids)


def test_the_records_are_there_for_their_own_clinic(office: Office, ids: dict[str, int]) -> None:
    browser = office.browser("owner")
    missing = {
        f"{rule}"
        for rule, method in with_records(office)
        if method == "GET"
        and rule.endpoint not in NO_FILE
        and ask(browser, method, address(office.app, rule, ids)) == 404
    }

    assert not missing


@pytest.mark.parametrize("role", ["other_owner", "other_clinician", "other_front_desk"])
def test_another_clinics_records_do_not_exist(office: Office, ids: dict[str, int], role: str) -> None:
    browser = office.browser(role)
    before = _counts(office)
    found = {
        f"{method} {rule}"
        for rule, method in with_records(office)
        if ask(browser, method, address(office.app, rule, ids)) not in (404, 400, 403)
    }

    assert not found
    assert _counts(office) == before


def test_another_clinics_owner_gets_no_further_than_not_found(office: Office, ids: dict[str, int]) -> None:
    """An owner is refused nothing for want of a permission: what answers 403 would hide what should be 404."""
    browser = office.browser("other_owner")

    assert not {
        f"{rule}"
        for rule, way in with_records(office)
        if ask(browser, way, address(office.app, rule, ids)) == 403
    }


def test_looking_changes_nothing_that_matters(office: Office) -> None:
    """GET is safe: it may note that something was read, and nothing else."""
    browser = office.browser("owner")
    ids = {"thread_id": office.thread_id, "client_id": office.client_id}
    before = _counts(office)

    broken = {
        f"{status} {rule}"
        for rule, method, _endpoint in views(office.app)
        if method == "GET" and (status := ask(browser, "GET", address(office.app, rule, ids))) >= 500
    }

    assert not broken
    assert _counts(office) == before


def _counts(office: Office) -> dict[str, int]:
    may_grow = {"audit", "presence", "staff_session", "sign_in_try"}
    with office.database.read() as session:
        return {
            table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in Base.metadata.sorted_tables
            if table.name not in may_grow
        }
