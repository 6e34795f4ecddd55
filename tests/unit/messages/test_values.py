"""What the placeholders stand for: the clinic's own lines, a visit's dates, the names on a number."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from messages.catalogue import load_pack
from messages.values import clinic_values, exercise_ends_at, name_values, visit_values
from models.clinic import Clinic

NOON = datetime(2026, 3, 3, 18, 0, tzinfo=UTC)  # Tuesday 12:00 in Chicago
NIGHT = NOON + timedelta(hours=10)
ZONE = ZoneInfo("America/Chicago")


def clinic(**values: str | None) -> Clinic:
    given = {"name": "Demo Clinic", "timezone": "America/Chicago", "hours": "mon-fri 09:00-17:00"}
    return Clinic(**{**given, "country": "US", "holidays": "", **values})


def test_phone_falls_back_to_the_texting_number() -> None:
    assert (
        clinic_values(clinic(), "+15735550100", now=NOON, language="en")["clinic_phone"] == "(573) 555-0100"
    )


def test_own_voice_line_is_named() -> None:
    values = clinic_values(clinic(phone="+15735550123"), "+15735550100", now=NOON, language="en")

    assert values["clinic_phone"] == "(573) 555-0123"
    assert values["clinic_number"] == "(573) 555-0100"


@pytest.mark.parametrize("field", ["urgent_line", "portal_url", "booking_url"])
def test_what_the_clinic_has_not_given_is_absent(field: str) -> None:
    assert field not in clinic_values(clinic(), "+15735550100", now=NOON, language="en")


def test_next_opening_is_said_only_while_the_clinic_is_closed() -> None:
    assert "next_open" not in clinic_values(clinic(), "+15735550100", now=NOON, language="en")
    assert "9 am" in clinic_values(clinic(), "+15735550100", now=NIGHT, language="en")["next_open"]


@pytest.mark.parametrize("broken", [{"hours": "whenever"}, {"holidays": "soon"}])
def test_opening_hours_that_cannot_be_read_only_leave_their_sentence_out(broken: dict[str, str]) -> None:
    assert "next_open" not in clinic_values(clinic(**broken), "+15735550100", now=NIGHT, language="en")


@pytest.mark.parametrize(("country", "number"), [("US", "911"), ("MX", "911"), ("GB", "999"), ("FR", "112")])
def test_emergency_number_is_the_countrys(country: str, number: str) -> None:
    values = clinic_values(clinic(country=country), "+15735550100", now=NOON, language="en")

    assert values["emergency_number"] == number


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], {}),
        (["  "], {}),
        (["Ana Maria Lopez"], {"client_name": "Ana", "client_names": "Ana"}),
        (["Ana", "Bea"], {"client_names": "Ana or Bea"}),
        (["Ana", "Bea", "Cleo"], {"client_names": "Ana, Bea or Cleo"}),
    ],
)
def test_names_on_a_number(names: list[str], expected: dict[str, str]) -> None:
    assert name_values(names, "en") == expected


def test_dates_of_a_visit() -> None:
    plan = load_pack().plan

    values = visit_values(
        injected_at=NOON, local_day=date(2026, 3, 3), now=NOON, zone=ZONE, language="en", plan=plan
    )

    assert (
        values
        == {  # 16 real hours; days 14 and 21: clinic page, guideline 1 and "When will I see my results?"
            "exercise_from": "4 am tomorrow",
            "day_14_date": "Tue, Mar 17",
            "refinement_until": "Tue, Mar 24",
        }
    )


def test_sixteen_hours_are_real_hours_across_the_clock_change() -> None:
    plan = load_pack().plan
    injected_at = datetime(2026, 3, 7, 20, 0, tzinfo=UTC)  # 14:00 CST, the night the clocks go forward

    ends_at = exercise_ends_at(injected_at, plan).astimezone(ZONE)

    assert (ends_at.hour, ends_at.tzname()) == (7, "CDT")
