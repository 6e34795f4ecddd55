"""Moments as the clock of a clinic in Chicago shows them. Holds no asserts."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

CHICAGO = ZoneInfo("America/Chicago")


def local(text: str, zone: ZoneInfo = CHICAGO) -> datetime:
    """The moment (UTC) at which the clock shows `text`, an ISO day and time."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def by_the_clock(moment: datetime) -> str:
    """What `local` was given, to the minute."""
    return moment.astimezone(CHICAGO).strftime("%Y-%m-%dT%H:%M")
