"""Every webhook route verifies the carrier's signature; the list is the URL map, so a new route fails by default."""

from collections.abc import Iterator

import pytest

from carriers.twilio_signature import sign_webhook
from config import Settings, ensure_keys, load_settings
from tests.support.webhooks import FrontDoor, open_front_door

PREFIX = "/webhooks/"
WRONG = {
    "none": None,
    "empty": "",
    "short": "x",
    "wrong": "L/OH5YylLD5NRKLltdqwSvS0BnU=",
    "two in one": "a, b",
    "odd": "\x7f\xe9",
}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontDoor]:
    environ = {"DATA_DIR": str(tmp_path_factory.mktemp("guard") / "var")}
    opened = open_front_door(ensure_keys(load_settings(environ)))
    yield opened
    opened.here.close()


def webhook_paths(door: FrontDoor) -> list[str]:
    return sorted({rule.rule for rule in door.app.url_map.iter_rules() if rule.rule.startswith(PREFIX)})


def test_there_are_webhook_routes(door: FrontDoor) -> None:
    assert webhook_paths(door) == ["/webhooks/sms", "/webhooks/sms/status"]


@pytest.mark.parametrize("signature", WRONG.values(), ids=WRONG)
def test_request_without_a_good_signature_is_refused_and_leaves_no_row(
    door: FrontDoor, signature: str | None
) -> None:
    for path in webhook_paths(door):
        headers = [] if signature is None else [("X-Twilio-Signature", signature)]
        answer = door.app.test_client().post(path, data=dict(door.text()), headers=headers)
        assert answer.status_code == 403, path
    assert door.counts() == (0, 0, 0)


def test_signature_for_another_url_is_refused_and_leaves_no_row(door: FrontDoor) -> None:
    for path in webhook_paths(door):
        fields = door.text()
        signature = door.sign(path, fields, url=f"https://other.example{path}")
        assert door.post(path, fields, signature=signature).status_code == 403, path
    assert door.counts() == (0, 0, 0)


def test_signature_by_another_secret_is_refused_and_leaves_no_row(door: FrontDoor) -> None:
    for path in webhook_paths(door):
        fields = door.text()
        url = door.settings.public_url.rstrip("/") + path
        signature = sign_webhook(url=url, fields=fields, secret="not ours")
        assert door.post(path, fields, signature=signature).status_code == 403, path
    assert door.counts() == (0, 0, 0)


def test_webhooks_set_no_cookie(door: FrontDoor) -> None:
    for path in webhook_paths(door):
        answer = door.post(path, door.text())
        assert "Set-Cookie" not in answer.headers, path


def test_settings_know_no_way_around_the_signature() -> None:
    names = [
        name
        for name in Settings.__dataclass_fields__
        if "valid" in name or "verify" in name or "sign" in name
    ]
    assert names == []
