"""The table of placeholders by kind of text agrees with who fills them in, and with every text of the pack."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from alerts.page_words import PageWords
from messages import given_fields
from messages.catalogue import Edit, Edits, Pack
from messages.fields import FIELDS, Need
from messages.topics import Kind, Topic
from messages.values import clinic_values, name_values, visit_values
from models.clinic import Clinic
from tests.support.factories import NOON, OUR_NUMBER

SUNDAY = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)  # closed: the clinic opens next on Monday
EVERYTHING = Clinic(
    name="Demo Clinic",
    country="US",
    timezone="America/Chicago",
    hours="mon-fri 09:00-17:00",
    holidays="",
    phone=OUR_NUMBER,
    urgent_line=OUR_NUMBER,
    portal_url="https://portal.example",
    booking_url="https://book.example",
)


def names_given(topic: Topic) -> set[str]:
    return {field.name for field in given_fields.given_fields(topic)}


def test_a_clinic_with_every_line_gives_what_the_table_says() -> None:
    given = clinic_values(EVERYTHING, OUR_NUMBER, now=SUNDAY, language="en")

    assert given.keys() == given_fields.CLINIC


def test_a_visit_gives_what_the_table_says(pack: Pack) -> None:
    given = visit_values(
        injected_at=NOON,
        local_day=date(2026, 3, 3),
        now=NOON,
        zone=ZoneInfo("America/Chicago"),
        language="en",
        plan=pack.plan,
    )

    assert given.keys() == given_fields.VISIT


def test_a_name_is_one_of_a_client_or_those_of_a_shared_number() -> None:
    assert name_values(["Ana", "Bo"], "en").keys() == {"client_names"}
    assert name_values(["Ana"], "en").keys() == {"client_names"} | given_fields.NAME


def test_a_page_is_given_what_the_table_says_and_no_more(pack: Pack) -> None:
    text = " ".join(f"{{{name}}}" for name in sorted(names_given(pack.topics["alert_page"])))
    edits = Edits({("alert_page", "en", "any"): Edit(text, approved=True, base_version="")})

    page = PageWords(pack, "https://texts.example.com", edits).write(code="K7", alert_id=1)

    assert page.text == "K7 https://texts.example.com/alerts/1"


@pytest.mark.parametrize("kind", [Kind.SYSTEM, Kind.EMERGENCY])
def test_what_anybody_may_be_told_needs_nothing_but_the_clinics_own_lines(pack: Pack, kind: Kind) -> None:
    """A number that nobody knows has no name and no visit; a required value of either would keep the text back."""
    needed = {name for name in given_fields.BY_KIND[kind] if FIELDS[name].need is not Need.OPTIONAL}

    assert needed <= given_fields.CLINIC


def test_every_placeholder_is_given_to_some_text(pack: Pack) -> None:
    given = {name for topic in pack.topics.values() for name in names_given(topic)}

    assert given == set(FIELDS)
    assert given_fields.BY_TOPIC.keys() <= pack.topics.keys()
