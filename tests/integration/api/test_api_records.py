"""Clients, treatments and appointments as another system enters them: the same use cases as staff's own."""

from datetime import datetime, timedelta

import pytest

from api.document import document
from desk.products import PRODUCTS
from models.conversation import Conversation
from models.message import Message
from tests.support.api import Api
from tests.support.factories import make_consent

BO = {"name": "Bo Li", "phone": "573-555-0143", "consent": "care,promo", "how": "on paper"}
STEPS = ["aftercare_now", "exercise_over", "check_in", "retreatment", "retreatment_again"]


def enter(api: Api) -> int:
    return int(api.post("/clients", BO, status=201)["id"])


def treat(api: Api, client_id: int, *, hours_ago: float = 1, status: int = 201) -> dict[str, object]:
    body = {"client_id": client_id, "product": "Botox", "at": api.hours_ago(hours_ago)}
    found: dict[str, object] = api.post("/treatments", body, status=status)
    return found


def test_the_description_names_the_products_of_the_plan() -> None:
    assert tuple(document()["components"]["schemas"]["Product"]["enum"]) == PRODUCTS


def test_a_new_client_is_on_file_and_gets_one_confirmation(api: Api) -> None:
    made = api.post("/clients", BO, status=201)

    shown = api.get(f"/clients/{made['id']}")
    assert (shown["name"], shown["phone"], shown["consent"]) == ("Bo Li", "+15735550143", "care,promo")
    with api.office.database.read() as session:
        texts = session.query(Message).filter_by(their_number="+15735550143").all()
    assert [(text.kind, text.state) for text in texts] == [("consent", "queued")]


def test_who_entered_a_client_is_in_the_audit(api: Api) -> None:
    enter(api)

    assert [act.actor for act in api.acts("client_added")] == [f"token:{api.token_ids['all']}"]
    assert {act.actor for act in api.acts("consent_granted")} == {f"token:{api.token_ids['all']}"}


def test_a_client_without_consent_gets_no_text(api: Api) -> None:
    made = api.post("/clients", {**BO, "consent": "none"}, status=201)

    assert made["consent"] == "none"
    with api.office.database.read() as session:
        assert session.query(Message).filter_by(their_number="+15735550143").count() == 0


def test_somebody_who_is_a_client_already_is_named_by_id(api: Api) -> None:
    client_id = enter(api)

    refused = api.post("/clients", BO, status=409)

    assert (refused["code"], refused["client_id"]) == ("already-client", client_id)


def test_a_number_that_texted_stop_stays_stopped(api: Api) -> None:
    with api.office.database.write() as session:
        thread = session.get_one(Conversation, api.office.thread_id)
        make_consent(session, thread, "stopped", at=api.office.now)

    made = api.post("/clients", {**BO, "phone": "573-555-0142"}, status=201)

    assert made["consent"] == "stopped"


def test_the_clinics_own_number_is_no_client(api: Api) -> None:
    assert "own texting number" in api.post("/clients", {**BO, "phone": "573-555-0100"}, status=409)["detail"]


def test_a_treatment_plans_the_five_steps(api: Api) -> None:
    planned = treat(api, enter(api))

    steps = planned["steps"]
    assert isinstance(steps, list)
    assert [step["step"] for step in steps] == STEPS
    assert all(datetime.fromisoformat(step["due_at"]).utcoffset() is not None for step in steps)
    assert [act.actor for act in api.acts("treatment.add")] == [f"token:{api.token_ids['all']}"]


def test_a_second_treatment_of_the_day_joins_its_visit(api: Api) -> None:
    client_id = enter(api)

    first, second = treat(api, client_id, hours_ago=0.2), treat(api, client_id, hours_ago=0.1)

    assert first["visit_id"] == second["visit_id"]
    visits = api.get(f"/clients/{client_id}")["visits"]
    assert [len(visit["treatments"]) for visit in visits] == [2]


def test_correcting_a_treatment_moves_its_steps(api: Api) -> None:
    planned = treat(api, enter(api), hours_ago=0.2)
    client = f"?client_id={planned['client_id']}"
    before = api.get(f"/reminders{client}")["items"][1]["earliest_at"]

    api.post(f"/treatments/{planned['id']}/correct", {"at": api.hours_ago(0.1), "product": "Xeomin"})

    after = api.get(f"/reminders{client}")["items"][1]["earliest_at"]
    assert datetime.fromisoformat(after) - datetime.fromisoformat(before) == timedelta(hours=0.1)


def test_cancelling_a_treatment_cancels_its_steps(api: Api) -> None:
    planned = treat(api, enter(api))

    cancelled = api.post(f"/treatments/{planned['id']}/cancel", {"reason": "entered twice"})

    assert cancelled["is_cancelled"]
    assert {step["status"] for step in cancelled["steps"]} == {"cancelled"}
    assert (
        api.post(f"/treatments/{planned['id']}/cancel", {"reason": "again"}, status=409)["code"] == "refused"
    )


def test_an_appointment_keeps_the_second_reminder_to_come_again_back(api: Api) -> None:
    client_id = enter(api)
    treat(api, client_id)

    made = api.post("/appointments", {"client_id": client_id, "at": api.hours_ago(-24 * 60)}, status=201)

    again = api.get(f"/reminders?client_id={client_id}")["items"][-1]
    assert (again["step"], again["status"]) == ("retreatment_again", "skipped")
    assert made["source"] == "Everything"
    assert api.get(f"/clients/{client_id}")["appointments"] == [made]


@pytest.mark.parametrize(
    ("path", "change", "where"),
    [
        ("/treatments", {"at": "2026-03-02"}, "body/at"),
        ("/treatments", {"at": "2026-03-02T14:10:00"}, "body/at"),
        ("/treatments", {"at": "2026-02-30T14:10:00-06:00"}, "body/at"),
        ("/treatments", {"at": "0001-01-01T00:00:00+10:00"}, "body/at"),
        ("/treatments", {"at": "2001-01-01T00:00:00Z"}, "body/at"),
        ("/treatments", {"at": "2099-01-01T00:00:00Z"}, "body/at"),
        ("/treatments", {"product": "Restylane"}, "body/product"),
        ("/treatments", {"client_id": "1"}, "body/client_id"),
        ("/treatments", {"client_id": True}, "body/client_id"),
        ("/treatments", {"areas": "a\nb"}, "body/areas"),
        ("/treatments", {"note": "x"}, "body"),
        ("/appointments", {"at": "2020-01-01T00:00:00Z"}, "body/at"),
        ("/appointments", {"at": "2026-01-01T00:00:00Z"}, "body/at"),
        ("/clients", {"phone": "555"}, "body/phone"),
        ("/clients", {"name": " "}, "body/name"),
        ("/clients", {"name": "x" * 121}, "body/name"),
        ("/clients", {"name": "a\u0000b"}, "body/name"),
        ("/clients", {"consent": "promo"}, "body/consent"),
        ("/clients", {"timezone": "Mars/Base"}, "body/timezone"),
        ("/clients", {"language": "fr"}, "body/language"),
    ],
)
def test_a_wrong_value_is_named_with_its_cure(
    api: Api, path: str, change: dict[str, object], where: str
) -> None:
    about = {"client_id": api.ours.client_id, "at": api.hours_ago(1 if path == "/treatments" else -1)}
    whole: dict[str, dict[str, object]] = {
        "/clients": {**BO},
        "/treatments": {**about, "product": "Botox"},
        "/appointments": {**about},
    }

    refused = api.post(path, whole[path] | change, status=422)

    assert [error["where"] for error in refused["errors"]] == [where]
    assert all(error["detail"].endswith(".") for error in refused["errors"])


def test_a_refinement_names_a_visit_of_the_same_client(api: Api) -> None:
    client_id = enter(api)
    first = treat(api, client_id, hours_ago=24 * 20)
    body = {"client_id": client_id, "product": "Botox", "at": api.hours_ago(1)}

    made = api.post("/treatments", {**body, "refines": first["visit_id"]}, status=201)

    newest = api.get(f"/clients/{client_id}")["visits"][0]
    assert (newest["id"], newest["kind"], newest["refines"]) == (
        made["visit_id"],
        "refinement",
        first["visit_id"],
    )
    assert api.post("/treatments", {**body, "refines": 999}, status=409)["code"] == "refused"
