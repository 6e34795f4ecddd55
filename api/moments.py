"""Which moments a treatment or an appointment may have, beyond being one. Pure."""

from datetime import datetime, timedelta

from api.problems import wrong_values
from clinic_time.written_moment import read_moment

AHEAD = timedelta(minutes=5)  # clocks differ; as on the enrolment page
FARTHEST = timedelta(days=3653)  # own choice: ten years off is a mistyped year


def past_moment(text: str, now: datetime) -> datetime:
    """When something was given. Raises Problem for what lies ahead or ten years back."""
    moment = read_moment(text)
    if moment > now + AHEAD:
        raise wrong_values([("body/at", "It lies ahead: report a treatment when it has been given.")])
    return _near(moment, now)


def coming_moment(text: str, now: datetime) -> datetime:
    """When somebody will come. Raises Problem for ten years from now; that it lies ahead is the use case's to say."""
    return _near(read_moment(text), now)


def _near(moment: datetime, now: datetime) -> datetime:
    if abs(moment - now) > FARTHEST:
        raise wrong_values([("body/at", "It is more than ten years off: check the year.")])
    return moment
