"""Rows of the two lists of people somebody should speak to. Gathers only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from clinic_time.local_time import day_number
from dashboard.client_desk import Desk
from models.client import Client
from models.conversation import Conversation
from models.reminder_list import ListedStep, people_of, steps_followed_up, visits_by_id
from models.visit import Visit
from scheduler.follow_up import FollowUp

DONE_SHOWN_FOR = timedelta(days=14)
MOST_DONE = 20


@dataclass(frozen=True, slots=True)
class FollowUpRow:
    """One person, since when, and the visit it is about. `day`: how many days ago that visit was."""

    reminder_id: int
    client: Client
    thread: Conversation
    visit: Visit
    since: datetime
    day: int


def follow_up_rows(desk: Desk, found: Sequence[FollowUp]) -> list[FollowUpRow]:
    """The people behind the ids, in the order given."""
    people = people_of(desk.session, [one.client_id for one in found])
    visits = visits_by_id(desk.session, [one.visit_id for one in found])
    rows = []
    for one in found:
        if one.client_id in people and one.visit_id in visits:
            (client, thread), visit = people[one.client_id], visits[one.visit_id]
            day = day_number(visit.local_day, desk.now, desk.zone)
            rows.append(FollowUpRow(one.reminder_id, client, thread, visit, one.since, day))
    return rows


def done_lately(desk: Desk, step: str) -> list[ListedStep]:
    """Whom somebody spoke to in the last two weeks: they can be put back."""
    since = desk.now - DONE_SHOWN_FOR
    return steps_followed_up(desk.session, clinic_id=desk.clinic.id, step=step, since=since, limit=MOST_DONE)
