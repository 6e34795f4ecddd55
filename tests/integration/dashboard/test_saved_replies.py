"""Saved replies: kept by the clinic, found by name, filled for the client; what is left open blocks sending."""

import pytest
from sqlalchemy import select

from models.desk import SavedReply
from models.message import Message
from tests.support.accounts import page
from tests.support.dashboard import Office

HOURS = {"name": "After hours", "body": "Hi {client_name}, call {clinic_phone}."}


def saved(office: Office) -> list[SavedReply]:
    with office.database.read() as session:
        return list(session.scalars(select(SavedReply).order_by(SavedReply.id)))


def test_a_reply_is_saved_changed_and_removed(office: Office) -> None:
    desk = office.browser()

    desk.post("/settings/saved-replies", data=HOURS)
    desk.post("/settings/saved-replies/1", data={**HOURS, "name": "Closed"})
    assert [row.name for row in saved(office)] == ["Closed"]
    desk.post("/settings/saved-replies/1/remove")
    assert saved(office) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Write something here"),
        ({"name": "x" * 61}, "at most 60"),
        ({"body": " "}, "Write the text"),
        ({"body": "Hi {somebody}"}, "{somebody} is not known"),
    ],
)
def test_a_faulty_one_is_refused_and_kept_in_the_form(
    office: Office, wrong: dict[str, str], said: str
) -> None:
    text = page(office.browser().post("/settings/saved-replies", data={**HOURS, **wrong}), 422)

    assert said in text
    assert saved(office) == []


def test_two_of_one_name_are_refused(office: Office) -> None:
    desk = office.browser()
    desk.post("/settings/saved-replies", data=HOURS)

    assert "of this name" in page(desk.post("/settings/saved-replies", data=HOURS), 422)
    assert desk.post("/settings/saved-replies/1", data=HOURS).status_code == 303


def test_the_composer_finds_them_filled_for_the_client(office: Office) -> None:
    desk = office.browser()
    desk.post("/settings/saved-replies", data=HOURS)
    desk.post("/settings/saved-replies", data={"name": "Gym", "body": "Again from {exercise_from}."})

    (found,) = desk.get(f"/threads/{office.thread_id}/saved-replies?q=after").get_json()
    assert found == {"name": "After hours", "text": "Hi Ana, call (573) 555-0100.", "unfilled": []}
    (found,) = desk.get(f"/threads/{office.thread_id}/saved-replies?q=GYM").get_json()
    assert found["unfilled"] == ["exercise_from"]
    assert "{exercise_from}" in found["text"]


@pytest.mark.parametrize("search", ["%", "_", "nothing"])
def test_a_wildcard_finds_nothing(office: Office, search: str) -> None:
    desk = office.browser()
    desk.post("/settings/saved-replies", data={"name": "Hours", "body": "Hi there."})

    assert desk.get(f"/threads/{office.thread_id}/saved-replies", query_string={"q": search}).get_json() == []


def test_a_reply_with_a_gap_is_not_sent(office: Office) -> None:
    reply = {"body": "Again from {exercise_from}.", "form_token": "t1", "as": "reply", "when": "now"}

    text = page(office.browser().post(f"/threads/{office.thread_id}/reply", data=reply), 422)

    assert "Fill in {exercise_from} first" in text
    with office.database.read() as session:
        assert session.scalars(select(Message).where(Message.kind == "staff")).all() == []


def test_another_clinic_sees_none_of_it(office: Office) -> None:
    office.browser().post("/settings/saved-replies", data=HOURS)
    stranger = office.browser("other_owner")

    assert "After hours" not in page(stranger.get("/settings/saved-replies"))
    page(stranger.get("/settings/saved-replies/1"), 404)
    page(stranger.post("/settings/saved-replies/1", data=HOURS), 404)
    page(stranger.post("/settings/saved-replies/1/remove"), 404)
    page(stranger.get(f"/threads/{office.thread_id}/saved-replies?q="), 404)
    assert stranger.get(f"/threads/{office.other_thread_id}/saved-replies?q=").get_json() == []
