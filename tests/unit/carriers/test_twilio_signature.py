"""Webhook signatures through Twilio's own validator: every odd thing is a plain no."""

import pytest

from carriers.twilio import TwilioCarrier
from carriers.twilio_signature import sign_webhook
from tests.support.twilio_webhooks import inbound_fields

ACCOUNT = "AC" + "0" * 32
URL = "https://bot.example/webhooks/sms?a=%C3%A9"
FIELDS = inbound_fields("+15735550142", "+15735550100", " hi\nthere é ")


def is_signed(signature: str | None, *, url: str = URL, fields: list[tuple[str, str]] = FIELDS) -> bool:
    carrier = TwilioCarrier(ACCOUNT, ("new", "old"))
    return carrier.is_signed(url=url, fields=fields, signature=signature)  # type: ignore[arg-type]


def test_example_of_twilios_own_documentation() -> None:
    # https://www.twilio.com/docs/usage/security, read November 2026
    fields = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675310"),
        ("Digits", "1234"),
        ("From", "+14158675310"),
        ("To", "+18005551212"),
    ]
    signature = sign_webhook(url="https://example.com/myapp.php?foo=1&bar=2", fields=fields, secret="12345")

    assert signature == "L/OH5YylLD5NRKLltdqwSvS0BnU="


@pytest.mark.parametrize("secret", ["new", "old"])
def test_every_token_of_the_list_is_accepted(secret: str) -> None:
    assert is_signed(sign_webhook(url=URL, fields=FIELDS, secret=secret))


@pytest.mark.parametrize("signature", [None, "", "x", "é" * 28, "A" * 28, "\udc80"])
def test_bad_signature_is_refused(signature: str | None) -> None:
    assert not is_signed(signature)


def test_another_secret_is_refused() -> None:
    assert not is_signed(sign_webhook(url=URL, fields=FIELDS, secret="other"))


@pytest.mark.parametrize(
    "url",
    [
        "http://bot.example/webhooks/sms?a=%C3%A9",
        "https://evil.example/webhooks/sms?a=%C3%A9",
        "https://bot.example/webhooks/sms/?a=%C3%A9",
        "https://bot.example/webhooks/sms",
        "https://bot.example:99999/webhooks/sms",
        "https://[bot/webhooks/sms",
        "",
    ],
)
def test_signature_over_another_url_is_refused(url: str) -> None:
    assert not is_signed(sign_webhook(url=URL, fields=FIELDS, secret="new"), url=url)


def test_changed_field_is_refused() -> None:
    signature = sign_webhook(url=URL, fields=FIELDS, secret="new")

    assert not is_signed(signature, fields=[*FIELDS, ("Extra", "1")])
    assert not is_signed(signature, fields=[])


def test_repeated_fields_count_each_value_once_in_order() -> None:
    signature = sign_webhook(url=URL, fields=[("a", "2"), ("a", "1"), ("a", "2")], secret="new")

    assert is_signed(signature, fields=[("a", "1"), ("a", "2")])
    assert not is_signed(signature, fields=[("a", "2")])


def test_text_that_is_no_unicode_is_refused_quietly() -> None:
    assert not is_signed("A" * 28, fields=[("Body", "\udc80")])


def test_carrier_without_any_token_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="TWILIO_AUTH_TOKEN"):
        TwilioCarrier(ACCOUNT, ("",))


def test_importing_the_carrier_stays_quick() -> None:
    import subprocess
    import sys

    code = "import sys, carriers.twilio; sys.exit('twilio.rest' in sys.modules or 'requests' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
