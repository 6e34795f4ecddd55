"""Webhooks as Twilio sends them: full field sets, signed with Twilio's own validator. For tests only."""

import http.client
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from secrets import token_hex

from twilio.request_validator import RequestValidator

ACCOUNT_SID = "AC" + "0" * 31 + "1"
AUTH_TOKEN = "0123456789abcdef" * 2
SERVICE_SID = "MG" + "0" * 31 + "1"

Fields = list[tuple[str, str]]


def new_sid(prefix: str) -> str:
    """A fresh SID such as SM… or MM…."""
    return prefix + token_hex(16)


def inbound_fields(
    from_number: str,
    to_number: str,
    body: str,
    *,
    media: Sequence[tuple[str, str]] = (),
    sid: str | None = None,
    account_sid: str = ACCOUNT_SID,
    service_sid: str | None = None,
    opt_out_type: str | None = None,
) -> Fields:
    """All fields of an inbound text or picture message. `media` = (url, content type) pairs."""
    sid = sid or new_sid("MM" if media else "SM")
    fields: Fields = [
        ("ToCountry", "US"),
        ("ToState", "MO"),
        ("SmsMessageSid", sid),
        ("NumMedia", str(len(media))),
        ("ToCity", "COLUMBIA"),
        ("FromZip", "65201"),
        ("SmsSid", sid),
        ("FromState", "MO"),
        ("SmsStatus", "received"),
        ("FromCity", "COLUMBIA"),
        ("Body", body),
        ("FromCountry", "US"),
        ("To", to_number),
        ("ToZip", ""),
        ("NumSegments", str(max(1, len(media)))),
        ("MessageSid", sid),
        ("AccountSid", account_sid),
        ("From", from_number),
        ("ApiVersion", "2010-04-01"),
    ]
    fields += [("MessagingServiceSid", service_sid)] if service_sid else []
    fields += [("OptOutType", opt_out_type)] if opt_out_type else []
    for position, (url, content_type) in enumerate(media):
        fields += [(f"MediaUrl{position}", url), (f"MediaContentType{position}", content_type)]
    return fields


def status_fields(
    sid: str,
    status: str,
    *,
    from_number: str,
    to_number: str,
    error_code: int | None = None,
    account_sid: str = ACCOUNT_SID,
    service_sid: str | None = None,
) -> Fields:
    """All fields of a status callback."""
    fields: Fields = [
        ("SmsSid", sid),
        ("SmsStatus", status),
        ("MessageStatus", status),
        ("To", to_number),
        ("MessageSid", sid),
        ("AccountSid", account_sid),
        ("From", from_number),
        ("ApiVersion", "2010-04-01"),
    ]
    fields += [("ErrorCode", str(error_code))] if error_code else []
    fields += [("RawDlrDoneDate", "2607011200")] if status in ("delivered", "undelivered") else []
    fields += [("MessagingServiceSid", service_sid)] if service_sid else []
    return fields


def sign(url: str, fields: Fields, *, token: str = AUTH_TOKEN) -> str:
    """Twilio's signature over a public URL and form fields."""
    form: Mapping[str, str] = dict(fields)
    return str(RequestValidator(token).compute_signature(url, form))


@dataclass(frozen=True, slots=True)
class WebhookSender:
    """Posts signed webhooks. The signature covers `public_url`; the bytes go to `deliver_to` (host:port)."""

    public_url: str
    deliver_to: str
    token: str = AUTH_TOKEN

    def post(self, path_with_query: str, fields: Fields, headers: Mapping[str, str] = {}) -> int:
        """Post one webhook and return the status code. A refused connection raises OSError."""
        signature = sign(self.public_url.rstrip("/") + path_with_query, fields, token=self.token)
        all_headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": signature,
            "User-Agent": "TwilioProxy/1.1",
            "I-Twilio-Idempotency-Token": new_sid(""),
            **headers,
        }
        connection = http.client.HTTPConnection(self.deliver_to, timeout=15)  # Twilio's own limit
        try:
            connection.request("POST", path_with_query, urllib.parse.urlencode(fields), all_headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()
