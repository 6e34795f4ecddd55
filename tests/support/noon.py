"""Where it is noon while the tests run."""

from datetime import datetime


def noon_zone(now: datetime) -> str:
    """A zone in which it is between 12:00 and 13:00 now, so that the send window is open whenever the tests run."""
    ahead = (12 - now.hour + 12) % 24 - 12
    return "Etc/UTC" if ahead == 0 else f"Etc/GMT{-ahead:+d}"  # POSIX signs: GMT-3 is three hours ahead
