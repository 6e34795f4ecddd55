"""Which placeholders a text is given when it is written: the one table of it. Pure.

Only what a text can count on, or whose sentence may be left out: a name that one number in a hundred lacks would keep
emergency words from leaving. A value that a writer gives anew belongs here; a test compares.
"""

from collections.abc import Mapping

from messages.fields import FIELDS, Field
from messages.topics import Kind, Topic

# messages.values.clinic_values
CLINIC = frozenset(
    {
        *("clinic_name", "clinic_phone", "clinic_number", "urgent_line", "portal_url", "booking_url"),
        *("hours", "next_open", "emergency_number", "crisis_line"),
    }
)
VISIT = frozenset({"exercise_from", "day_14_date", "refinement_until"})  # messages.values.visit_values
NAME = frozenset({"client_name"})  # of one client: absent on a number that several share, or nobody we know

BY_KIND: Mapping[Kind, frozenset[str]] = {
    Kind.FAQ: CLINIC | VISIT | NAME,
    Kind.REMINDER: CLINIC | VISIT | NAME,  # scheduler.words
    Kind.SYSTEM: CLINIC | NAME,  # bot.replies and scheduler.enrolment: to anybody, with a visit or without
    Kind.EMERGENCY: CLINIC | NAME,
}
# Texts with values of their own.
BY_TOPIC: Mapping[str, frozenset[str]] = {
    "ask_which_client": CLINIC | {"client_names"},  # only to a number that several share
    "alert_page": frozenset({"alert_code", "alert_link"}),  # alerts.page_words
    "staff_ack": CLINIC | {"alert_code"},  # this one and those below: bot.staff_texts
    "staff_unclear": CLINIC,
    "enrolled_ack": CLINIC | NAME | {"first_text_at"},
}


def given_fields(topic: Topic) -> tuple[Field, ...]:
    """What the texts of this topic may hold, in the order in which people are shown it."""
    given = BY_TOPIC.get(topic.id, BY_KIND[topic.kind])
    return tuple(field for name, field in FIELDS.items() if name in given)
