"""The words staff read for what the machine stores: kinds, delivery, reasons. Pure; one table each."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.rules import NOTHING_FOUND
from carriers.error_codes import explain
from models.conversation import Conversation
from models.message import Message

AUTOMATIC = "Auto"
PHOTO_ALONE = "sent a photo"
KINDS = {
    "red_flag": "Auto · emergency words",
    "alert": "Alert to on-call phone",
    "opt_out": "Auto · STOP confirmed",
    "opt_in": "Auto · START confirmed",
    "help": "Auto · help",
    "faq": "Auto · answer",
    "question": "Auto · answer to check-in",
    "handover": "Auto · handed to you",
    "greeting": "Auto · greeting",
    "photo": "Auto · photo received",
    "late": "Auto · late note",
    "consent": "Auto · opt-in confirmation",
    "staff_ack": "Auto · to staff phone",
    "reminder": "Reminder",
    "correction": "Reminder · corrected time",
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a text's delivery is shown. Never "read": SMS has no such report."""

    words: str
    icon: str
    is_failed: bool = False


QUEUED = Delivery("Queued", "clock")
BY_STATUS = {
    "queued": Delivery("Sent to carrier", "check"),
    "accepted": Delivery("Sent to carrier", "check"),
    "scheduled": Delivery("Sent to carrier", "check"),
    "sending": Delivery("Sent to carrier", "check"),
    "sent": Delivery("Sent", "check"),
    "delivered": Delivery("Delivered", "checks"),
    "read": Delivery("Delivered", "checks"),
}
BY_STATE = {
    "queued": QUEUED,
    "claimed": QUEUED,
    "in_flight": Delivery("Sending", "clock"),
    "unknown": Delivery("Sent? Being checked with the carrier", "clock"),
    "review": Delivery("Needs review: we do not know whether it left", "alert", is_failed=True),
    "cancelled": Delivery("Cancelled", "cross", is_failed=True),
}


def delivery_of(message: Message) -> Delivery:
    """The delivery words of an outgoing text."""
    if message.status in ("failed", "undelivered"):
        return Delivery(f"Not delivered: {why_failed(message)}", "alert", is_failed=True)
    if message.state == "refused":
        return Delivery(f"Not sent: {refusal_note(message)}", "cross", is_failed=True)
    if message.state in BY_STATE:
        return BY_STATE[message.state]
    return BY_STATUS.get(message.status or "", Delivery("Sent to carrier", "check"))


def why_failed(message: Message) -> str:
    """The carrier's error in plain words."""
    return explain(message.error_code).plain if message.error_code else "the carrier gave no reason"


def refusal_note(message: Message) -> str:
    """Why our own rules held it back, as recorded."""
    return str(message.reason.get("note") or "our rules held it back")


def sender_label(message: Message, *, client_name: str, staff_name: str | None) -> str:
    """Whose words these are."""
    if message.direction == "inbound":
        return client_name
    if message.kind == "staff":
        return staff_name or "Staff"
    return KINDS.get(message.kind, AUTOMATIC)


def reason_note(message: Message) -> str:
    """Why a text was taken as it was. Of a photo without words it says what came, not that no topic matches."""
    note = str(message.reason.get("note") or "")
    return PHOTO_ALONE if note == NOTHING_FOUND and is_photo_alone(message) else note


def waiting_note(thread: Conversation, messages: Iterable[Message]) -> str:
    """Why a conversation waits; `messages` are its latest."""
    since, note = thread.waiting_since, thread.waiting_reason or "needs a person"
    if since is None or note != NOTHING_FOUND:
        return note
    came = [one for one in messages if one.direction == "inbound" and one.created_at >= since]
    return PHOTO_ALONE if came and all(is_photo_alone(one) for one in came) else note


def is_photo_alone(message: Message) -> bool:
    """Whether a text is a photo without words."""
    return bool(message.media_urls) and not message.body.strip()
