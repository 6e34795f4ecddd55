"""What is refused at the door although somebody signed it, or because nobody did: one line of XML each."""

from dataclasses import replace

import pytest
from werkzeug.test import Client

from config import Settings
from tests.support.twilio_webhooks import ACCOUNT_SID
from tests.support.webhooks import FORM, INBOUND, STATUS, FrontDoor, changed, open_front_door

# --- refused ------------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[dict[str, str | None], int]] = {
    "another account": ({"AccountSid": "AC" + "9" * 32}, 403),
    "malformed account": ({"AccountSid": "me"}, 400),
    "no account": ({"AccountSid": None}, 400),
    "a number that is not ours": ({"To": "+15735550999"}, 403),
    "no receiver": ({"To": None}, 400),
    "no sender": ({"From": None}, 400),
    "empty sender": ({"From": ""}, 400),
    "no body": ({"Body": None}, 400),
    "no sid": ({"MessageSid": None}, 400),
    "short sid": ({"MessageSid": "SM123"}, 400),
    "sid in capitals": ({"MessageSid": "SM" + "A" * 32}, 400),
    "copies of the sid that differ": ({"SmsSid": "SM" + "0" * 32}, 400),
    "no number of media": ({"NumMedia": None}, 400),
    "eleven media": ({"NumMedia": "11"}, 400),
    "negative media": ({"NumMedia": "-1"}, 400),
    "media without address": ({"NumMedia": "1"}, 400),
}


@pytest.mark.parametrize(("values", "status"), REFUSED.values(), ids=REFUSED)
def test_malformed_form_is_refused_though_signed(
    settings_of_an_account: Settings, values: dict[str, str | None], status: int
) -> None:
    door = open_front_door(settings_of_an_account)

    answer = door.post(INBOUND, changed(door.text(), **values))

    assert answer.status_code == status
    assert answer.content_type == "text/xml; charset=utf-8"
    assert door.counts() == (0, 0, 0)
    door.here.close()


@pytest.fixture
def settings_of_an_account(settings: Settings) -> Settings:
    """A simulated installation that knows its account, so that another one is noticed."""
    return replace(settings, twilio_account_sid=ACCOUNT_SID)


@pytest.mark.parametrize("name", ["Body", "MessageSid", "To", "NumMedia"])
def test_repeated_field_is_refused(door: FrontDoor, name: str) -> None:
    fields = door.text()
    repeated = [*fields, (name, dict(fields)[name])]

    assert door.post(INBOUND, repeated).status_code == 400
    assert door.counts() == (0, 0, 0)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", [INBOUND, STATUS])
def test_other_methods_are_refused_in_xml(door: FrontDoor, path: str, method: str) -> None:
    answer = Client(door.app).open(path, method=method)

    assert (answer.status_code, answer.content_type) == (405, "text/xml; charset=utf-8")


@pytest.mark.parametrize(
    "content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""]
)
def test_other_kinds_of_body_are_refused_in_xml(door: FrontDoor, content_type: str) -> None:
    answer = Client(door.app).post(INBOUND, data=b'{"Body": "hi"}', content_type=content_type)

    assert (answer.status_code, answer.content_type) == (415, "text/xml; charset=utf-8")
    assert door.counts() == (0, 0, 0)


@pytest.mark.parametrize("data", ["Body=" + "x" * 70_000, "&".join(f"f{n}=1" for n in range(5000))])
def test_oversized_form_is_refused(door: FrontDoor, data: str) -> None:
    answer = Client(door.app).post(INBOUND, data=data, content_type=FORM)

    assert (answer.status_code, answer.content_type) == (413, "text/xml; charset=utf-8")


@pytest.mark.parametrize(
    "url", ["https://evil.example/webhooks/sms", "{ours}/", "{ours}?x=1", "{ours}/status"]
)
def test_signature_for_another_url_is_refused(door: FrontDoor, url: str) -> None:
    ours = door.settings.public_url.rstrip("/") + INBOUND
    signature = door.sign("", door.text(), url=url.format(ours=ours))

    assert door.post(INBOUND, door.text(), signature=signature).status_code == 403


def test_trailing_slash_is_another_url(door: FrontDoor) -> None:
    fields = door.text()

    assert door.post(f"{INBOUND}/", fields, signature=door.sign(INBOUND, fields)).status_code == 403
