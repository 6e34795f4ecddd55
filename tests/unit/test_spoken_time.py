"""How moments are said to clients."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from clinic_time.spoken_time import spoken_date, spoken_opening, spoken_time

CHICAGO = ZoneInfo("America/Chicago")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "now", "english", "spanish"),
    [
        (
            "2026-03-03T23:10",
            "2026-03-03T07:30",
            "11:10 pm today",
            "las 11:10 pm de hoy",
        ),
        (
            "2026-03-03T09:10",
            "2026-03-02T17:15",
            "9:10 am tomorrow",
            "las 9:10 am de mañana",
        ),
        (
            "2026-03-04T01:10",
            "2026-03-03T09:15",
            "1:10 am tomorrow",
            "la 1:10 am de mañana",
        ),
        (
            "2026-03-02T23:10",
            "2026-03-03T09:00",
            "11:10 pm yesterday",
            "las 11:10 pm de ayer",
        ),
        (
            "2026-03-10T09:10",
            "2026-03-06T12:00",
            "Tue 9:10 am",
            "las 9:10 am del martes",
        ),
        (
            "2026-03-14T12:00",
            "2026-03-06T12:00",
            "Sat, Mar 14, 12 pm",
            "las 12 pm del 14 de marzo",
        ),
        (
            "2026-03-09T09:00",
            "2026-03-07T18:00",
            "Mon 9 am",
            "las 9 am del lunes",
        ),  # over the spring change
        (
            "2026-03-08T00:30",
            "2026-03-07T18:00",
            "12:30 am tomorrow",
            "las 12:30 am de mañana",
        ),
    ],
)
def test_a_moment_is_said_with_as_much_date_as_needed(
    moment: str, now: str, english: str, spanish: str
) -> None:
    assert spoken_time(local(moment), local(now), CHICAGO) == english
    assert spoken_time(local(moment), local(now), CHICAGO, "es") == spanish


def test_a_date_is_said_without_its_year() -> None:
    assert spoken_date(date(2026, 3, 14)) == "Sat, Mar 14"
    assert spoken_date(date(2026, 3, 14), "es") == "14 de marzo"


@pytest.mark.parametrize(
    ("moment", "now", "english", "spanish"),
    [
        ("2026-03-03T14:00", "2026-03-03T12:30", "2 pm today", "hoy a las 2 pm"),
        ("2026-03-04T09:00", "2026-03-03T18:00", "9 am tomorrow", "mañana a las 9 am"),
        ("2026-03-09T13:00", "2026-03-06T18:00", "Mon 1 pm", "el lunes a la 1 pm"),
        ("2026-03-16T09:30", "2026-03-06T18:00", "Mon, Mar 16, 9:30 am", "el 16 de marzo a las 9:30 am"),
    ],
)
def test_an_opening_is_said_with_its_day(moment: str, now: str, english: str, spanish: str) -> None:
    assert spoken_opening(local(moment), local(now), CHICAGO) == english
    assert spoken_opening(local(moment), local(now), CHICAGO, "es") == spanish


@pytest.mark.parametrize(
    ("moment", "english", "spanish"),
    [
        ("2026-03-03T23:10", "Tue 11:10 pm", "las 11:10 pm del martes"),
        ("2026-03-04T01:10", "Wed 1:10 am", "la 1:10 am del miércoles"),
    ],
)
def test_a_text_that_may_wait_names_the_weekday(moment: str, english: str, spanish: str) -> None:
    written_at = local("2026-03-03T12:00")

    assert spoken_time(local(moment), written_at, CHICAGO, relative=False) == english
    assert spoken_time(local(moment), written_at, CHICAGO, "es", relative=False) == spanish
