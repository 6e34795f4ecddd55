"""A webhook that comes again, at once or cut differently, is a no-op (fault table 7 to 18)."""

import threading

import pytest

from tests.support.twilio_webhooks import Fields
from tests.support.webhooks import INBOUND, FrontDoor, changed

# --- once ---------------------------------------------------------------------------------------------------------


def test_same_webhook_twice_is_one_row_and_one_answer(door: FrontDoor) -> None:
    fields = door.text()

    first, second = door.post(INBOUND, fields), door.post(INBOUND, fields)

    assert (first.status_code, second.status_code) == (200, 200)
    assert len(door.inbound()) == 1


def test_same_webhook_many_times_at_once_is_one_row(door: FrontDoor) -> None:
    fields = door.text("Can I work out?")

    statuses = at_once(door, [fields] * 12)

    assert statuses == [200] * 12
    assert len(door.inbound()) == 1
    assert door.counts()[0] == 2  # the text and its one answer


def test_two_first_texts_at_once_share_one_conversation(door: FrontDoor) -> None:
    statuses = at_once(door, [door.text("hi"), door.text("is anybody there"), door.text("hello")])

    assert statuses == [200, 200, 200]
    assert len({row.conversation_id for row in door.inbound()}) == 1
    assert len(door.inbound()) == 3


def at_once(door: FrontDoor, forms: list[Fields]) -> list[int]:
    """Post all forms from threads of their own; the status codes."""
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda form=form: statuses.append(door.post(INBOUND, form).status_code))
        for form in forms
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def test_replay_under_a_new_idempotency_token_is_no_second_row(door: FrontDoor) -> None:
    fields = door.text()
    door.post(INBOUND, fields, headers=[("I-Twilio-Idempotency-Token", "a")])

    door.post(INBOUND, fields, headers=[("I-Twilio-Idempotency-Token", "b")])

    assert len(door.inbound()) == 1


def shifted_copies(fields: Fields) -> dict[str, Fields]:
    """Other cuts of the same signed string: every one carries the captured signature."""
    form = dict(fields)
    sid = form["MessageSid"]
    return {
        "number of media into the sid": changed(fields, MessageSid=f"{sid}NumMedia0", NumMedia=None),
        "body into the version": changed(fields, ApiVersion=f"2010-04-01Body{form['Body']}", Body=None),
        "city into the sender": changed(
            fields, From=f"{form['From']}FromCity{form['FromCity']}", FromCity=None
        ),
        "city into the receiver": changed(fields, To=f"{form['To']}ToCity{form['ToCity']}", ToCity=None),
        "sender into the body": changed(fields, Body=f"{form['Body']}From{form['From']}", From=None),
        "status into the copy of the sid": changed(
            fields, SmsSid=f"{form['SmsSid']}SmsStatusreceived", SmsStatus=None
        ),
        "name of the sid shortened": [
            (("MessageSi", f"d{value}") if name == "MessageSid" else (name, value)) for name, value in fields
        ],
    }


CUTS = (
    "number of media into the sid",
    "body into the version",
    "city into the sender",
    "city into the receiver",
    "sender into the body",
    "status into the copy of the sid",
    "name of the sid shortened",
)


@pytest.mark.parametrize("cut", CUTS)
def test_captured_request_cut_differently_adds_nothing(door: FrontDoor, cut: str) -> None:
    fields = door.text("hello")
    signature = door.sign(INBOUND, fields)
    copy = shifted_copies(fields)[cut]
    assert door.here.carrier.is_signed(
        url=door.settings.public_url.rstrip("/") + INBOUND, fields=copy, signature=signature
    ), "the copy must verify, or this test proves nothing"

    door.post(INBOUND, fields)
    before = door.counts()
    answer = door.post(INBOUND, copy, signature=signature)

    assert answer.status_code in (200, 400, 403)
    assert door.counts() == before
