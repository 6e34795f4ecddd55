"""Moments as machines write them: ISO 8601 with an offset. Pure."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

# RFC 3339, section 5.6: https://www.rfc-editor.org/rfc/rfc3339#section-5.6 (read November 2026)
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)


def iso(moment: datetime | None, zone: ZoneInfo) -> str | None:
    """ISO 8601 with the offset of this zone."""
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else None


def read_moment(text: str) -> datetime:
    """An aware UTC moment. Raises ValueError for what is none, for one without an offset or beyond the calendar."""
    if not RFC_3339.fullmatch(text):
        raise ValueError("a moment is written as 2026-03-02T14:10:00-06:00")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError:
        raise ValueError("this moment lies beyond the calendar") from None
