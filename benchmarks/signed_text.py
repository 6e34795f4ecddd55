"""A client's text as the carrier would bring it: form fields, signed."""

from secrets import token_hex
from urllib.parse import urlencode

from carriers.simulated_webhooks import ACCOUNT_SID
from carriers.twilio_signature import sign_webhook
from config import Settings

PATH = "/webhooks/sms"


def signed_text(settings: Settings, number: str, body: str) -> tuple[str, dict[str, str]]:
    """The form and the headers of one text that was never sent before."""
    fields = [
        ("MessageSid", f"SM{token_hex(16)}"),
        ("AccountSid", ACCOUNT_SID),
        ("From", number),
        ("To", settings.clinic_number),
        ("Body", body),
        ("NumMedia", "0"),
    ]
    signature = sign_webhook(url=f"{settings.public_url}{PATH}", fields=fields, secret=settings.secret_key)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    return urlencode(fields), headers
