"""The front door over any form: an answer in XML, no 500, nothing on file but what was signed and whole."""

import unicodedata
from collections.abc import Iterator
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client, TestResponse

from config import Settings
from tests.support.twilio_webhooks import new_sid, status_fields
from tests.support.webhooks import FORM, INBOUND, STATUS, FrontDoor, open_front_door

KNOWN = (
    *(
        "MessageSid",
        "SmsSid",
        "AccountSid",
        "From",
        "To",
        "Body",
        "NumMedia",
        "MediaUrl0",
        "MediaContentType0",
    ),
    *("MessagingServiceSid", "OptOutType", "MessageStatus", "SmsStatus", "ErrorCode", "NumSegments"),
)
VALUES = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        [
            "",
            "0",
            "-1",
            "99999999999999999999",
            "SM" + "a" * 32,
            "+15735550142",
            "STOP",
            "\x00",
            "\U0001f600",
        ]
    ),
)
FORMS = st.lists(st.tuples(st.sampled_from(KNOWN), VALUES), max_size=12)
QUICK = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def door(settings: Settings) -> Iterator[FrontDoor]:
    door = open_front_door(settings)
    yield door
    door.here.close()


def said(text: str) -> str:
    """What of a text a person can see: line breaks count as one, control characters as nothing."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char in "\n\t" or unicodedata.category(char) != "Cc")


def is_in_order(answer: TestResponse) -> bool:
    """No mistake of ours, and nothing (204) or XML. Raises ParseError where that is not well-formed."""
    if answer.status_code != 204:
        assert ElementTree.fromstring(answer.data).tag == "Response"
    return answer.status_code < 500 and answer.content_type.startswith("text/xml")


@QUICK
@given(FORMS, st.sampled_from([INBOUND, STATUS]))
def test_any_signed_form_is_taken_in_or_refused(
    door: FrontDoor, fields: list[tuple[str, str]], path: str
) -> None:
    answer = door.post(path, fields)

    assert is_in_order(answer)


@QUICK
@given(st.dictionaries(st.sampled_from(KNOWN), VALUES, max_size=4), st.booleans())
@example({"Body": "\x00STOP\x00"}, True)
@example({"From": "+1573555014２"}, True)
@example({"NumMedia": "999"}, True)
def test_a_real_form_with_any_field_changed_is_on_file_once_or_not_at_all(
    door: FrontDoor, changes: dict[str, str], again: bool
) -> None:
    fields = [(name, changes.get(name, value)) for name, value in door.text("Can I work out?")]
    before = len(door.inbound())

    answers = [door.post(INBOUND, fields) for _ in range(1 + again)]

    assert all(is_in_order(answer) for answer in answers)
    assert len(door.inbound()) - before <= 1
    if answers[0].status_code == 403:
        assert len(door.inbound()) == before


@QUICK
@given(FORMS, st.text(max_size=60))
def test_without_the_right_signature_nothing_is_on_file(
    door: FrontDoor, fields: list[tuple[str, str]], signature: str
) -> None:
    before = door.counts()

    fits = "".join(char for char in signature if "!" <= char <= "~")
    answer = door.post(INBOUND, [*door.text("STOP"), *fields], signature=fits or "x")

    assert 400 <= answer.status_code < 500
    assert door.counts() == before


@QUICK
@given(
    st.binary(max_size=300), st.sampled_from([FORM, "text/plain", "application/json", "multipart/form-data"])
)
def test_any_bytes_are_refused_in_order(door: FrontDoor, body: bytes, content_type: str) -> None:
    answer = Client(door.app).post(
        INBOUND, data=body, content_type=content_type, headers=[("X-Twilio-Signature", "x")]
    )

    assert is_in_order(answer)
    assert answer.status_code >= 400


@QUICK
@given(st.text(max_size=1700))
@example("a" * 1600)
@example("\U0001f600" * 800)
@example("\u202e STOP")
@example("{client_name} {{7*7}} %s")
def test_any_words_are_stored_as_they_came_and_answered(door: FrontDoor, body: str) -> None:
    answer = door.post(INBOUND, door.text(body))

    assert is_in_order(answer)
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert said(door.inbound()[-1].body) == said(body)


@QUICK
@given(st.text(max_size=40), st.text(max_size=12), VALUES)
def test_any_delivery_report_is_taken_or_refused(
    door: FrontDoor, callback: str, status: str, code: str
) -> None:
    fields = status_fields(new_sid("SM"), status, from_number="+15735550100", to_number="+15735550142")

    answer = door.post(f"{STATUS}?m={quote(callback)}", [*fields, ("ErrorCode", code)])

    assert is_in_order(answer)
