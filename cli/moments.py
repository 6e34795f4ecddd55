"""Moments as people type and read them: ISO 8601, local where no offset is given. Pure."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

from cli.mistake import Mistake


def parse_moment(text: str, zone: ZoneInfo) -> datetime:
    """An aware UTC moment. Without an offset it is a clock time in `zone`.

    Raises Mistake for what is no moment, for a time the spring change leaves out and for one that autumn repeats.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Mistake(
            f"{text!r} is not a moment; write it as 2026-03-02T14:10 or 2026-03-02T14:10-06:00"
        ) from None
    if "T" not in text.strip().upper() and " " not in text.strip():
        raise Mistake(f"{text!r} has no time of day; write it as {text.strip()}T14:10")
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    return _from_wall_clock(moment, zone)


def _from_wall_clock(wall: datetime, zone: ZoneInfo) -> datetime:
    first, second = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall:
        raise Mistake(
            f"{wall.isoformat(timespec='minutes')} does not exist in {zone.key}: the clocks go forward over it; "
            f"write the moment with its offset, such as {second.astimezone(UTC).astimezone(zone).isoformat()}"
        )
    raise Mistake(
        f"{wall.isoformat(timespec='minutes')} happens twice in {zone.key}, because the clocks go back; "
        f"write {first.isoformat(timespec='minutes')} or {second.isoformat(timespec='minutes')}"
    )


def parse_zone(text: str) -> str:
    """The name of a time zone. Raises Mistake."""
    if text not in available_timezones():
        raise Mistake(f"{text!r} is not a time zone; write a name such as America/Chicago")
    return text


def spoken(moment: datetime | None, zone: ZoneInfo) -> str:
    """For people: Mon 2 Mar 2026 09:00 CST."""
    return moment.astimezone(zone).strftime("%a %-d %b %Y %H:%M %Z") if moment else "-"
