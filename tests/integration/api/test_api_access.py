"""Who may call what: taken from the URL map, so that a new route is judged without being named here."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from access.tokens import Scope
from api.blueprint import NOTHING, PREFIX
from api.document import operations
from config import ensure_keys, load_settings
from tests.support.api import OTHER, Api, open_api

BODIES: dict[str, dict[str, object]] = {
    "add_client": {"name": "Bo Li", "phone": "573-555-0143", "consent": "care", "how": "on paper"},
    "add_treatment": {"client_id": 1, "product": "Botox", "at": "2026-03-02T14:10:00-06:00"},
    "correct_treatment": {"areas": "forehead"},
    "cancel_treatment": {"reason": "entered twice"},
    "add_appointment": {"client_id": 1, "at": "2099-03-02T14:10:00-06:00"},
    "acknowledge_alert": {"by": "Dana Reyes"},
}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("access")
    api = open_api(ensure_keys(load_settings({"DATA_DIR": str(folder / "var")})))
    yield api
    api.office.here.close()


def routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """(method, path with its converters taken off, view's name) of each route of the API."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("api.") and rule.endpoint != NOTHING:
            for method in sorted((rule.methods or set()) - {"HEAD"}):
                yield method, _plain(rule), rule.endpoint.removeprefix("api.")


def _plain(rule: Rule) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix(PREFIX))


def need(api: Api, name: str) -> Scope | None:
    found: Scope | None = getattr(api.office.app.view_functions[f"api.{name}"], "needed_scope", None)
    return found


def call(
    api: Api, method: str, path: str, name: str, token: str | None, headers: dict[str, str] | None = None
) -> int:
    """The status of one call about our own clinic's things."""
    url = path.format(**vars(api.ours))
    sent: dict[str, Any] = {"json": BODIES[name]} if name in BODIES else {}
    return api.ask(method, url, token=token, headers=headers, **sent).status_code


def test_routes_and_description_agree_both_ways(api: Api) -> None:
    described = {(method.upper(), path, found["operationId"]) for path, method, found in operations()}

    assert set(routes(api.office.app)) == described


def test_every_route_is_in_the_documents(api: Api) -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "api.md").read_text(encoding="utf-8")

    assert [path for method, path, _ in routes(api.office.app) if f"| `{method} {path}` |" not in text] == []


def test_every_route_names_its_scope_or_is_open_to_all(api: Api) -> None:
    silent = {name for _, _, name in routes(api.office.app) if need(api, name) is None}

    assert silent == {"show_description"}


def test_the_description_names_a_token_for_every_route_but_itself() -> None:
    open_ones = {found["operationId"] for _, _, found in operations() if found.get("security") == []}

    assert open_ones == {"show_description"}


@pytest.mark.parametrize(
    "given", [None, "", "Bearer ", "Bearer nonsense", "Basic YTpi", "Bearer \xe9", "x" * 5000]
)
def test_nobody_comes_in_without_a_token(api: Api, given: str | None) -> None:
    headers = {} if given is None else {"Authorization": given}
    shown = {
        f"{method} {path}"
        for method, path, name in routes(api.office.app)
        if need(api, name) is not None and call(api, method, path, name, None, headers) != 401
    }

    assert not shown


def test_a_signed_in_browser_is_nobody_here(api: Api) -> None:
    browser = api.office.browser("owner")

    assert browser.get(f"{PREFIX}/clients").status_code == 401


@pytest.mark.parametrize(
    ("token", "lacks"), [("read", {"write", "texts"}), ("write", {"texts"}), ("texts", {"write"})]
)
def test_a_token_whose_scope_is_not_enough_is_refused(api: Api, token: str, lacks: set[str]) -> None:
    wrong = {
        f"{method} {path}: {status}"
        for method, path, name in routes(api.office.app)
        if (scope := need(api, name)) is not None
        and ((status := call(api, method, path, name, token)) == 403) != (scope.value in lacks)
    }

    assert not wrong


def test_another_clinics_token_finds_nothing_of_ours(api: Api) -> None:
    found = {
        f"{method} {path}: {status}"
        for method, path, name in routes(api.office.app)
        if ("{" in path or "client_id" in BODIES.get(name, {}))
        and (status := call(api, method, path, name, OTHER)) != 404
    }

    assert not found


def test_another_clinics_lists_hold_nothing_of_ours(api: Api) -> None:
    seen = {
        path: api.ask("GET", path, token=OTHER).get_data(as_text=True)
        for method, path, name in routes(api.office.app)
        if method == "GET" and "{" not in path and name != "show_description"
    }

    assert seen
    assert not [path for path, text in seen.items() if "Ana" in text or "5550142" in text]


def test_a_filter_by_another_clinics_client_finds_nothing(api: Api) -> None:
    query = f"?client_id={api.theirs.client_id}"

    assert api.get(f"/reminders{query}")["items"] == []
    assert api.ask("GET", f"/messages{query}").status_code == 404


def test_a_cursor_of_one_clinic_shows_another_one_only_its_own(api: Api) -> None:
    assert "Ana" not in api.ask("GET", "/clients?cursor=0.0.0", token=OTHER).get_data(as_text=True)


def test_no_answer_sets_a_cookie_or_may_be_kept(api: Api) -> None:
    for method, path, name in routes(api.office.app):
        url = path.format(**vars(api.ours))
        sent: dict[str, Any] = {"json": BODIES[name]} if name in BODIES else {}
        answer = api.ask(method, url, **sent)
        assert "Set-Cookie" not in answer.headers, path
        assert answer.headers["Cache-Control"] == "no-store", path


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "PUT", "PATCH", "DELETE", "PROPFIND", "CONNECT"])
def test_other_methods_are_refused_with_what_is_allowed(api: Api, method: str) -> None:
    answer = api.ask(method, "/clients")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "//clients",
        "/clients/0",
        "/clients/x",
        "/clients/R%0A2",
        "/clients/99999999999",
        "/clients/2147483648",
        "/clients/999",
    ],
)
def test_what_is_not_there_is_a_problem_in_json(api: Api, path: str) -> None:
    answer = api.ask("GET", path)

    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_a_challenge_says_how_to_come_in(api: Api) -> None:
    none, wrong = api.ask("GET", "/clients", token=None), api.ask("POST", "/clients", token="read", json={})

    assert none.headers["WWW-Authenticate"] == 'Bearer realm="aftercare"'
    assert 'scope="write"' in wrong.headers["WWW-Authenticate"]
    assert "--scope write" in wrong.get_json()["detail"]
