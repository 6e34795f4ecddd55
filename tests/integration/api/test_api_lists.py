"""Lists a page at a time, reminders held and let go, alerts taken, and reads written down."""

from datetime import timedelta
from typing import Any

import pytest

from models.clinic import Clinic
from models.conversation import Conversation
from tests.support.api import Api
from tests.support.engines import ON_BOTH
from tests.support.factories import (
    make_alert,
    make_client,
    make_conversation,
    make_inbound,
    make_reminder,
    make_visit,
)

LISTS = ("/clients", "/messages", "/reminders", "/inbox", "/alerts")


def fill(api: Api, count: int) -> None:
    """More clients, each with a planned text, a text of theirs, something that waits and an alert."""
    now = api.office.now
    with api.office.database.write() as session:
        clinic = session.get_one(Clinic, api.office.clinic_id)
        for number in range(count):
            thread = make_conversation(session, clinic, number=f"+1573555{2000 + number}", created_at=now)
            client = make_client(session, thread, name=f"Client {number}", created_at=now)
            visit = make_visit(session, client, at=now - timedelta(hours=2))
            make_reminder(session, visit, due_at=now + timedelta(days=(number * 7) % 5))
            make_inbound(session, thread, f"Text {number}", at=now)
            make_alert(
                session, thread, code=f"A{number}", opened_at=now + timedelta(minutes=(number * 7) % 5)
            )
            thread.waiting_since = now + timedelta(minutes=(number * 7) % 5)
            thread.waiting_urgency = ("now", "today", "normal")[number % 3]


def walk(api: Api, path: str, limit: int) -> list[dict[str, Any]]:
    """Every row, page by page."""
    rows, cursor = [], ""
    while True:
        page = api.get(f"{path}?limit={limit}{cursor}")
        assert len(page["items"]) <= limit
        rows += page["items"]
        if page["next_cursor"] is None:
            return rows
        cursor = f"&cursor={page['next_cursor']}"


@pytest.mark.parametrize("path", LISTS)
def test_pages_together_are_the_whole_list(api: Api, path: str) -> None:
    fill(api, 11)

    whole = api.get(f"{path}?limit=200")

    assert len(whole["items"]) == 12
    assert whole["next_cursor"] is None
    assert walk(api, path, 5) == whole["items"]
    assert walk(api, path, 12) == whole["items"]


@ON_BOTH
def test_behind_a_row_that_no_database_can_hold_nothing_is_left(api: Api) -> None:
    found = [api.get(f"{path}?cursor=9.{'9' * 17}.{'9' * 10}")["items"] for path in LISTS]

    assert found == [[]] * len(LISTS)


def test_the_inbox_begins_with_the_most_urgent(api: Api) -> None:
    fill(api, 5)

    rows = api.get("/inbox")["items"]

    urgencies = [row["urgency"] for row in rows]
    assert urgencies == sorted(urgencies, key=["now", "today", "normal"].index)


def test_reminders_are_found_by_client_and_status(api: Api) -> None:
    fill(api, 2)
    api.post(f"/reminders/{api.ours.reminder_id}/hold")

    held = api.get("/reminders?status=held")["items"]
    mine = api.get(f"/reminders?client_id={api.ours.client_id}")["items"]

    assert [row["id"] for row in held] == [row["id"] for row in mine] == [api.ours.reminder_id]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "limit=x", "limit=1.5", "limit=5&limit=5", "cursor=x", "clinet_id=1", "limit="],
)
def test_a_query_that_is_not_understood_is_refused(api: Api, query: str) -> None:
    refused = api.get(f"/reminders?{query}", status=422)

    assert refused["errors"][0]["where"].startswith("query/")


def test_a_reminder_is_held_released_and_cancelled_by_the_system(api: Api) -> None:
    one = f"/reminders/{api.ours.reminder_id}"

    held = api.post(f"{one}/hold")
    api.post(f"{one}/release")
    cancelled = api.post(f"{one}/cancel")

    assert (held["status"], held["reason"]) == ("held", "held by Everything")
    assert cancelled["status"] == "cancelled"
    assert api.post(f"{one}/release", status=409)["code"] == "refused"
    assert {act.actor for act in api.acts("reminder.hold")} == {f"token:{api.token_ids['all']}"}


def test_an_alert_is_taken_by_the_first_name(api: Api) -> None:
    ack = f"/alerts/{api.ours.alert_id}/ack"

    taken = api.post(ack, {"by": "Dana Reyes"})
    again = api.post(ack, {"by": "Dana Reyes"})
    refused = api.post(ack, {"by": "Sam Lee"}, status=409)

    assert taken == again
    assert taken["acknowledged_by"] == "Dana Reyes"
    assert "Dana Reyes looks after alert K7 already" in refused["detail"]
    assert [act.actor for act in api.acts("alert_acknowledged")] == [f"token:{api.token_ids['all']}"]


def test_reading_texts_is_written_down_once_an_hour_for_each_thread(api: Api) -> None:
    fill(api, 2)

    api.get("/messages", token="texts")
    api.get("/messages", token="texts")
    api.get(f"/clients/{api.ours.client_id}", token="texts")
    api.get(f"/clients/{api.ours.client_id}", token="read")

    acts = [(act.actor, act.object_id) for act in api.acts("read thread")]
    reader, other = f"token:{api.token_ids['texts']}", f"token:{api.token_ids['read']}"
    assert sorted(acts) == sorted(
        [(other, api.office.thread_id), *((reader, each) for each in _threads(api))]
    )


def _threads(api: Api) -> list[int]:
    with api.office.database.read() as session:
        return [row.id for row in session.query(Conversation).filter_by(clinic_id=api.office.clinic_id)]
