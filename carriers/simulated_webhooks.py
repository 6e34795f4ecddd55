"""The form fields of the simulated carrier's webhooks: the full sets Twilio sends. Pure."""

from collections.abc import Sequence

from carriers.base import MediaItem
from models.simulated_carrier import SimulatedMessage

ACCOUNT_SID = "AC" + "51" * 16

Fields = list[tuple[str, str]]


def inbound_fields(row: SimulatedMessage, media: Sequence[MediaItem]) -> Fields:
    """An inbound text. Fields as in https://www.twilio.com/docs/messaging/guides/webhook-request (2026-03-09)."""
    fields: Fields = [
        ("ToCountry", "US"),
        ("ToState", "MO"),
        ("SmsMessageSid", row.sid),
        ("NumMedia", str(len(media))),
        ("ToCity", "DEMO"),
        ("FromZip", ""),
        ("SmsSid", row.sid),
        ("FromState", "MO"),
        ("SmsStatus", "received"),
        ("FromCity", "DEMO"),
        ("Body", row.body),
        ("FromCountry", "US"),
        ("To", row.to_number),
        ("ToZip", ""),
        ("NumSegments", str(row.segments)),
        ("MessageSid", row.sid),
        ("AccountSid", ACCOUNT_SID),
        ("From", row.from_number),
        ("ApiVersion", "2010-04-01"),
    ]
    for item in media:
        fields.append((f"MediaUrl{item.position}", item.url))
        fields.append((f"MediaContentType{item.position}", item.content_type))
    return fields


def status_fields(row: SimulatedMessage) -> Fields:
    """A delivery report with the message's present state."""
    fields: Fields = [
        ("SmsSid", row.sid),
        ("SmsStatus", row.status),
        ("MessageStatus", row.status),
        ("To", row.to_number),
        ("MessageSid", row.sid),
        ("AccountSid", ACCOUNT_SID),
        ("From", row.from_number),
        ("ApiVersion", "2010-04-01"),
    ]
    fields += [("ErrorCode", str(row.error_code))] if row.error_code else []
    service = row.messaging_service_sid
    fields += [("MessagingServiceSid", service)] if service else []
    return fields
