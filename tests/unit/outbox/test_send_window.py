"""When a reminder may leave: hours, days, zones and clock changes."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox.area_codes import AREA_CODE_ZONES
from outbox.send_window import (
    CARE,
    PROMO,
    WINDOWS,
    Window,
    candidate_zones,
    closes_at,
    is_open,
    next_allowed,
)

CHICAGO = ZoneInfo("America/Chicago")
NEW_YORK = ZoneInfo("America/New_York")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
HONOLULU = ZoneInfo("Pacific/Honolulu")
AUCKLAND = ZoneInfo("Pacific/Auckland")


def local(text: str, zone: ZoneInfo = CHICAGO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("window", "moment", "allowed"),
    [
        (CARE, "2026-03-02T08:59:59", "2026-03-02T09:00"),
        (CARE, "2026-03-02T09:00", "2026-03-02T09:00"),
        (CARE, "2026-03-02T19:59:59", "2026-03-02T19:59:59"),
        (CARE, "2026-03-02T20:00", "2026-03-03T09:00"),
        (CARE, "2026-03-08T01:00", "2026-03-08T09:00"),  # spring change
        (CARE, "2026-03-07T21:00", "2026-03-08T09:00"),
        (CARE, "2026-10-31T21:00", "2026-11-01T09:00"),  # autumn change
        (CARE, "2026-12-25T10:00", "2026-12-25T10:00"),  # care leaves on holidays
        (PROMO, "2026-03-02T09:30", "2026-03-02T10:00"),
        (PROMO, "2026-03-06T18:00", "2026-03-07T10:00"),  # Friday evening -> Saturday
        (PROMO, "2026-03-07T16:59", "2026-03-07T16:59"),
        (
            PROMO,
            "2026-03-07T17:00",
            "2026-03-09T10:00",
        ),  # never on Sunday, over the spring change
        (
            PROMO,
            "2026-07-02T18:30",
            "2026-07-06T10:00",
        ),  # 3 July observed, 4 July, Sunday
        (PROMO, "2026-11-26T12:00", "2026-11-27T10:00"),  # Thanksgiving
        (PROMO, "2026-12-31T19:00", "2027-01-02T10:00"),  # over the year's end
    ],
)
def test_next_allowed_moment(window: Window, moment: str, allowed: str) -> None:
    assert next_allowed(local(moment), window=window, zones=(CHICAGO,), holidays=()) == local(allowed)


def test_the_clinics_own_holidays_move_promotions_only() -> None:
    holidays = {date(2026, 3, 2)}
    moment = local("2026-03-02T11:00")

    assert next_allowed(moment, window=PROMO, zones=(CHICAGO,), holidays=holidays) == local(
        "2026-03-03T10:00"
    )
    assert next_allowed(moment, window=CARE, zones=(CHICAGO,), holidays=holidays) == moment


@pytest.mark.parametrize(
    ("zones", "moment", "allowed"),
    [
        (
            (CHICAGO, LOS_ANGELES),
            "2026-03-02T09:00",
            "2026-03-02T11:00",
        ),  # 9:00 in Los Angeles
        ((CHICAGO, LOS_ANGELES), "2026-03-02T19:59", "2026-03-02T19:59"),
        ((CHICAGO, NEW_YORK), "2026-03-02T09:00", "2026-03-02T09:00"),
        (
            (CHICAGO, NEW_YORK),
            "2026-03-02T19:00",
            "2026-03-03T09:00",
        ),  # 20:00 in New York
        ((CHICAGO, NEW_YORK, LOS_ANGELES), "2026-03-02T19:00", "2026-03-03T11:00"),
        (
            (CHICAGO, AUCKLAND),
            "2026-03-02T09:00",
            "2026-03-02T09:00",
        ),  # no common hours: the sure zone stands
    ],
)
def test_a_text_is_legal_in_every_candidate_zone(
    zones: tuple[ZoneInfo, ...], moment: str, allowed: str
) -> None:
    assert next_allowed(local(moment), window=CARE, zones=zones, holidays=()) == local(allowed)


def test_hints_are_dropped_where_they_leave_less_than_four_hours() -> None:
    zones = (
        NEW_YORK,
        HONOLULU,
    )  # care leaves 14:00-20:00 in winter, promo only 15:00-18:00
    noon = local("2026-01-14T12:00", NEW_YORK)

    assert next_allowed(noon, window=CARE, zones=zones, holidays=()) == local("2026-01-14T14:00", NEW_YORK)
    assert next_allowed(noon, window=PROMO, zones=zones, holidays=()) == noon


def test_window_closes_at_the_earliest_closing_of_all_zones() -> None:
    moment = local("2026-03-02T12:00")

    assert closes_at(moment, window=CARE, zones=(CHICAGO, NEW_YORK), holidays=()) == local("2026-03-02T19:00")
    with pytest.raises(ValueError, match="closed"):
        closes_at(local("2026-03-02T21:00"), window=CARE, zones=(CHICAGO,), holidays=())


def test_no_moment_within_sixty_days_is_none() -> None:
    never = Window("never", (None,) * 7)

    assert next_allowed(local("2026-03-02T12:00"), window=never, zones=(CHICAGO,), holidays=()) is None


@pytest.mark.parametrize(
    ("stated", "number", "zones"),
    [
        (
            LOS_ANGELES,
            "+15735550111",
            ("America/Los_Angeles",),
        ),  # a stated zone is sure
        (None, "+15735550111", ("America/Chicago",)),  # 573 is Missouri
        (None, "+12065550111", ("America/Chicago", "America/Los_Angeles")),
        (
            None,
            "+12195550111",
            ("America/Chicago", "America/New_York"),
        ),  # 219 spans two zones
        (None, "+18005550111", ("America/Chicago",)),  # toll-free
        (None, "+442079460958", ("America/Chicago",)),
        (None, "72345", ("America/Chicago",)),  # a short code
    ],
)
def test_candidate_zones(stated: ZoneInfo | None, number: str, zones: tuple[str, ...]) -> None:
    assert tuple(zone.key for zone in candidate_zones(stated, CHICAGO, number)) == zones


def test_every_area_code_has_known_zones() -> None:
    assert len(AREA_CODE_ZONES) > 400
    for zones in AREA_CODE_ZONES.values():
        assert all(ZoneInfo(name) for name in zones)


@given(
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=UTC)),
    window=st.sampled_from(sorted(WINDOWS)).map(WINDOWS.__getitem__),
    zones=st.lists(
        st.sampled_from([CHICAGO, NEW_YORK, LOS_ANGELES, HONOLULU]),
        min_size=1,
        max_size=3,
        unique=True,
    ),
)
def test_next_allowed_is_open_and_not_before(moment: datetime, window: Window, zones: list[ZoneInfo]) -> None:
    allowed = next_allowed(moment, window=window, zones=zones, holidays=())

    assert allowed is not None
    assert allowed >= moment
    assert is_open(allowed, window=window, zones=zones, holidays=())
    assert (allowed == moment) is is_open(moment, window=window, zones=zones, holidays=())
