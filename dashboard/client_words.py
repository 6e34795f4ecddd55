"""The words staff read for a client's plan and consents. Pure; one table each."""

from dataclasses import dataclass
from datetime import date

STEPS = {
    "aftercare_now": "What to avoid, and when exercise is fine",
    "exercise_over": "Exercise is fine again",
    "check_in": "Day 14 check-in",
    "retreatment": "Time for the next visit",
    "retreatment_again": "Next visit, second reminder",
}
CORRECTION = "Corrected exercise time"
PROMO_MARK = "promotional"


@dataclass(frozen=True, slots=True)
class Status:
    """How a step's status is shown: words, tone of its chip, icon."""

    words: str
    tone: str
    icon: str


STATUSES = {
    "planned": Status("Planned", "accent", "clock"),
    "enqueued": Status("Leaving now", "accent", "send"),
    "sent": Status("Sent", "ok", "check"),
    "held": Status("Held", "warn", "clock"),
    "skipped": Status("Not sent", "", "cross"),
    "cancelled": Status("Cancelled", "", "cross"),
}
CONSENT_CHANGES = {
    ("care", "granted"): "Agreed to aftercare texts",
    ("promo", "granted"): "Agreed to reminders to come again",
    ("all", "granted"): "Agreed to all texts",
    ("care", "revoked"): "Took back consent to aftercare texts",
    ("promo", "revoked"): "Took back consent to reminders to come again",
    ("all", "revoked"): "Took back all consents",
}
OWN_CHANGES = {
    "stopped": "Opted out: no texts at all",
    "restarted": "Opted in again by START: aftercare only",
}


def step_name(step: str) -> str:
    """What a step of the plan says, in a few words."""
    return STEPS.get(step, CORRECTION if step.startswith("correction") else step.replace("_", " "))


def status_of(status: str) -> Status:
    """The chip of a step."""
    return STATUSES.get(status, Status(status, "", "clock"))


def consent_change(scope: str, change: str) -> str:
    """One line of the consent history."""
    return OWN_CHANGES.get(change) or CONSENT_CHANGES.get((scope, change), f"{change} {scope}")


def plain_day(day: date) -> str:
    """A calendar day without a time: Tue 3 Mar 2026."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def sentence(words: str) -> str:
    """A recorded reason as a sentence begins: its first letter large."""
    return words[:1].upper() + words[1:]
