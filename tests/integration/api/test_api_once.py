"""A repeated call does nothing twice: one after the other, at the same moment, on SQLite and on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from desk.erase import erase_client
from models.api_answer import ApiAnswer
from models.client import Client
from models.message import Message
from models.staff import Staff
from models.visit import Treatment
from scheduler.jobs import ANSWERS_KEPT, forget_old_answers
from tests.support.api import Api
from tests.support.engines import ON_BOTH

BO = {"name": "Bo Li", "phone": "573-555-0143", "consent": "care", "how": "on paper"}
AT_ONCE = 6


def count(api: Api, table: type[Client] | type[Treatment] | type[Message] | type[ApiAnswer]) -> int:
    with api.office.database.read() as session:
        return session.query(table).count()


def test_a_repeated_call_is_answered_as_before(api: Api) -> None:
    first = api.ask("POST", "/clients", key="enrol-0001", json=BO)
    again = api.ask("POST", "/clients", key="enrol-0001", json=BO)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert count(api, Client) == 3


def test_a_key_names_one_call_only(api: Api) -> None:
    api.post("/clients", BO, key="enrol-0001", status=201)

    assert api.post("/clients", {**BO, "name": "Cy"}, key="enrol-0001", status=422)["code"] == "key-used"
    other_path = api.post(f"/reminders/{api.ours.reminder_id}/hold", key="enrol-0001", status=422)
    assert other_path["code"] == "key-used"


def test_keys_of_two_tokens_do_not_meet(api: Api) -> None:
    api.post("/clients", BO, key="enrol-0001", status=201)

    api.post("/clients", {**BO, "name": "Cy"}, key="enrol-0001", token="write", status=201)


def test_a_refused_call_leaves_its_key_free(api: Api) -> None:
    api.post("/clients", {**BO, "name": "Ana", "phone": "573-555-0142"}, key="enrol-0001", status=409)

    api.post("/clients", BO, key="enrol-0001", status=201)


@pytest.mark.parametrize("key", [None, "short", "with space in it", "x" * 201, "naïve-key-1"])
def test_a_call_without_a_usable_key_is_refused(api: Api, key: str | None) -> None:
    answer = api.ask("POST", "/clients", key=key, json=BO)

    assert (answer.status_code, answer.get_json()["code"]) == (400, "key")


@ON_BOTH
def test_calls_at_the_same_moment_are_carried_out_once(api: Api) -> None:
    body = {"client_id": api.ours.client_id, "product": "Botox", "at": api.hours_ago(0.1)}
    treatments, texts = count(api, Treatment), count(api, Message)

    def call(_number: int) -> TestResponse:
        return api.ask("POST", "/treatments", key="treat-0001", json=body)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(call, range(AT_ONCE)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_data() for answer in answers}) == 1
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers].count(None) == 1
    assert (count(api, Treatment), count(api, Message)) == (treatments + 1, texts)


@ON_BOTH
def test_two_keys_for_one_new_person_at_the_same_moment_make_one_client(api: Api) -> None:
    def call(number: int) -> TestResponse:
        return api.ask("POST", "/clients", key=f"enrol-{number:04}", json=BO)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(call, range(AT_ONCE)))

    assert sorted(answer.status_code for answer in answers) == [201, *[409] * (AT_ONCE - 1)]
    with api.office.database.read() as session:
        assert session.query(Client).filter_by(name="Bo Li").count() == 1


def test_answers_are_forgotten_after_a_day(api: Api) -> None:
    api.post("/clients", BO, key="enrol-0001", status=201)
    api.post("/clients", {**BO, "name": "Cy"}, key="enrol-0002", status=201)
    with api.office.database.write() as session:
        session.query(ApiAnswer).filter_by(key="enrol-0001").one().given_at -= ANSWERS_KEPT + timedelta(
            minutes=1
        )

    forget_old_answers(api.office.here)

    with api.office.database.read() as session:
        assert [row.key for row in session.query(ApiAnswer)] == ["enrol-0002"]


def test_an_erased_person_is_in_no_kept_answer_and_not_entered_anew(api: Api) -> None:
    made = api.post("/clients", BO, key="enrol-0001", status=201)
    key = api.office.here.settings.opt_out_key
    with api.office.database.write() as session:
        client = session.get_one(Client, made["id"])
        owner = session.get_one(Staff, api.office.staff_ids["owner"])
        erase_client(session, client, owner, typed_name="Bo Li", opt_out_key=key, now=api.office.now)

    again = api.post("/clients", BO, key="enrol-0001", status=409)

    assert again["code"] == "answer-gone"
    with api.office.database.read() as session:
        assert [row.body for row in session.query(ApiAnswer)] == [None]
