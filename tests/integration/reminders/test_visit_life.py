"""The planned texts of a visit from the first to the last: when each leaves, and what it says."""

import pytest
from sqlalchemy.orm import Session

from models.client import Client
from models.clinic import Clinic
from models.conversation import Conversation
from scheduler import reminders
from scheduler.follow_up import not_heard_from
from tests.support.chicago import local
from tests.support.factories import make_inbound
from tests.support.planned_visits import RULES, live, steps_of, tick, treat


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (
            "2026-03-07T14:00",  # the night before the spring change
            [
                ("aftercare_now", "2026-03-07T14:00"),
                ("exercise_over", "2026-03-08T09:00"),
                ("check_in", "2026-03-23T10:00"),
                ("retreatment", "2026-06-08T10:00"),
                ("retreatment_again", "2026-06-29T10:00"),
            ],
        ),
        (
            "2026-10-31T17:30",  # the night before the autumn change: 16 hours end at 08:30 by the clock
            [
                ("aftercare_now", "2026-10-31T17:30"),
                ("exercise_over", "2026-11-01T09:00"),
                ("check_in", "2026-11-16T10:00"),
                ("retreatment", "2027-02-01T10:00"),
                ("retreatment_again", "2027-02-22T10:00"),
            ],
        ),
        (
            "2026-02-02T09:10",  # the check-in is before, the retreatment after the spring change
            [
                ("aftercare_now", "2026-02-02T09:10"),
                ("exercise_over", "2026-02-03T09:00"),
                ("check_in", "2026-02-17T10:00"),  # day 14 is Washington's Birthday
                ("retreatment", "2026-05-02T10:00"),
                ("retreatment_again", "2026-05-23T10:00"),
            ],
        ),
    ],
)
def test_a_visit_lives_through_120_days_and_each_text_leaves_once(
    session: Session, client: Client, at: str, expected: list[tuple[str, str]]
) -> None:
    treat(session, client, at)

    left = live(session, local(at), 130)

    assert [(step, moment) for step, moment, _ in left] == expected


def test_the_texts_say_the_visits_own_times_and_never_a_relative_day(
    session: Session, client: Client
) -> None:
    planned = treat(session, client, "2026-05-05T17:10")

    (aftercare,) = tick(session, "2026-05-05T17:10")

    assert "Wed 9:10 am" in aftercare.body
    assert aftercare.kind == "reminder"
    assert aftercare.template_version
    assert aftercare.useful_until == local("2026-05-06T09:10")
    assert planned.visit.told_exercise_ends_at == local("2026-05-06T09:10")
    assert steps_of(session, planned.visit)["aftercare_now"].status == "enqueued"
    assert tick(session, "2026-05-05T17:11") == []


def test_spanish_client_reads_spanish(session: Session, client: Client) -> None:
    client.language = "es"
    treat(session, client, "2026-05-05T17:10")

    (aftercare,) = tick(session, "2026-05-05T17:10")

    assert "las 9:10 am del miércoles" in aftercare.body


def test_check_in_opens_its_question_and_a_newer_visit_closes_it(
    session: Session, client: Client, conversation: Conversation
) -> None:
    first = treat(session, client, "2026-05-05T14:00")
    live(session, local("2026-05-05T14:00"), 15)
    asked = conversation.open_question, conversation.open_question_visit_id

    treat(session, client, "2026-06-01T14:00")

    assert asked == ("check_in", first.visit.id)
    assert conversation.open_question is None
    assert conversation.open_question_visit_id is None
    older = steps_of(session, first.visit)
    assert older["retreatment"].reason == "closed by the newer visit of 01 Jun 2026"
    assert older["check_in"].status == "sent"


@pytest.mark.parametrize(("replied", "silent"), [(None, True), ("2026-05-20T12:00", False)])
def test_no_reply_within_four_days_of_the_check_in_is_not_heard_from(
    session: Session,
    client: Client,
    conversation: Conversation,
    clinic: Clinic,
    replied: str | None,
    silent: bool,
) -> None:
    treat(session, client, "2026-05-05T14:00")
    live(session, local("2026-05-05T14:00"), 15)
    if replied is not None:
        make_inbound(session, conversation, "1", at=local(replied))

    too_soon = not_heard_from(session, clinic_id=clinic.id, rules=RULES, now=local("2026-05-23T09:00"))
    found = not_heard_from(session, clinic_id=clinic.id, rules=RULES, now=local("2026-05-23T10:00"))

    assert too_soon == []
    assert bool(found) is silent


def test_planning_twice_changes_nothing(session: Session, client: Client) -> None:
    planned = treat(session, client, "2026-05-05T14:00")
    before = [(row.id, row.due_at, row.status, row.planned_at) for row in planned.steps]

    again = reminders.replan(session, planned.visit, rules=RULES, now=local("2026-05-05T14:00"))

    assert [(row.id, row.due_at, row.status, row.planned_at) for row in again] == before
