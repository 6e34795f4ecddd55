"""What a request must be, what a fault becomes, how fast one may call, and that nothing private is logged."""

import json
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from access.tokens import revoke_token
from api import clients
from api.pace import PER_MINUTE
from models.api_token import ApiToken
from models.database import DatabaseBusy
from models.installation import machine_now
from tests.support.api import Api

BO = {"name": "Bo Li", "phone": "573-555-0143", "consent": "care", "how": "on paper"}
JSON = "application/json"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b'{"name": "a", "name": "b"}', b'{"name": "\\ud800"}', b'{"n": NaN}', b"[" * 30_000],
    ids=["empty", "cut off", "no UTF-8", "twice", "surrogate", "NaN", "deep"],
)
def test_a_body_that_is_no_json_is_refused(api: Api, body: bytes) -> None:
    answer = api.ask("POST", "/clients", data=body, content_type=JSON)

    assert (answer.status_code, answer.get_json()["code"]) == (400, "not-json")


@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b"1", b"{}"])
def test_json_that_is_no_such_object_is_not_understood(api: Api, body: bytes) -> None:
    assert api.ask("POST", "/clients", data=body, content_type=JSON).status_code == 422


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_another_content_type_is_refused(api: Api, kind: str) -> None:
    answer = api.ask("POST", "/clients", data=json.dumps(BO), content_type=kind)

    assert (answer.status_code, answer.get_json()["code"]) == (415, "not-json")


def test_a_charset_does_not_matter(api: Api) -> None:
    answer = api.ask("POST", "/clients", data=json.dumps(BO), content_type=f"{JSON}; charset=utf-8")

    assert answer.status_code == 201


@pytest.mark.parametrize("path", ["/clients", "/reminders/1/hold"])
def test_a_large_body_is_refused(api: Api, path: str) -> None:
    answer = api.ask("POST", path, data=b" " * 65_537, content_type=JSON)

    assert (answer.status_code, answer.get_json()["code"]) == (413, "too-large")


def test_too_many_calls_of_one_token_wait_and_others_do_not(api: Api) -> None:
    api.office.app.config[PER_MINUTE] = 3

    statuses = [api.ask("GET", "/clients", token="read").status_code for _ in range(4)]
    last = api.ask("GET", "/clients", token="read")

    assert statuses == [200, 200, 200, 429]
    assert 1 <= int(last.headers["Retry-After"]) <= 60
    assert api.ask("GET", "/clients", token="texts").status_code == 200


def test_guesses_are_slowed_down_by_address(api: Api) -> None:
    api.office.app.config[PER_MINUTE] = 3

    guesses = [
        api.ask("GET", "/clients", token=None, headers={"Authorization": f"Bearer {number}"}).status_code
        for number in range(5)
    ]

    assert guesses == [401, 401, 401, 429, 429]


def test_a_revoked_token_is_dead_at_once(api: Api) -> None:
    with api.office.database.write() as session:
        token = session.get_one(ApiToken, api.token_ids["read"])
        revoke_token(session, token, by="cli", machine=machine_now(session), now=api.office.now)

    answer = api.ask("GET", "/clients", token="read")

    assert answer.status_code == 401
    assert "was revoked" in answer.get_json()["detail"]


def test_a_use_is_written_down_once_a_minute(api: Api) -> None:
    def last_used() -> object:
        with api.office.database.read() as session:
            return session.get_one(ApiToken, api.token_ids["read"]).last_used_at

    before = last_used()
    api.get("/clients", token="read")
    first = last_used()
    api.get("/clients", token="read")

    assert before is None
    assert first is not None
    assert last_used() == first


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (DatabaseBusy("busy"), 503, "busy"),
        (OperationalError("SELECT 1", {}, Exception("gone")), 503, "busy"),
        (RuntimeError("573-555-0143 said: help"), 500, "our-fault"),
    ],
)
def test_a_fault_is_a_problem_that_shows_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    def fail(*_arguments: Any, **_options: Any) -> None:
        raise error

    monkeypatch.setattr(clients, "clients_after", fail)

    answer = api.ask("GET", "/clients")

    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert "573" not in answer.get_data(as_text=True)


def test_no_number_name_or_token_is_logged(api: Api) -> None:
    with capture_logs() as logs:
        api.post("/clients", BO, status=201)
        api.post("/clients", BO, status=409)
        api.post("/clients", {**BO, "phone": "573-555"}, status=422)
        api.get("/messages")

    told = json.dumps(logs, default=str)
    assert not [
        word for word in ("5550143", "573-555", "Bo Li", "question", api.secrets["all"]) if word in told
    ]


def test_the_description_needs_no_token(api: Api) -> None:
    answer = api.ask("GET", "/openapi.json", token=None)

    assert answer.get_json()["openapi"] == "3.1.0"
