"""Schemathesis calls every operation of the description, well-formed and malformed, with all of its default checks.

What it makes up is led to something real where that is possible: a key of its own for each call, ids that exist,
moments that a treatment or an appointment may have. Otherwise nearly every call would be refused at the door.
"""

import copy
import os
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import uuid4

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, assume
from hypothesis import settings as spend
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode

from access.sessions import hash_token
from api.document import document
from config import ensure_keys, load_settings
from models.api_token import ApiToken
from tests.support.api import Api, open_api
from tests.support.boundaries import make_up_boundaries_late
from tests.support.engines import POSTGRESQL, SQLITE
from tests.support.migrated import brought_up_on_postgresql

SECRET = "aftercare_of_the_fuzz"
TOKEN = {"Authorization": f"Bearer {SECRET}"}
EXAMPLES = int(os.environ.get("API_FUZZ_EXAMPLES", "12"))  # an operation; beside the boundary values of each
MANY = 150
KEY = "Idempotency-Key"
SMALL = 5  # ids up to here: some are ours, some the other clinic's, some nobody's
Case: TypeAlias = "schemathesis.Case[Any]"
ON_POSTGRESQL = [pytest.mark.postgres, pytest.mark.full]
SLOW = list(HealthCheck)  # a busy machine is no failure

schemathesis.openapi.format("phone", st.integers(0, 9999).map(lambda digits: f"573-555-{digits:04}"))
schemathesis.openapi.format(
    "time-zone", st.sampled_from(["America/Denver", "America/Chicago", "Asia/Kolkata"])
)


# The token is ours in every call; that it is needed is a check of its own (ignored_auth).
GENERATION = {"with-security-parameters": False}
WITH_BOUNDARIES = SchemathesisConfig.from_dict({"generation": GENERATION})
# Making up boundary values takes long: once is enough.
WITHOUT = SchemathesisConfig.from_dict(
    {"generation": GENERATION, "phases": {"coverage": {"enabled": False}, "examples": {"enabled": False}}}
)

make_up_boundaries_late()


class Door:
    """The app behind the description: it is opened when the first test runs, long after tests are collected."""

    app: Flask
    api: Api

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        return self.app(environ, start_response)


DOOR = Door()
schema = schemathesis.openapi.from_dict(copy.deepcopy(document()), config=WITH_BOUNDARIES)
schema_for_long = schemathesis.openapi.from_dict(copy.deepcopy(document()), config=WITHOUT)
schema.app = schema_for_long.app = DOOR


@pytest.fixture(scope="module", autouse=True, params=[SQLITE, pytest.param(POSTGRESQL, marks=ON_POSTGRESQL)])
def behind_the_door(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("fuzz")
    with brought_up_on_postgresql() if request.param == POSTGRESQL else nullcontext("") as url:
        api = open_api(ensure_keys(load_settings({"DATA_DIR": str(folder / "var"), "DATABASE_URL": url})))
        with api.office.database.write() as session:
            session.get_one(ApiToken, api.token_ids["all"]).token_hash = hash_token(SECRET)
        DOOR.app, DOOR.api = api.office.app, api
        yield
        api.office.here.close()


@schema.parametrize()
@spend(max_examples=EXAMPLES, deadline=None, suppress_health_check=SLOW)
def test_every_operation_keeps_to_its_description(case: Case) -> None:
    assume(not has_parts_that_are_not_sent(case))
    lead_to_something_real(case)
    case.call_and_validate(headers=TOKEN)


@pytest.mark.full
@schema_for_long.parametrize()
@spend(max_examples=MANY, deadline=None, suppress_health_check=SLOW)
def test_every_operation_keeps_to_its_description_for_long(case: Case) -> None:
    assume(not has_parts_that_are_not_sent(case))
    lead_to_something_real(case)
    case.call_and_validate(headers=TOKEN)


def has_parts_that_are_not_sent(case: Case) -> bool:
    """Whether what makes a query malformed is nothing on the wire: then the request is well-formed."""
    return any(value is None or value in ([], {}) for value in (case.query or {}).values())


def lead_to_something_real(case: Case) -> None:
    """Only what is well-formed is changed, and into what is well-formed: what is malformed stays as it is."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    if case.headers and KEY in case.headers:
        case.headers[KEY] = str(uuid4())
    for values in (case.path_parameters, case.query, case.body):
        _name_small_ids(values)
    body: Any = case.body
    if isinstance(body, dict) and "at" in body:
        body["at"] = _near(body["at"], ahead="appointments" in case.path)
        body.pop("refines", None)  # there is no earlier visit that could be meant


def _name_small_ids(values: Any) -> None:
    for name in [name for name in values if name.endswith("_id")] if isinstance(values, dict) else []:
        values[name] = type(values[name])(1 + int(values[name]) % SMALL)


def _near(text: str, *, ahead: bool) -> str:
    """A moment of the last or the next year, at that time of the year and with that offset."""
    given = datetime.fromisoformat(text)
    minutes = timedelta(minutes=10 + int(given.strftime("%j")) * 1440 + given.hour * 60 + given.minute)
    now = DOOR.api.office.now
    return (now + minutes if ahead else now - minutes).astimezone(given.tzinfo).isoformat(timespec="seconds")
